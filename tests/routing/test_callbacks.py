"""A customer who asks to be called keeps his place; he is called when an agent has picked up, a few times at most."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text, update

from agent_desk.outgoing import cancel_work
from core import callbacks, clock
from core.agent import LegEndReason, LegRole
from core.callbacks import request_callback
from core.errors import Conflict, Refusal
from core.events import CallLegAnswered, CallLegEnded, CallLegFailed, CancelRequested
from core.ids import called_leg_id, new_id
from core.interaction import InteractionState as State
from core.interactions import open_interaction
from core.tables import call_legs, interactions
from routing.writer.service import RoutingService
from tests.routing.company import Company, until


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody hangs up here, so nobody is waited for."""
    monkeypatch.setattr(callbacks, "HANG_UP_SECONDS", 0)
    yield


async def _ask(company: Company, call: UUID, **options: Any) -> bool:
    async with company.database.unit_of_work("test") as work:
        return await request_callback(work, call, because="api", **options)


async def _cancel(company: Company, call: UUID) -> None:
    async with company.database.unit_of_work("user:test") as work:
        await cancel_work(work, call)


async def _customer_leg(company: Company, offer: Any, state: str, **columns: Any) -> dict[str, Any]:
    names = {"leg_id": called_leg_id(offer.id), "interaction_id": offer.interaction_id, "role": LegRole.CUSTOMER}
    async with company.database.unit_of_work("telephony") as work:
        await work.execute(
            insert(call_legs).values(
                id=names["leg_id"], domain="main", interaction_id=offer.interaction_id, role="customer", state=state,
                channel_name="PJSIP/y", unique_id=names["leg_id"].hex, created_at=clock.now(), **columns,
            )
        )  # fmt: skip
    return names


async def _answers(company: Company, offer: Any, *, silent: bool = False) -> dict[str, Any]:
    names = await _customer_leg(company, offer, "up", answered_at=clock.now())
    if not silent:
        async with company.database.unit_of_work("telephony") as work:
            work.record(CallLegAnswered(**names))
    return names


async def _does_not_answer(company: Company, offer: Any, *, silent: bool = False) -> None:
    names = await _customer_leg(company, offer, "failed", end_reason="no_answer", ended_at=clock.now())
    if not silent:
        async with company.database.unit_of_work("telephony") as work:
            work.record(CallLegFailed(**names, reason=LegEndReason.NO_ANSWER))


async def _waits_for_an_answer(company: Company, call: UUID) -> Any:
    """Carry a callback to the moment in which the customer's phone rings; gives the reservation."""
    offer = await company.offer_of(call)
    await company.agent_answers(offer)
    await company.stands(call, State.ACTIVE)
    return offer


async def test_the_place_is_kept_and_no_earlier_arrival_of_equal_right_is_passed(
    company: Company, writer: RoutingService
) -> None:
    first, second, third = [await company.call_arrives() for _ in range(3)]
    queued_at = (await company.interaction(second)).queued_at
    assert await _ask(company, second) is True
    assert await _ask(company, second) is True, "asked twice, asked once"
    await company.customer_leaves(second)
    row = await company.interaction(second)
    assert (row.kind, row.state, row.queued_at) == ("callback", "queued", queued_at)

    agents = [await company.add_agent() for _ in range(3)]
    await writer.rebuild()
    served = {
        offer.agent_id: offer.interaction_id for offer in [await company.offer_of(c) for c in (first, second, third)]
    }
    assert set(served) == set(agents)

    created = await company.rows(
        text(
            "select interaction_id, payload->>'kind' as kind from event_log"
            " where name = 'reservation.created' order by position"
        )
    )
    assert [(row.interaction_id, row.kind) for row in created] == [
        (first, "live"), (second, "callback"), (third, "live"),
    ]  # fmt: skip
    assert await company.faults() == []


