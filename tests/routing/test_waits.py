"""Places and waits on the real writer: who is next, who comes later, and what it lays out for others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
import redis.asyncio as redis

from core import valkey_keys
from core.doors import Place
from core.interaction import InteractionState
from routing.doors import FrontDoors
from routing.writer.service import RoutingService
from tests.routing.company import Company, until


async def places(writer: RoutingService, *calls: UUID) -> list[Place]:
    """Where these stand, as soon as all of them were looked at."""
    doors = FrontDoors(lambda: writer.term.floor if writer.term else None)

    async def seen() -> list[Place]:
        found = [place for call in calls if (place := doors.place(call)) is not None]
        return found if len(found) == len(calls) else []

    return await until(seen, 4.0, "places of all who wait")


async def laid_out(client: redis.Redis) -> dict[str, Any]:
    text = await client.get(valkey_keys.waits("main"))
    found: dict[str, Any] = orjson.loads(text)["waits"] if text else {}
    return found


async def test_the_first_is_next_and_the_second_waits_longer(
    company: Company, writer: RoutingService, valkey_client: redis.Redis
) -> None:
    other = await company.add_queue()
    await writer.rebuild()
    calls = [await company.call_arrives() for _ in range(3)]
    elsewhere = await company.call_arrives(queue_id=other)
    found = await places(writer, *calls, elsewhere)
    assert [place.position for place in found] == [1, 2, 3, 1]
    assert [place.queue_id for place in found] == [company.queue_id] * 3 + [other]
    likely = [place.likely_seconds for place in found[:3]]
    assert likely == sorted(likely)
    assert likely[0] < likely[2]
    assert all(place.low_seconds <= place.likely_seconds <= place.high_seconds for place in found)

    async def told() -> dict[str, Any]:
        rows = await laid_out(valkey_client)
        return rows if len(rows) == 4 else {}

    rows = await until(told, 4.0, "what the writer lays out")
    assert rows[str(calls[2])][:2] == [str(company.queue_id), 3]


@pytest.mark.long
async def test_more_agents_shorten_the_wait_and_urgency_the_place(company: Company, writer: RoutingService) -> None:
    first, urgent = await company.call_arrives(), await company.call_arrives(priority=600)
    alone = await places(writer, first, urgent)
    assert [place.position for place in alone] == [2, 1]
    busy = [await company.call_arrives() for _ in range(2)]
    for call in (urgent, first):
        agent = await company.add_agent()
        await writer.rebuild()
        offer = await company.offer_of(call, agent)
        await company.agent_answers(offer)
        await company.stands(call, InteractionState.ACTIVE)
    staffed = await places(writer, *busy)
    assert [place.position for place in staffed] == [1, 2]
    assert staffed[0].likely_seconds < alone[0].likely_seconds


@pytest.mark.long
async def test_who_waits_no_longer_has_no_place(
    company: Company, writer: RoutingService, valkey_client: redis.Redis
) -> None:
    call = await company.call_arrives()
    await places(writer, call)
    await company.customer_leaves(call)
    await company.stands(call, InteractionState.CLOSED)

    async def gone() -> bool:
        floor = writer.term.floor if writer.term else None
        return floor is not None and not floor.places and not await laid_out(valkey_client)

    await until(gone, 4.0, "the place to be given up")


async def test_the_moment_of_queueing_stands_beside_the_place(company: Company, writer: RoutingService) -> None:
    call = await company.call_arrives()
    row = await company.interaction(call)
    (place,) = await places(writer, call)
    assert abs(place.queued_at - row.queued_at) < timedelta(milliseconds=1)
