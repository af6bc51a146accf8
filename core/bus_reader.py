"""Following the bus.

Readers take the stream as hints. When it has a gap for them (Valkey restarted or wiped, the link lost, more
trimmed than read) they are told by ``on_gap`` and rebuild from PostgreSQL, which is the truth.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, TypeVar
from uuid import UUID

import redis.asyncio as redis
from redis.exceptions import RedisError

from core import valkey_keys
from core.bus import Bus, heed_cancellation, unpacked
from core.event import Event
from core.events import parse_event
from core.ids import new_id
from core.logs import logger
from core.stream_link import StreamLink
from core.tasks import end

log = logger(__name__)

_SEEN = 20_000
_RETRY_SECONDS = 0.3
_CHECK_EVERY_SECONDS = 1.0
"""How often a reader looks for a gap while events keep coming: after a wipe they go on as if nothing had been."""

T = TypeVar("T")
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
    by every event. ``beside`` is the bus on which this process publishes: its events are heard at once, before
    they have gone through Valkey, in their own order but possibly ahead of those of other processes.
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
        beside: Bus | None = None,
    ) -> None:
        self._client = client
        self._stream = valkey_keys.events_stream(domain)
        self._generation_key = valkey_keys.generation(domain)
        self._on_events = on_events
        self._on_gap = on_gap
        self._wanted = None if wanted is None else frozenset(kind.name for kind in wanted)
        self._pause = pause
        self._bus = beside
        self._pending: list[Event] = []
        self._handing = asyncio.Lock()
        self._hearing: asyncio.Task[None] | None = None
        self._link: StreamLink | None = None
        self._failure: BaseException | None = None
        self._last: bytes = b"0-0"
        self._generation: bytes | None = None
        self._seen: OrderedDict[UUID, None] = OrderedDict()
        self._heard: OrderedDict[int, None] = OrderedDict()
        """Positions of the events of this process that need no reading when they come by the stream."""
        self._check_at = 0.0
        self.position: bytes = b"0-0"
        """The newest entry whose events have been handed on, every one."""
        self.caught_up = asyncio.Event()

    async def run(self) -> None:
        """Follow for ever; errors of the link lead to a new start with ``on_gap``."""
        if self._bus is not None:
            self._bus.seat(self)
        try:
            await self._follow()
        finally:
            self.caught_up.clear()
            if self._bus is not None:
                self._bus.unseat(self)
            if self._hearing is not None:
                await end(self._hearing)

    def hear(self, events: Sequence[Event]) -> bool:
        """Events of this process, to be handed on in a task of their own; an error ends ``run`` with it.

        Says whether any of them was news here.
        """
        if not self.caught_up.is_set():
            return False  # they come again by the stream, or are in the tables before these are read
        news = [event for event in events if self._heeds(event.name) and self._is_new(event.id)]
        self._pending += news
        if self._pending and (self._hearing is None or self._hearing.done()):
            self._hearing = asyncio.create_task(self._hand_on_or_fail())
        return bool(news)

    def hear_committed(self, events: Sequence[tuple[int, Event]]) -> None:
        """The same; that these come by the stream too is then known from their positions, without reading them."""
        if not self.caught_up.is_set():
            return
        for position, event in events:
            if self._heeds(event.name):
                self._note(self._heard, position)
        self.hear([event for _, event in events])

    def disregard(self, events: Sequence[tuple[int, Event]]) -> None:
        """Committed events that need not be handed on: whoever reads here has caused them."""
        for position, event in events:
            self._note(self._heard, position)
            self._note(self._seen, event.id)

    async def _hand_on_or_fail(self) -> None:
        try:
            await self._hand_on()
        except Exception as error:
            self._failure = error
            if self._link is not None:
                self._link.close()

    async def _hand_on(self) -> None:
        async with self._handing:
            while self._pending:
                events, self._pending = self._pending, []
                await self._on_events(events)

    async def _follow(self) -> None:
        while True:
            try:
                async with aclosing(await StreamLink.open(self._client)) as self._link:
                    await self._start()
                    while True:
                        await self._read(self._link)
            except (RedisError, OSError) as error:
                self.caught_up.clear()
                if self._failure is not None:
                    raise self._failure from None
                log.warning("bus link lost", error=str(error))
                heed_cancellation()
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
        if self._failure is not None:
            raise self._failure
        answer: Any = await link.call("XREAD", "COUNT", 500, "BLOCK", 500, "STREAMS", self._stream, self._last)
        heed_cancellation()
        entries = answer[0][1] if answer else []
        if not entries:
            await self._check_gap()
            return
        self._last = entries[-1][0]
        self._pending += [event for _, fields in entries for event in self._new_events(fields)]
        await self._hand_on()
        self.position = self._last
        if self._pause:
            await asyncio.sleep(self._pause)
        if len(entries) == 500 or asyncio.get_running_loop().time() >= self._check_at:
            await self._check_gap()

    def _new_events(self, fields: Sequence[bytes]) -> Iterator[Event]:
        for position, name, payload in unpacked(fields):
            if self._heeds(name) and position not in self._heard:
                event = parse_event(name, payload)
                if event is not None and self._is_new(event.id):
                    yield event

    def _heeds(self, name: str) -> bool:
        return self._wanted is None or name in self._wanted

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
        self._note(self._seen, event_id)
        return True

    @staticmethod
    def _note(memory: OrderedDict[T, None], key: T) -> None:
        memory[key] = None
        if len(memory) > _SEEN:
            memory.popitem(last=False)


def _order(entry_id: bytes | str) -> tuple[int, int]:
    text_id = entry_id.decode() if isinstance(entry_id, bytes) else entry_id
    milliseconds, _, sequence = text_id.partition("-")
    return int(milliseconds), int(sequence or 0)