async def test_the_agent_picks_up_then_the_customer_then_it_is_a_call_like_any_other(
    company: Company, writer: RoutingService
) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    other = await company.call_arrives()
    await company.talking(other)
    call = await company.call_arrives()
    await _ask(company, call)
    await company.customer_leaves(call)
    await company.customer_leaves(other)

    offer = await _waits_for_an_answer(company, call)
    row = await company.interaction(call)
    assert (row.agent_id, row.answered_at, offer.agent_id) == (agent, None, agent)
    assert (await company.reservations(call))[-1].state == "accepted"
    names = await _answers(company, offer)

    async def talks() -> bool:
        return (await company.interaction(call)).answered_at is not None

    await until(talks)
    assert "interaction.activated" in await company.events(call)
    async with company.database.unit_of_work("telephony") as work:
        work.record(CallLegEnded(**names, reason=LegEndReason.HANGUP))
    row = await company.stands(call, State.CLOSED)
    assert row.end_reason == "completed"
    await company.agent_is(agent, work_state="idle")
    assert await company.faults() == []


@pytest.mark.long
async def test_who_does_not_answer_is_called_again_after_a_pause_and_then_no_more(
    company: Company, writer: RoutingService
) -> None:
    await company.change_queue(callback_attempts=2, callback_pause_seconds=10)
    agent = await company.add_agent(available=False)
    call = await company.call_arrives()
    queued_at = (await company.interaction(call)).queued_at
    await _ask(company, call)
    await company.add_agent()
    await writer.rebuild()

    offer = await _waits_for_an_answer(company, call)
    await _does_not_answer(company, offer)
    row = await company.stands(call, State.QUEUED)
    assert (row.attempts, row.queued_at, row.agent_id) == (1, queued_at, None)
    assert 5 < (row.due_at - clock.now()).total_seconds() <= 10
    await company.agent_is(offer.agent_id, work_state="idle", presence="available")

    async with company.database.unit_of_work("test") as work:
        await work.execute(
            update(interactions).where(interactions.c.id == call).values(due_at=clock.now() + timedelta(seconds=1))
        )
    await writer.rebuild()
    assert [r.state for r in await company.reservations(call)] == ["accepted"]
    again = await _waits_for_an_answer(company, call)
    assert again.id != offer.id
    await _does_not_answer(company, again)
    row = await company.stands(call, State.CLOSED)
    assert (row.end_reason, row.attempts, row.agent_id) == ("not_reached", 2, None)
    await company.agent_is(again.agent_id, work_state="idle")
    assert agent != again.agent_id
    assert await company.faults() == []


async def test_an_agent_who_hangs_up_while_it_rings_at_the_customers_has_tried_once(
    company: Company, writer: RoutingService
) -> None:
    await company.add_agent()
    call = await company.call_arrives()
    await _ask(company, call)
    await writer.rebuild()
    offer = await _waits_for_an_answer(company, call)

    await company.agent_leg_ends(offer, LegEndReason.HANGUP)
    row = await company.stands(call, State.QUEUED)
    assert (row.attempts, row.due_at is not None) == (1, True)

    await _does_not_answer(company, offer)
    await company.agent_is(offer.agent_id, work_state="idle")
    assert (await company.interaction(call)).attempts == 1, "one attempt counts once"
    assert await company.faults() == []


async def test_a_cancelled_one_stops_the_phone_that_rings_for_it(company: Company, writer: RoutingService) -> None:
    agent = await company.add_agent()
    call = await company.call_arrives()
    await _ask(company, call)
    await company.customer_leaves(call)
    await writer.rebuild()
    await company.offer_of(call)

    await _cancel(company, call)
    row = await company.stands(call, State.CLOSED)
    assert (row.end_reason, row.agent_id, row.attempts) == ("cancelled", None, 0)
    assert [offer.state for offer in await company.reservations(call)] == ["rescinded"]
    await company.agent_is(agent, work_state="idle", presence="available")
    assert "reservation.rescinded" in await company.events(call)
    assert await company.faults() == []


