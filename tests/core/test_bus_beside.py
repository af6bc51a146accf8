"""A reader in the process of its bus hears at once, once, and ahead of the commit where that is allowed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
import redis.asyncio as redis

from core.bus import Bus
from core.bus_reader import BusReader
from core.event import Event
from core.events import ConfigurationChanged, CustomerCreated
from core.ids import new_id
from core.tasks import end


def some_event() -> CustomerCreated:
    return CustomerCreated(customer_id=new_id())


class Beside:
    """A bus with a reader beside it."""

    def __init__(self, client: redis.Redis) -> None:
        self.events: list[Event] = []
        self.bus = Bus(client, "main")
        self.reader = BusReader(client, "main", self._take, self._gap, wanted=[CustomerCreated], beside=self.bus)
        self.does: Callable[[], Awaitable[None]] | None = None

    async def _take(self, events: list[Event]) -> None:
        if self.does is not None:
            await self.does()
        self.events += events

    async def _gap(self) -> None:
        return None

    async def has(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.events) < count:
                await asyncio.sleep(0.005)


@asynccontextmanager
async def beside(client: redis.Redis) -> AsyncIterator[Beside]:
    there = Beside(client)
    running = asyncio.create_task(there.reader.run())
    await there.reader.caught_up.wait()
    try:
        yield there
    finally:
        await end(running)
        there.bus.close()


async def _passed(there: Beside) -> None:
    """Wait until the stream has been read to its end."""
    async with asyncio.timeout(5):
        while not there.reader.is_past(await there.reader.newest()):
            await asyncio.sleep(0.005)


async def test_it_hears_before_valkey_does(valkey_client: redis.Redis) -> None:
    async with beside(valkey_client) as there:
        event = some_event()
        await there.bus.publish([(1, event)])
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert there.events == [event]
        assert await there.reader.newest() == b"0-0"


async def test_it_hears_once_although_the_stream_brings_it_too(valkey_client: redis.Redis) -> None:
    async with beside(valkey_client) as there, beside(valkey_client) as other:
        own, foreign = some_event(), some_event()
        await there.bus.publish([(1, own)])
        await other.bus.publish([(2, foreign)])
        await there.has(2)
        await other.has(2)
        await _passed(there)
        assert sorted(event.id for event in there.events) == sorted([own.id, foreign.id])
        assert {event.id for event in other.events} == {own.id, foreign.id}


async def test_what_is_told_ahead_of_its_commit_is_heard_once(valkey_client: redis.Redis) -> None:
    async with beside(valkey_client) as there:
        event = some_event()
        assert there.bus.tell_beside(event)
        assert not there.bus.tell_beside(event)
        await there.bus.publish([(1, event)])
        await there.has(1)
        await asyncio.sleep(0.02)
        await _passed(there)
        assert there.events == [event]


async def test_nobody_listens_for_what_is_not_wanted_nor_before_it_has_caught_up(valkey_client: redis.Redis) -> None:
    async with beside(valkey_client) as there:
        assert not there.bus.tell_beside(ConfigurationChanged(what="queues"))
        there.reader.caught_up.clear()
        assert not there.bus.tell_beside(some_event())


async def test_who_publishes_may_have_its_own_reader_disregard_it(valkey_client: redis.Redis) -> None:
    async with beside(valkey_client) as there:
        own, other = some_event(), some_event()
        there.reader.disregard([(1, own)])
        await there.bus.publish([(1, own), (2, other)])
        await there.has(1)
        await asyncio.sleep(0.02)
        await _passed(there)
        assert there.events == [other]


async def test_an_error_over_an_event_of_this_process_ends_the_reading(valkey_client: redis.Redis) -> None:
    there = Beside(valkey_client)

    async def fail() -> None:
        raise ValueError("ours")

    running = asyncio.create_task(there.reader.run())
    await there.reader.caught_up.wait()
    there.does = fail
    await there.bus.publish([(1, some_event())])
    with pytest.raises(ValueError, match="ours"):
        await asyncio.wait_for(running, 5)
    there.bus.close()


async def test_what_comes_while_others_are_on_their_way_is_sent_too(
    valkey_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with beside(valkey_client) as there, beside(valkey_client) as other:
        under_way, gate, append = asyncio.Event(), asyncio.Event(), there.bus._append

        async def slowly(rows: Sequence[tuple[int, str, str]]) -> None:
            under_way.set()
            await gate.wait()
            await append(rows)

        monkeypatch.setattr(there.bus, "_append", slowly)
        await there.bus.publish([(1, some_event())])
        await asyncio.wait_for(under_way.wait(), 5)
        await there.bus.publish([(2, some_event())])
        gate.set()
        await other.has(2)
