"""A queue that rings at all its free members: who answers first has the call, and nobody else is held by it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from core.agent import LegEndReason, Presence
from core.interaction import InteractionState as State
from routing.floor import together
from routing.writer.service import RoutingService
from tests.routing.company import Company, until


@pytest.fixture
async def ringing(company: Company) -> Company:
    """The company's queue rings at all."""
    await company.change_queue(ring_strategy="all")
    return company


async def _rings_at(company: Company, call: UUID, count: int) -> dict[UUID, Any]:
    async def all_there() -> dict[UUID, Any] | None:
        pending = {r.agent_id: r for r in await company.reservations(call) if r.state == "pending"}
        return pending if len(pending) == count else None

    return await until(all_there, what=f"{count} offers") or {}


async def test_the_first_to_answer_has_it_and_the_others_are_free_at_once(
    ringing: Company, writer: RoutingService
) -> None:
    agents = [await ringing.add_agent() for _ in range(3)]
    await writer.rebuild()
    call, waiting = await ringing.call_arrives(), await ringing.call_arrives()
    offers = await _rings_at(ringing, call, 3)
    assert set(offers) == set(agents)
    assert all(offer.together for offer in offers.values())
    assert (await ringing.interaction(waiting)).state == "queued"
    assert await ringing.faults() == []

    quick = offers[agents[1]]
    await ringing.agent_answers(quick)
    row = await ringing.stands(call, State.ACTIVE)
    assert (row.agent_id, row.reservation_id) == (agents[1], quick.id)
    states = {r.agent_id: r.state for r in await ringing.reservations(call)}
    assert states == {agents[0]: "rescinded", agents[1]: "accepted", agents[2]: "rescinded"}
    assert set(await _rings_at(ringing, waiting, 2)) == {agents[0], agents[2]}, "in the same change"

    for slow in (offers[agents[0]], offers[agents[2]]):
        await ringing.agent_leg_fails(slow, LegEndReason.CANCELLED)
    assert await ringing.faults() == []


async def test_it_goes_on_ringing_at_the_others_when_one_declines_or_signs_off(
    ringing: Company, writer: RoutingService
) -> None:
    for _ in range(3):
        await ringing.add_agent()
    await writer.rebuild()
    call = await ringing.call_arrives()
    offers = await _rings_at(ringing, call, 3)
    first = (await ringing.interaction(call)).agent_id

    await ringing.decline(offers[first])
    await ringing.agent_is(first, work_state="idle", presence="available")
    row = await ringing.interaction(call)
    assert (row.state, row.agent_id != first) == ("offered", True)
    assert len(await _rings_at(ringing, call, 2)) == 2

    off = row.agent_id
    await ringing.choose_presence(off, Presence.OFFLINE)
    await ringing.agent_is(off, work_state="idle")
    (last,) = (await _rings_at(ringing, call, 1)).values()
    await ringing.agent_leg_fails(last, LegEndReason.BUSY)
    row = await ringing.stands(call, State.QUEUED)
    assert (row.agent_id, row.reservation_id) == (None, None)
    assert await ringing.faults() == []


async def test_nobody_answers_and_nobody_is_blamed(ringing: Company, writer: RoutingService) -> None:
    agents = [await ringing.add_agent() for _ in range(2)]
    await writer.rebuild()
    call = await ringing.call_arrives()
    queued_at = (await ringing.interaction(call)).queued_at
    offers = await _rings_at(ringing, call, 2)
    for offer in offers.values():
        await ringing.agent_leg_fails(offer, LegEndReason.NO_ANSWER)

    async def again() -> bool:
        states = [r.state for r in await ringing.reservations(call)]
        return states.count("expired") == 2 and "pending" in states

    await until(again, what="the next round")
    row = await ringing.interaction(call)
    assert row.queued_at == queued_at
    for agent in agents:
        state = await ringing.agent(agent)
        assert (state.presence, state.missed) == ("available", 0)
    assert await ringing.faults() == []


async def test_the_caller_leaves_and_all_phones_stop(ringing: Company, writer: RoutingService) -> None:
    agents = [await ringing.add_agent() for _ in range(3)]
    await writer.rebuild()
    call = await ringing.call_arrives()
    await _rings_at(ringing, call, 3)
    await ringing.customer_leaves(call)
    row = await ringing.stands(call, State.CLOSED)
    assert row.end_reason == "abandoned_ringing"
    assert {r.state for r in await ringing.reservations(call)} == {"rescinded"}
    for agent in agents:
        await ringing.agent_is(agent, work_state="idle")
    assert await ringing.faults() == []


async def test_a_new_writer_takes_over_what_rings_and_never_too_many(
    ringing: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "MOST", 2)
    for _ in range(4):
        await ringing.add_agent()
    await writer.rebuild()
    call = await ringing.call_arrives()
    offers = await _rings_at(ringing, call, 2)
    await writer.rebuild()
    slow, quick = offers.values()
    await ringing.agent_answers(quick)
    await ringing.stands(call, State.ACTIVE)
    states = {r.agent_id: r.state for r in await ringing.reservations(call)}
    assert states == {quick.agent_id: "accepted", slow.agent_id: "rescinded"}
    await ringing.agent_leg_ends(quick, LegEndReason.LOST)
    row = await ringing.interaction(call)
    assert row.priority_boost in (0, 1)
    await ringing.agent_is(quick.agent_id, presence="away", presence_reason="connection_lost")
    assert await ringing.faults() == []
