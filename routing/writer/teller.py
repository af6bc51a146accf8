"""Once a second the writer looks where everybody stands who waits, and lays it out in Valkey for other processes. Who
is next and to be called is called then, if an agent is forecast free.

What is there is a few seconds old at most, or not there: it is no truth, and nobody decides by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from uuid import UUID

import orjson
import redis.asyncio as redis
from redis.exceptions import RedisError

from core import clock, valkey_keys
from core.doors import Place
from core.logs import logger
from routing.floor.ahead import Ahead
from routing.floor.waits import look
from routing.writer.term import Term

log = logger(__name__)

EVERY_SECONDS = 1.0
_SHARE = 10
"""A look takes at most one part of so many of the writer's time: with tens of thousands waiting it looks less often."""
_LONGEST_REST_SECONDS = 5.0
FORGOTTEN_SECONDS = 10


class Teller:
    """Beside a term; what it finds stands in ``term.floor.places``."""

    def __init__(self, term: Term, client: redis.Redis, domain: str) -> None:
        self._term = term
        self._client = client
        self._key = valkey_keys.waits(domain)
        self._told_something = False
        self._ahead = Ahead()

    async def run(self) -> None:
        """Look for ever."""
        loop = asyncio.get_running_loop()
        rest = EVERY_SECONDS
        while True:
            await asyncio.sleep(rest)
            began = loop.time()
            try:
                await self.look()
            except (RedisError, OSError) as error:
                log.info("waits could not be laid out", error=str(error))
            except Exception:
                log.exception("waits could not be estimated")
            rest = min(max(EVERY_SECONDS, _SHARE * (loop.time() - began)), _LONGEST_REST_SECONDS)

    async def look(self) -> None:
        """Look once. Raises RedisError or OSError."""
        floor, now = self._term.floor, clock.now()
        for found in look(floor, now.timestamp()):
            if found is None:
                await asyncio.sleep(0)
            else:
                floor.places = found.places
                await self._call_ahead(found.next_to_call, now.timestamp())
        if floor.places or self._told_something:
            self._told_something = bool(floor.places)
            await self._client.set(self._key, packed(floor.places, now.timestamp()), ex=FORGOTTEN_SECONDS)

    async def _call_ahead(self, next_to_call: list[tuple[UUID, int]], now: float) -> None:
        """Have those called for whom an agent is forecast free."""
        if next_to_call or self._ahead.ringing:
            orders = self._ahead.orders(self._term.floor, next_to_call, now)
            if orders:
                await self._term.call_ahead(orders)
                self._ahead.note(orders, now)


def packed(places: Mapping[UUID, Place], at: float) -> bytes:
    """What ``agent_desk`` reads: the moment, and by interaction queue, place and seconds from then on."""
    rows = {
        str(item_id): [str(place.queue_id), place.position, *map(round, _seconds(place))]
        for item_id, place in places.items()
    }
    return orjson.dumps({"at": at, "waits": rows})


def _seconds(place: Place) -> tuple[float, float, float]:
    return place.low_seconds, place.likely_seconds, place.high_seconds
