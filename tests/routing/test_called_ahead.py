"""A customer is called before an agent is free: the one who becomes free is kept for him, and nobody is passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from core import callbacks, clock
from core.agent import LegEndReason, LegRole
from core.callbacks import request_callback
from core.events import CallLegAnswered, CallLegEnded, CallLegFailed
from core.ids import ahead_call_id, called_leg_id
from core.interaction import InteractionState as State
from core.tables import call_legs
from routing.writer.service import RoutingService
from tests.routing.company import Company, until


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody hangs up here, so nobody is waited for."""
    monkeypatch.setattr(callbacks, "HANG_UP_SECONDS", 0)
    yield


async def _callback(company: Company) -> UUID:
    await company.change_queue(callback_dial="ahead")
    call = await company.call_arrives()
    async with company.database.unit_of_work("test") as work:
        assert await request_callback(work, call, because="api")
    await company.customer_leaves(call)
    return call


async def _customer(company: Company, call: UUID, state: str, attempts: int = 0, **columns: Any) -> dict[str, Any]:
    leg_id = called_leg_id(ahead_call_id(call, attempts))
    async with company.database.unit_of_work("telephony") as work:
        await work.execute(
            insert(call_legs).values(
                id=leg_id, domain="main", interaction_id=call, role="customer", state=state, channel_name="PJSIP/y",
                unique_id=leg_id.hex, created_at=clock.now(), **columns,
            )
        )  # fmt: skip
    return {"leg_id": leg_id, "interaction_id": call, "role": LegRole.CUSTOMER}


async def _answers(company: Company, call: UUID) -> dict[str, Any]:
    names = await _customer(company, call, "up", answered_at=clock.now())
    async with company.database.unit_of_work("telephony") as work:
        work.record(CallLegAnswered(**names))
    return names


async def _fails(company: Company, call: UUID, reason: LegEndReason) -> None:
    names = await _customer(company, call, "failed", end_reason=reason.value, ended_at=clock.now())
    async with company.database.unit_of_work("telephony") as work:
        work.record(CallLegFailed(**names, reason=reason))


async def _kinds(company: Company) -> list[str]:
    told = text("select payload->>'kind' as kind from event_log where name = 'reservation.created' order by position")
    return [row.kind for row in await company.rows(told)]


async def test_who_answers_waits_at_his_place_and_is_a_call_like_any_other(
    company: Company, writer: RoutingService
) -> None:
    before = await company.call_arrives()
    call = await _callback(company)
    queued_at = (await company.interaction(call)).queued_at
    names = await _answers(company, call)

    async def on_the_line() -> bool:
        return (await company.interaction(call)).answered_at is not None

    await until(on_the_line)
    row = await company.interaction(call)
    assert (row.state, row.queued_at, row.priority_boost) == ("queued", queued_at, 0)
    await company.add_agent()
    await writer.rebuild()
    await company.offer_of(before)
    assert await _kinds(company) == ["live"], "who came earlier goes first"
    async with company.database.unit_of_work("telephony") as work:
        work.record(CallLegEnded(**names, reason=LegEndReason.HANGUP))
    row = await company.stands(call, State.CLOSED)
    assert row.end_reason == "abandoned_in_queue"
    assert await company.faults() == []


async def test_an_agent_who_becomes_free_is_kept_for_him_and_rung_when_he_answers(
    company: Company, writer: RoutingService
) -> None:
    call = await _callback(company)
    agent = await company.add_agent()
    await writer.rebuild()
    kept = await company.offer_of(call, agent)
    assert timedelta(seconds=45) < kept.deadline_at - kept.created_at < timedelta(seconds=55)
    await _answers(company, call)

    async def rung() -> Any:
        return next((r for r in await company.reservations(call) if r.state == "pending" and r.id != kept.id), None)

    offer = await until(rung, what="an offer for who is on the line")
    assert offer.deadline_at - offer.created_at < timedelta(seconds=25)
    assert offer.agent_id == agent and await _kinds(company) == ["callback", "live"]
    await company.agent_answers(offer)
    row = await company.stands(call, State.ACTIVE)
    assert row.answered_at is not None
    assert await company.faults() == []


async def test_who_does_not_answer_is_called_later_and_frees_the_agent(
    company: Company, writer: RoutingService
) -> None:
    call = await _callback(company)
    agent = await company.add_agent()
    await writer.rebuild()
    await company.offer_of(call, agent)
    await _fails(company, call, LegEndReason.NO_ANSWER)
    row = await company.stands(call, State.QUEUED)
    assert (row.attempts, row.agent_id) == (1, None) and row.due_at > clock.now()
    state = await company.agent_is(agent, work_state="idle", presence="available")
    assert state.missed == 0
    assert await company.faults() == []


async def test_a_call_that_was_withdrawn_counts_for_nothing(company: Company, writer: RoutingService) -> None:
    call = await _callback(company)
    await _fails(company, call, LegEndReason.CANCELLED)
    agent = await company.add_agent()
    await writer.rebuild()
    await company.offer_of(call, agent)
    row = await company.interaction(call)
    assert (row.attempts, row.kind) == (0, "callback")


async def test_the_last_attempt_ends_it(company: Company, writer: RoutingService) -> None:
    await company.change_queue(callback_attempts=1)
    call = await _callback(company)
    await writer.rebuild()
    await _fails(company, call, LegEndReason.BUSY)
    row = await company.stands(call, State.CLOSED)
    assert (row.end_reason, row.attempts) == ("not_reached", 1)


@pytest.mark.long
async def test_the_writer_has_him_called_when_a_wrap_up_ends_soon(company: Company, writer: RoutingService) -> None:
    await company.change_queue(wrap_up_seconds=3)
    await company.add_agent()
    await writer.rebuild()
    other = await company.call_arrives()
    await company.talking(other)
    call = await _callback(company)
    await writer.rebuild()
    await company.customer_leaves(other)
    await company.stands(other, State.WRAPPING)

    async def called() -> bool:
        return "interaction.dialled_ahead" in await company.events(call)

    await until(called, 4.0)
    await company.offer_of(call)
    assert (await company.events(call)).count("interaction.dialled_ahead") == 1
    assert await company.faults() == []
