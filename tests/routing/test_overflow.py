"""Overflow on the real writer: members of another queue are offered what waits, when its queue's rules say so."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from core import clock
from core.agent import Presence
from core.events import ConfigurationChanged
from core.tables import queue_overflows
from routing.configuration.model import OverflowKind
from routing.writer.service import RoutingService
from routing.writer.term import Term
from tests.routing.company import Company, until

WITHIN = timedelta(seconds=0.5)


async def overflows(company: Company, kind: OverflowKind, threshold: int) -> UUID:
    """Another queue, to whose members the company's overflows."""
    other = await company.add_queue()
    async with company.database.unit_of_work("test") as work:
        await work.execute(
            insert(queue_overflows).values(
                queue_id=company.queue_id, position=0, to_queue_id=other, kind=kind.value, threshold=threshold
            )
        )
        work.record(ConfigurationChanged(what="queues"))
    return other


async def is_left_alone(company: Company, interaction_id: UUID, seconds: float = 0.4) -> None:
    with pytest.raises(AssertionError, match="in vain"):
        await company.offer_of(interaction_id, seconds=seconds)


async def test_who_has_waited_is_offered_to_the_other_queue_in_time(company: Company, writer: RoutingService) -> None:
    other = await overflows(company, OverflowKind.WAIT, 1)
    agent = await company.add_agent(queues_of=[other])
    await writer.rebuild()

    call = await company.call_arrives()
    queued_at = (await company.interaction(call)).queued_at
    await is_left_alone(company, call)
    offer = await company.offer_of(call, agent)

    assert timedelta(seconds=1) <= offer.created_at - queued_at <= timedelta(seconds=1) + WITHIN
    assert (await company.interaction(call)).queued_at == queued_at
    assert offer.queue_id == company.queue_id, "it is still its own queue's call"
    assert await company.faults() == []


@pytest.mark.long
async def test_it_is_a_timer_that_opens_not_the_sweep(
    company: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_: Term) -> None:
        await asyncio.sleep(0)

    other = await overflows(company, OverflowKind.WAIT, 1)
    agent = await company.add_agent(queues_of=[other])
    await writer.rebuild()
    monkeypatch.setattr(Term, "sweep", nothing)
    call = await company.call_arrives()
    offer = await company.offer_of(call, agent)
    late = offer.created_at - (await company.interaction(call)).queued_at - timedelta(seconds=1)
    assert timedelta(0) <= late <= WITHIN


@pytest.mark.long
async def test_a_declined_overflow_keeps_its_place_and_goes_on_overflowing(
    company: Company, writer: RoutingService
) -> None:
    other = await overflows(company, OverflowKind.WAIT, 1)
    agents = {await company.add_agent(queues_of=[other]) for _ in range(2)}
    await writer.rebuild()
    call = await company.call_arrives()
    queued_at = (await company.interaction(call)).queued_at

    first = await company.offer_of(call)
    await company.decline(first)
    second = await company.offer_of(call, (agents - {first.agent_id}).pop(), seconds=1.0)

    assert second.created_at - first.created_at < timedelta(seconds=1)
    assert (await company.interaction(call)).queued_at == queued_at
    assert await company.faults() == []


async def test_a_new_writer_lets_overflow_who_has_waited_before_it_came(
    company: Company, writer: RoutingService
) -> None:
    other = await overflows(company, OverflowKind.WAIT, 30)
    agent = await company.add_agent(queues_of=[other])
    call = await company.call_arrives(silent=True)
    async with company.database.unit_of_work("test") as work:
        await work.execute(text("update interactions set queued_at = now() - interval '1 minute'"))

    await writer.rebuild()

    await company.offer_of(call, agent, seconds=1.0)
    assert await company.faults() == []


@pytest.mark.long
async def test_length_opens_and_closes(company: Company, writer: RoutingService) -> None:
    other = await overflows(company, OverflowKind.LENGTH, 1)
    for _ in range(2):
        await company.add_agent(queues_of=[other])
    await writer.rebuild()

    first = await company.call_arrives()
    await is_left_alone(company, first)
    second = await company.call_arrives()
    await company.offer_of(first, seconds=0.5)
    await is_left_alone(company, second)
    third = await company.call_arrives()
    await company.offer_of(second, seconds=0.5)
    await is_left_alone(company, third)
    assert await company.faults() == []


async def test_length_opens_for_who_becomes_free_later(company: Company, writer: RoutingService) -> None:
    other = await overflows(company, OverflowKind.LENGTH, 1)
    agent = await company.add_agent(queues_of=[other], available=False)
    await writer.rebuild()
    first, second = await company.call_arrives(), await company.call_arrives()

    await company.choose_presence(agent, Presence.AVAILABLE)

    await company.offer_of(first, agent, seconds=1.0)
    await is_left_alone(company, second)
    assert await company.faults() == []


async def test_its_own_members_come_first(company: Company, writer: RoutingService) -> None:
    """However long the queue's rules take the wait to be: somebody of the queue is free."""
    other = await overflows(company, OverflowKind.ESTIMATE, 1)
    await company.add_agent(queues_of=[other], idle_since=clock.now() - timedelta(hours=1))
    agent = await company.add_agent()
    await writer.rebuild()
    await company.offer_of(await company.call_arrives(), agent)
    assert await company.faults() == []


async def test_the_estimated_wait_opens(company: Company, writer: RoutingService) -> None:
    """Nobody of the queue is there and calls take minutes: whoever joins would wait long."""
    other = await overflows(company, OverflowKind.ESTIMATE, 100)
    agent = await company.add_agent(queues_of=[other])
    await writer.rebuild()
    call = await company.call_arrives()
    await company.offer_of(call, agent, seconds=1.0)
    assert await company.faults() == []


@pytest.mark.long
async def test_a_short_estimated_wait_opens_nothing(company: Company, writer: RoutingService) -> None:
    other = await overflows(company, OverflowKind.ESTIMATE, 1000)
    await company.add_agent(queues_of=[other])
    await writer.rebuild()
    call = await company.call_arrives()
    await is_left_alone(company, call, seconds=1.5)


async def test_a_rule_that_is_new_holds_for_who_waits_already(company: Company, writer: RoutingService) -> None:
    agents_queue = await company.add_queue()
    agent = await company.add_agent(queues_of=[agents_queue])
    await writer.rebuild()
    call = await company.call_arrives()
    await is_left_alone(company, call)
    async with company.database.unit_of_work("test") as work:
        await work.execute(
            insert(queue_overflows).values(
                queue_id=company.queue_id, position=0, to_queue_id=agents_queue, kind="wait", threshold=0
            )
        )
        work.record(ConfigurationChanged(what="queues"))
    await company.offer_of(call, agent, seconds=1.0)


@pytest.mark.long
async def test_many_overflow_one_by_one_while_nothing_else_happens(company: Company, writer: RoutingService) -> None:
    other = await overflows(company, OverflowKind.WAIT, 1)
    for _ in range(10):
        await company.add_agent(queues_of=[other])
    await writer.rebuild()
    calls = [await company.call_arrives() for _ in range(10)]

    async def all_offered() -> bool:
        return all([await company.reservations(call) for call in calls])

    await until(all_offered, what="all to be offered")
    for call in calls:
        row, offer = await company.interaction(call), (await company.reservations(call))[0]
        assert timedelta(seconds=1) <= offer.created_at - row.queued_at <= timedelta(seconds=1) + WITHIN
    assert await company.faults() == []
