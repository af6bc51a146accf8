"""Offers that nobody answers: counted for each agent, told from the second in a row on, forgotten by an answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.agent import LegEndReason, Presence
from core.interaction import InteractionState as State
from core.tables import event_log
from routing.writer.service import RoutingService
from tests.routing.company import Company


async def told(company: Company, agent_id: UUID) -> list[Any]:
    """How many were missed, by each time that it was told."""
    found = await company.rows(
        select(event_log.c.payload)
        .where(event_log.c.name == "agent.missed_twice", event_log.c.agent_id == agent_id)
        .order_by(event_log.c.position)
    )
    return [row.payload["missed"] for row in found]


async def misses(company: Company, call: UUID, agent: UUID) -> None:
    """The phone rings in vain; then the agent is back."""
    offer = await company.offer_of(call, agent)
    await company.agent_leg_fails(offer, LegEndReason.NO_ANSWER)
    await company.agent_is(agent, presence="away", presence_reason="rona")
    await company.choose_presence(agent, Presence.AVAILABLE)


async def test_the_second_miss_in_a_row_is_told(company: Company, writer: RoutingService) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    await misses(company, call, agent)
    assert ((await company.agent(agent)).missed, await told(company, agent)) == (1, [])
    await misses(company, call, agent)
    assert ((await company.agent(agent)).missed, await told(company, agent)) == (2, [2])
    await misses(company, call, agent)
    assert await told(company, agent) == [2, 3]
    assert await company.faults() == []


async def test_an_answer_starts_the_count_again(company: Company, writer: RoutingService) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    await misses(company, call, agent)
    await company.talking(call)
    assert (await company.agent(agent)).missed == 0
    await company.customer_leaves(call)
    await company.stands(call, State.CLOSED)
    other = await company.call_arrives()
    await misses(company, other, agent)
    assert ((await company.agent(agent)).missed, await told(company, agent)) == (1, [])


async def test_the_count_outlives_the_writers_memory_and_a_decline_is_no_miss(
    company: Company, writer: RoutingService
) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    declined, missed = await company.call_arrives(), await company.call_arrives()
    await misses(company, declined, agent)
    await writer.rebuild()
    await company.decline(await company.offer_of(declined, agent))
    await misses(company, missed, agent)
    assert await told(company, agent) == [2]
