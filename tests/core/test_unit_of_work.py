"""State and events are one transaction; what was committed is announced, at once or by the sweeper."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import redis.asyncio as redis
from sqlalchemy import func, select

from core.bus import Bus
from core.bus_reader import BusReader, one_by_one
from core.db import Database
from core.event import Event
from core.events import CustomerCreated
from core.ids import new_id
from core.tables import event_log, event_unpublished
from core.tasks import end


class Listener:
    """Collects what a reader hands on."""

    def __init__(self, client: redis.Redis) -> None:
        self.events: list[Event] = []
        self.gaps = 0
        self.reader = BusReader(client, "main", one_by_one(self._take), self._gap)

    async def _take(self, event: Event) -> None:
        self.events.append(event)

    async def _gap(self) -> None:
        self.gaps += 1

    async def wait(self, *, events: int = 0, gaps: int = 1) -> None:
        async with asyncio.timeout(10):
            while len(self.events) < events or self.gaps < gaps:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def listening(client: redis.Redis) -> AsyncIterator[Listener]:
    listener = Listener(client)
    task = asyncio.create_task(listener.reader.run())
    await listener.reader.caught_up.wait()
    try:
        yield listener
    finally:
        await end(task)


def some_event() -> CustomerCreated:
    return CustomerCreated(customer_id=new_id())


async def unpublished(database: Database) -> int:
    async with database.engine.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(event_unpublished))).scalar_one())


async def test_a_committed_event_is_logged_and_heard_in_order(database: Database, valkey_client: redis.Redis) -> None:
    events = [some_event() for _ in range(5)]
    async with listening(valkey_client) as listener:
        async with database.unit_of_work("test") as work:
            work.record(*events)
        await listener.wait(events=5)
    assert listener.events == events
    async with database.engine.connect() as connection:
        rows = (await connection.execute(select(event_log).order_by(event_log.c.position))).all()
    assert [row.id for row in rows] == [event.id for event in events]
    assert {row.actor for row in rows} == {"test"}


async def test_nothing_is_announced_when_the_transaction_fails(database: Database, valkey_client: redis.Redis) -> None:
    async with listening(valkey_client) as listener:
        with pytest.raises(RuntimeError):
            async with database.unit_of_work("test") as work:
                work.record(some_event())
                raise RuntimeError("no")
        async with database.unit_of_work("test") as work:
            work.record(last := some_event())
        await listener.wait(events=1)
    assert listener.events == [last]


async def test_the_sweeper_announces_what_a_crash_left_behind(
    database: Database, quiet_database: Database, valkey_client: redis.Redis
) -> None:
    async with quiet_database.unit_of_work("crashed") as work:
        work.record(event := some_event())
    async with Bus(valkey_client, "main") as bus, listening(valkey_client) as listener:
        assert await bus.sweep(quiet_database, older_seconds=0) == 1
        assert await bus.sweep(quiet_database, older_seconds=0) == 0
        await listener.wait(events=1)
    assert listener.events == [event]
    assert await unpublished(quiet_database) == 0


async def test_published_events_are_struck_off_the_list(database: Database, valkey_client: redis.Redis) -> None:
    async with Bus(valkey_client, "main") as bus:
        database.publisher = bus
        async with database.unit_of_work("test") as work:
            work.record(some_event())
        assert await unpublished(database) == 1
        await bus.strike(database)
    assert await unpublished(database) == 0


async def test_an_event_that_comes_twice_is_heard_once(database: Database, valkey_client: redis.Redis) -> None:
    event = some_event()
    async with Bus(valkey_client, "main") as bus, listening(valkey_client) as listener:
        await bus.publish([(1, event)])
        await bus.publish([(1, event), (2, marker := some_event())])
        await listener.wait(events=2)
    assert listener.events == [event, marker]


async def test_a_wiped_valkey_is_noticed_and_heard_again(database: Database, valkey_client: redis.Redis) -> None:
    async with listening(valkey_client) as listener:
        assert listener.gaps == 1
        await valkey_client.flushall()
        await listener.wait(gaps=2)
        async with database.unit_of_work("test") as work:
            work.record(event := some_event())
        await listener.wait(events=1, gaps=2)
    assert listener.events == [event]


async def test_a_publisher_that_cannot_publish_does_not_undo_the_commit(database: Database) -> None:
    database.publisher = Bus(redis.Redis(port=1), "main")
    async with database.unit_of_work("test") as work:
        work.record(some_event())
    assert await unpublished(database) == 1


async def test_positions_are_given_in_the_order_of_recording(database: Database) -> None:
    heard: list[tuple[int, Event]] = []

    class Ear:
        async def publish(self, events: Sequence[tuple[int, Event]]) -> None:
            heard.extend(events)

    database.publisher = Ear()
    events = [some_event() for _ in range(20)]
    async with database.unit_of_work("test") as work:
        work.record(*events)
    assert [event for _, event in sorted(heard, key=lambda pair: pair[0])] == events
