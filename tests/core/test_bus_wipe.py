"""A wiped Valkey is noticed while events keep coming, too."""

from __future__ import annotations

import asyncio

import pytest
import redis.asyncio as redis

from core import bus
from core.bus_reader import BusReader, one_by_one
from core.event import Event
from core.events import CustomerCreated
from core.ids import new_id
from core.tasks import end


@pytest.mark.long
async def test_a_wipe_is_noticed_under_steady_traffic(valkey_client: redis.Redis, redis_url: str) -> None:
    gaps: list[int] = []
    heard: list[Event] = []

    async def on_gap() -> None:
        gaps.append(len(heard))

    async def on_event(event: Event) -> None:
        heard.append(event)

    publisher, reading = bus.Bus(valkey_client, "main"), bus.connect(redis_url)
    reader = BusReader(reading, "main", one_by_one(on_event), on_gap)
    following = asyncio.create_task(reader.run())
    await reader.caught_up.wait()
    for number in range(60):
        if number == 10:
            await valkey_client.flushall()
        await publisher.publish([(number, CustomerCreated(customer_id=new_id()))])
        await asyncio.sleep(0.05)
        if len(gaps) == 2:
            break
    await end(following)
    publisher.close()
    await reading.aclose()
    assert len(gaps) == 2
