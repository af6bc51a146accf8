"""A cancelled task that publishes ends, although the client may swallow the cancellation."""

from __future__ import annotations

import asyncio

import redis.asyncio as redis

from core.bus import Bus
from core.events import CustomerCreated
from core.ids import new_id


async def test_a_publisher_that_is_cancelled_ends(valkey_client: redis.Redis) -> None:
    bus = Bus(valkey_client, "main")

    async def publish_for_ever() -> None:
        while True:
            await bus.publish([(1, CustomerCreated(customer_id=new_id()))])

    for hundredths in range(60):
        task = asyncio.create_task(publish_for_ever())
        await asyncio.sleep(0.002 + hundredths * 0.00003)
        task.cancel()
        await asyncio.wait([task], timeout=2)
        assert task.cancelled()
    bus.close()
