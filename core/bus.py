"""The bus: committed events, fanned out to every process by one Valkey stream a domain.

``core.bus_reader`` follows it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Protocol, Self

import redis.asyncio as redis
from redis.exceptions import RedisError
from sqlalchemy import text

from core import valkey_keys
from core.db import Database
from core.event import Event
from core.logs import logger
from core.stream_link import StreamLink

log = logger(__name__)

STREAM_LENGTH = 50_000
_EVENTS_AN_ENTRY = 50
_MARK_EVERY_SECONDS = 0.2
_SWEEP_EVERY_SECONDS = 1.0
_SWEEP_OLDER_SECONDS = 1.0
_TOGETHER_SECONDS = 0.002
"""How long events wait for each other on their way to other processes, once this one has heard them."""

_MARK = text("delete from event_unpublished where position = any(:positions)")
_LEFT_BEHIND = text(
    """
    select l.position, l.name, l.payload::text as payload
    from event_unpublished u join event_log l using (position)
    where u.at < now() - make_interval(secs => :age) and l.domain = :domain
    order by l.position limit 500 for update of u skip locked
    """
)


def connect(url: str) -> redis.Redis:
    """A client for Valkey that answers bytes in RESP2 shapes."""
    return redis.Redis.from_url(
        url, protocol=2, socket_connect_timeout=2, socket_timeout=5, health_check_interval=0, retry=None
    )


def _packed(rows: Sequence[tuple[int, str, str]]) -> list[str | int]:
    """The fields of one entry: what was committed together travels together, for each command has its price."""
    return [
        word
        for number, (position, name, payload) in enumerate(rows)
        for word in (f"n{number}", name, f"p{number}", payload, f"o{number}", position)
    ]


def unpacked(fields: Sequence[bytes]) -> Iterator[tuple[int, str, bytes]]:
    """Position, name and payload of each event in an entry, in order."""
    for first in range(0, len(fields), 6):
        yield int(fields[first + 5]), fields[first + 1].decode(), fields[first + 3]


class Listener(Protocol):
    """A reader in the process of its bus: ``core.bus_reader``."""

    def hear(self, events: Sequence[Event]) -> bool:
        """Events, committed or about to be; whether any was news."""

    def hear_committed(self, events: Sequence[tuple[int, Event]]) -> None:
        """Committed events with their positions; they come by the stream as well."""


class Bus:
    """Publishes committed events; hand it to ``Database`` as its publisher.

    Readers in the same process (``beside``) hear them without the way through Valkey.
    """

    def __init__(self, client: redis.Redis, domain: str) -> None:
        self._client = client
        self._stream = valkey_keys.events_stream(domain)
        self._domain = domain
        self._published: list[int] = []
        self._link: StreamLink | None = None
        self._opening = asyncio.Lock()
        self._beside: list[Listener] = []
        self._unsent: list[tuple[int, str, str]] = []
        self._sending: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its link; publishing opens a new one. What is unsent is left to the sweeper."""
        if self._sending is not None:
            self._sending.cancel()
        if self._link is not None:
            self._link.close()

    async def publish(self, events: Sequence[tuple[int, Event]]) -> None:
        """Append events to the stream. A failure is logged and left to the sweeper.

        Readers of this process hear them first; then the others need not be woken for each commit by itself.
        """
        for reader in self._beside:
            reader.hear_committed(events)
        self._unsent += [(position, event.name, event.model_dump_json()) for position, event in events]
        if not self._beside:
            await self._send()
        elif self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_soon())
        heed_cancellation()

    def tell_beside(self, *facts: Event) -> bool:
        """Hand facts to the readers of this process ahead of their commit; says whether any of them listens for it.

        Only for what is true whatever becomes of the commit: a call that is over in the PBX is over.
        """
        heard = [reader.hear(facts) for reader in self._beside]
        return any(heard)

    def seat(self, reader: Listener) -> None:
        """A reader of this process begins to listen."""
        self._beside.append(reader)

    def unseat(self, reader: Listener) -> None:
        """It listens no longer."""
        self._beside.remove(reader)

    async def _send_soon(self) -> None:
        while self._unsent:  # more may have come while the last were on their way
            await asyncio.sleep(_TOGETHER_SECONDS)
            await self._send()

    async def _send(self) -> None:
        rows, self._unsent = self._unsent, []
        try:
            await self._append(rows)
        except (RedisError, OSError) as error:
            log.warning("bus did not take events", count=len(rows), error=str(error))

    async def _append(self, rows: Sequence[tuple[int, str, str]]) -> None:
        link = await self._opened()
        for first in range(0, len(rows), _EVENTS_AN_ENTRY):
            fields = _packed(rows[first : first + _EVENTS_AN_ENTRY])
            await link.call("XADD", self._stream, "MAXLEN", "~", STREAM_LENGTH, "*", *fields)
        self._published.extend(position for position, _, _ in rows)

    async def _opened(self) -> StreamLink:
        async with self._opening:
            if self._link is None or self._link.is_closed:
                self._link = await StreamLink.open(self._client)
            return self._link

    async def tend(self, database: Database) -> None:
        """Run for ever: strike published events off the list, publish what a crash left behind."""
        since_sweep = 0.0
        while True:
            heed_cancellation()
            await asyncio.sleep(_MARK_EVERY_SECONDS)
            since_sweep += _MARK_EVERY_SECONDS
            try:
                await self.strike(database)
                if since_sweep >= _SWEEP_EVERY_SECONDS:
                    since_sweep = 0.0
                    await self.sweep(database)
            except Exception as error:  # it must outlive whatever a database that restarts may raise
                log.warning("bus housekeeping failed", error=repr(error))

    async def strike(self, database: Database) -> None:
        """Strike events off the list of unpublished ones in one statement."""
        positions, self._published = self._published, []
        if not positions:
            return
        try:
            async with database.engine.begin() as connection:
                await connection.execute(_MARK, {"positions": positions})
        except BaseException:
            self._published.extend(positions)
            raise

    async def sweep(self, database: Database, older_seconds: float = _SWEEP_OLDER_SECONDS) -> int:
        """Publish events that were committed but not announced; readers drop what they saw before."""
        async with database.engine.begin() as connection:
            found = await connection.execute(_LEFT_BEHIND, {"age": older_seconds, "domain": self._domain})
            rows = [(row.position, row.name, row.payload) for row in found]
            if rows:
                await self._append(rows)
                await connection.execute(_MARK, {"positions": [row[0] for row in rows]})
        return len(rows)


def heed_cancellation() -> None:
    """The client waits with ``asyncio.wait_for``, which before Python 3.12 can swallow a cancellation that comes
    together with the answer."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