async def test_an_agent_who_picked_up_first_goes_on(company: Company, writer: RoutingService) -> None:
    await company.add_agent()
    call = await company.call_arrives()
    await _ask(company, call)
    await writer.rebuild()
    await _waits_for_an_answer(company, call)
    with pytest.raises(Conflict) as refused:
        await _cancel(company, call)
    assert refused.value.code == "callback.not_waiting"
    async with company.database.unit_of_work("test") as work:
        work.record(CancelRequested(interaction_id=call))
    other = await company.call_arrives()
    await company.add_agent()
    await writer.rebuild()
    await company.offer_of(other)
    assert (await company.interaction(call)).state == "active"


async def test_an_agent_who_vanishes_while_it_rings_leaves_the_customer_first_in_line(
    company: Company, writer: RoutingService
) -> None:
    first = await company.add_agent()
    call = await company.call_arrives()
    await _ask(company, call)
    await writer.rebuild()
    offer = await _waits_for_an_answer(company, call)

    await company.agent_leg_ends(offer, LegEndReason.LOST)
    row = await company.stands(call, State.QUEUED)
    assert (row.attempts, row.priority_boost, row.kind) == (0, 1, "callback")
    await company.agent_is(first, presence="away", presence_reason="connection_lost")

    await _answers(company, offer)

    async def on_the_line() -> bool:
        return (await company.interaction(call)).answered_at is not None

    await until(on_the_line)
    await company.add_agent()
    await writer.rebuild()
    await company.offer_of(call)
    kinds = await company.rows(
        text("select payload->>'kind' as kind from event_log where name = 'reservation.created' order by position")
    )
    assert [row.kind for row in kinds] == ["callback", "live"], "who has answered our call is on the line"
    assert await company.faults() == []


async def test_what_happened_while_nobody_decided_is_found_again(company: Company, writer: RoutingService) -> None:
    await company.change_queue(callback_attempts=1)
    await company.add_agent()
    answered, missed = await company.call_arrives(), await company.call_arrives()
    for call in (answered, missed):
        await _ask(company, call)
        await company.customer_leaves(call)
    await writer.rebuild()
    offer = await _waits_for_an_answer(company, answered)
    await _answers(company, offer, silent=True)
    await writer.rebuild()
    assert (await company.interaction(answered)).answered_at is not None

    await company.agent_leg_ends(offer, LegEndReason.HANGUP)
    await company.stands(answered, State.CLOSED)
    offer = await _waits_for_an_answer(company, missed)
    await _does_not_answer(company, offer, silent=True)
    await writer.rebuild()
    assert (await company.interaction(missed)).end_reason == "not_reached"
    assert await company.faults() == []


async def test_it_is_too_late_once_an_agent_is_rung_and_impossible_without_a_number(
    company: Company, writer: RoutingService
) -> None:
    await company.add_agent()
    await writer.rebuild()
    ringing, waiting, menu = await company.call_arrives(), await company.call_arrives(), new_id()
    await company.offer_of(ringing)
    assert await _ask(company, ringing) is False
    assert await _ask(company, new_id()) is False
    async with company.database.unit_of_work("test") as work:
        await work.execute(
            update(interactions).where(interactions.c.id == waiting).values(address_kind="withheld", address="")
        )
        open_interaction(
            work, menu, state=State.IN_MENU, channel="voice", customer_id=company.customer_id, address_kind="phone",
            address="+8613800000001", created_at=clock.now(),
        )  # fmt: skip
    with pytest.raises(Refusal) as refused:
        await _ask(company, waiting)
    assert refused.value.code == "callback.no_number"
    assert await _ask(company, waiting, number="+8613800000002") is True
    assert await _ask(company, menu) is False, "a call in its menu needs a queue"
    assert await _ask(company, menu, queue_id=company.queue_id) is True
    row = await company.interaction(menu)
    assert (row.state, row.kind, row.queue_id) == ("queued", "callback", company.queue_id)
    assert await company.faults() == []
