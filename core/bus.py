"""The bus: committed events, fanned out to every process by one Valkey stream a domain.

Readers take the stream as hints. When it has a gap for them (Valkey restarted or wiped, the link lost, more
trimmed than read) they are told by ``on_gap`` and rebuild from PostgreSQL, which is the truth.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, Self
from uuid import UUID

import redis.asyncio as redis
from redis.exceptions import RedisError
from sqlalchemy import text

from core import valkey_keys
from core.db import Database
from core.events import Event, parse_event
from core.ids import new_id
from core.logs import logger
from core.stream_link import StreamLink

log = logger(__name__)

STREAM_LENGTH = 50_000
_EVENTS_AN_ENTRY = 50
_SEEN = 20_000
_MARK_EVERY_SECONDS = 0.2
_SWEEP_EVERY_SECONDS = 1.0
_SWEEP_OLDER_SECONDS = 1.0
_RETRY_SECONDS = 0.3
_CHECK_EVERY_SECONDS = 1.0
"""How often a reader looks for a gap while events keep coming: after a wipe they go on as if nothing had been."""

_MARK = text("delete from event_unpublished where position = any(:positions)")
_LEFT_BEHIND = text(
    """
    select l.position, l.name, l.payload::text as payload from event_log l
    join (select position from event_unpublished
          where at < now() - make_interval(secs => :age)
          order by position limit 500 for update skip locked) u using (position)
    where l.domain = :domain order by l.position
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


def _unpacked(fields: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """Name and payload of each event in an entry, in order."""
    for first in range(0, len(fields), 6):
        yield fields[first + 1].decode(), fields[first + 3]


class Bus:
    """Publishes committed events; hand it to ``Database`` as its publisher."""

    def __init__(self, client: redis.Redis, domain: str) -> None:
        self._client = client
        self._stream = valkey_keys.events_stream(domain)
        self._domain = domain
        self._published: list[int] = []
        self._link: StreamLink | None = None
        self._opening = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its link; publishing opens a new one."""
        if self._link is not None:
            self._link.close()

    async def publish(self, events: Sequence[tuple[int, Event]]) -> None:
        """Append events to the stream. A failure is logged and left to the sweeper."""
        rows = [(position, event.name, event.model_dump_json()) for position, event in events]
        try:
            await self._append(rows)
        except (RedisError, OSError) as error:
            log.warning("bus did not take events", count=len(rows), error=str(error))
        _heed_cancellation()

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
            _heed_cancellation()
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


OnEvent = Callable[[Event], Awaitable[None]]
OnEvents = Callable[[list[Event]], Awaitable[None]]
OnGap = Callable[[], Awaitable[None]]


def one_by_one(on_event: OnEvent) -> OnEvents:
    """For a reader that takes events singly."""

    async def on_events(events: list[Event]) -> None:
        for event in events:
            await on_event(event)

    return on_events


class BusReader:
    """Follows the stream. ``on_gap`` is awaited before the first event and after every gap.

    ``on_events`` gets what came together, in order. ``wanted`` are the kinds of events to hand on (all, if not
    given), ``pause`` is how many seconds a reader in no hurry lets pass between two looks, so that it is not woken
    by every event.
    """

    def __init__(
        self,
        client: redis.Redis,
        domain: str,
        on_events: OnEvents,
        on_gap: OnGap,
        *,
        wanted: Iterable[type[Event]] | None = None,
        pause: float = 0.0,
    ) -> None:
        self._client = client
        self._stream = valkey_keys.events_stream(domain)
        self._generation_key = valkey_keys.generation(domain)
        self._on_events = on_events
        self._on_gap = on_gap
        self._wanted = None if wanted is None else frozenset(kind.name for kind in wanted)
        self._pause = pause
        self._last: bytes = b"0-0"
        self._generation: bytes | None = None
        self._seen: OrderedDict[UUID, None] = OrderedDict()
        self._check_at = 0.0
        self.position: bytes = b"0-0"
        """The newest entry whose events have been handed on, every one."""
        self.caught_up = asyncio.Event()

    async def run(self) -> None:
        """Follow for ever; errors of the link lead to a new start with ``on_gap``."""
        while True:
            try:
                async with aclosing(await StreamLink.open(self._client)) as link:
                    await self._start()
                    while True:
                        await self._read(link)
            except (RedisError, OSError) as error:
                self.caught_up.clear()
                log.warning("bus link lost", error=str(error))
                _heed_cancellation()
                await asyncio.sleep(_RETRY_SECONDS)

    async def _start(self) -> None:
        """Fix the position first and rebuild after it, so that nothing falls between the two."""
        self._generation = await self._present_generation()
        self._last = await self.newest()
        await self._on_gap()
        self.position = self._last
        self.caught_up.set()

    async def newest(self) -> bytes:
        """The newest entry of the stream. Raises RedisError or OSError."""
        found: Any = await self._client.xrevrange(self._stream, count=1)
        return found[0][0] if found else b"0-0"

    def is_past(self, entry_id: bytes) -> bool:
        """Whether everything up to that entry has been handed on."""
        return _order(self.position) >= _order(entry_id)

    async def _present_generation(self) -> bytes:
        await self._client.set(self._generation_key, new_id().hex, nx=True)
        value: Any = await self._client.get(self._generation_key)
        return bytes(value or b"")

    async def _read(self, link: StreamLink) -> None:
        answer: Any = await link.call("XREAD", "COUNT", 500, "BLOCK", 500, "STREAMS", self._stream, self._last)
        _heed_cancellation()
        entries = answer[0][1] if answer else []
        if not entries:
            await self._check_gap()
            return
        self._last = entries[-1][0]
        events = [event for _, fields in entries for event in self._new_events(fields)]
        if events:
            await self._on_events(events)
        self.position = self._last
        if self._pause:
            await asyncio.sleep(self._pause)
        if len(entries) == 500 or asyncio.get_running_loop().time() >= self._check_at:
            await self._check_gap()

    def _new_events(self, fields: Sequence[bytes]) -> Iterator[Event]:
        for name, payload in _unpacked(fields):
            if self._wanted is None or name in self._wanted:
                event = parse_event(name, payload)
                if event is not None and self._is_new(event.id):
                    yield event

    async def _check_gap(self) -> None:
        self._check_at = asyncio.get_running_loop().time() + _CHECK_EVERY_SECONDS
        if await self._present_generation() != self._generation or await self._trimmed_past():
            log.warning("bus has a gap, rebuilding")
            await self._start()

    async def _trimmed_past(self) -> bool:
        if not await self._client.exists(self._stream):
            return False
        info: dict[Any, Any] = await self._client.xinfo_stream(self._stream)
        deleted = info.get("max-deleted-entry-id", b"0-0")
        return _order(deleted) > _order(self._last)

    def _is_new(self, event_id: UUID) -> bool:
        if event_id in self._seen:
            return False
        self._seen[event_id] = None
        if len(self._seen) > _SEEN:
            self._seen.popitem(last=False)
        return True


def _heed_cancellation() -> None:
    """The client waits with ``asyncio.wait_for``, which before Python 3.12 can swallow a cancellation that comes
    together with the answer."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _order(entry_id: bytes | str) -> tuple[int, int]:
    text_id = entry_id.decode() if isinstance(entry_id, bytes) else entry_id
    milliseconds, _, sequence = text_id.partition("-")
    return int(milliseconds), int(sequence or 0)
