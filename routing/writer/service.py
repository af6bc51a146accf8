"""The routing process: stand for election, serve a term, stand again."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import Any

import redis.asyncio as redis
from redis.exceptions import RedisError

from core.bus import Bus
from core.bus_reader import BusReader
from core.event import Event
from core.events import ConfigurationChanged
from core.interactions import Opening
from core.logs import logger
from core.tasks import together
from routing.floor.facts import FACTS
from routing.writer import load
from routing.writer.election import MakeRoomError, campaign, make_room
from routing.writer.heart import Heart
from routing.writer.heritage import left_unannounced
from routing.writer.session import DeposedError, SessionLostError, WriterSession
from routing.writer.teller import Teller
from routing.writer.term import Term
from routing.writer.verify import Verifier

log = logger(__name__)

SWEEP_SECONDS = 0.5
_VERIFY_EVERY = 8
_SHORTEST_REST_SECONDS = 0.02
_RETRY_SECONDS = 0.2
_FAULT_SECONDS = 1.0
_MAKE_ROOM_SECONDS = 1.0
_BUS_PATIENCE_SECONDS = 0.3


@dataclass(slots=True)
class _Voice:
    """Publishes for a term, whose own reader need not hear it."""

    bus: Bus
    reader: BusReader | None = None

    async def publish(self, events: Sequence[tuple[int, Event]]) -> None:
        if self.reader is not None:
            self.reader.disregard(events)
        await self.bus.publish(events)


class RoutingService:
    """Runs for ever, as the writer or as a standby. ``term`` is set while it is the writer.

    ``beside``: telephony of this domain is in the same process, so this one should be the writer.
    """

    def __init__(self, database_url: str, domain: str, bus: Bus, client: redis.Redis, *, beside: bool = False) -> None:
        self._url = database_url
        self._domain = domain
        self._bus = bus
        self._client = client
        self._beside = beside
        self.term: Term | None = None
        self._reader: BusReader | None = None

    @property
    def is_ready(self) -> bool:
        """Whether this one is the writer and follows the bus."""
        return self.term is not None and self._reader is not None and self._reader.caught_up.is_set()

    async def carry(self, opening: Opening) -> bool:
        """See ``core.ports.Carrier``."""
        if self.term is None or not self.is_ready:
            return False
        try:
            return await self.term.carry(opening)
        except (SessionLostError, DeposedError) as over:
            log.warning("the term ended under an arrival", interaction_id=str(opening.row["id"]), why=str(over))
            return False

    async def rebuild(self) -> None:
        """Read everything anew, when this one is the writer."""
        if self.term is not None:
            await self.term.rebuild()

    async def run(self) -> None:
        """Serve one term after the other."""
        while True:
            try:
                await self._stand()
            except SessionLostError as lost:
                log.warning("session with PostgreSQL lost", error=str(lost))
                await asyncio.sleep(_RETRY_SECONDS)
            except MakeRoomError:
                log.info("made room for the writer beside telephony", domain=self._domain)
                await asyncio.sleep(_MAKE_ROOM_SECONDS)
            except DeposedError:
                log.warning("another writer has taken over", domain=self._domain)
            except Exception:
                log.exception("the term ended with a fault, standing again")
                await asyncio.sleep(_FAULT_SECONDS)

    async def _stand(self) -> None:
        async with AsyncExitStack() as opened:
            session = await WriterSession.open(self._url)
            opened.push_async_callback(session.close)
            watch = await WriterSession.open(self._url, watch=True)
            opened.push_async_callback(watch.close)
            heart = await Heart.open(self._url)
            opened.push_async_callback(heart.close)
            await load.rehearse(session, self._domain)
            epoch = await campaign(session, self._domain, beside=self._beside)
            try:
                await self._serve(session, watch, heart.beat(self._domain, epoch), epoch)
            finally:
                self.term = self._reader = None
                await session.close()  # at once: others wait for the lock

    async def _serve(
        self, session: WriterSession, watch: WriterSession, beating: Coroutine[Any, Any, None], epoch: int
    ) -> None:
        """``watch``: for whatever must neither wait for decisions nor keep them waiting."""
        voice = _Voice(self._bus)
        term = Term(session, self._domain, epoch, voice)
        wanted = (*FACTS, ConfigurationChanged)
        reader = BusReader(self._client, self._domain, term.handle, term.rebuild, wanted=wanted, beside=self._bus)
        voice.reader = reader
        self.term, self._reader = term, reader
        teller = Teller(term, self._client, self._domain)
        parts = [beating, reader.run(), self._housekeeping(watch, term, reader), teller.run()]
        if not self._beside:
            parts.append(make_room(session, self._domain))
        await together(*parts)

    async def _housekeeping(self, watch: WriterSession, term: Term, reader: BusReader) -> None:
        """Announce what the last writer left, sweep deadlines; without the bus, read the tables instead."""
        verifier, caught_up = Verifier(watch, self._domain, term, reader), reader.caught_up
        await self._bus.publish(await left_unannounced(watch, self._domain))
        try:
            await asyncio.wait_for(caught_up.wait(), _BUS_PATIENCE_SECONDS)
        except TimeoutError:
            log.info("not caught up with the bus yet", domain=self._domain)
        beats = 0
        while True:
            if not caught_up.is_set() and not term.is_rebuilding:
                log.warning("no bus, deciding from the tables", domain=self._domain)
                await term.rebuild()
            await term.sweep()
            beats += 1
            if beats % _VERIFY_EVERY == 0 or verifier.has_suspects:
                with suppress(RedisError, OSError):
                    await verifier.check()
            await _rest(term)


async def _rest(term: Term) -> None:
    """Wait for the next sweep, and get up in between for what waits long enough to go to more agents."""
    loop = asyncio.get_running_loop()
    until = loop.time() + SWEEP_SECONDS
    while (left := until - loop.time()) > 0:
        due = term.next_opening()
        if due is None or due > left:
            await asyncio.sleep(left)
            return
        await asyncio.sleep(min(left, max(due, _SHORTEST_REST_SECONDS)))
        await term.open_up()
