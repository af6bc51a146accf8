"""The way of an interaction through routing, fact by fact, on real PostgreSQL and Valkey."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from core import clock
from core.agent import LegEndReason, Presence
from core.errors import Conflict, NotFound
from core.events import CallLegFailed, ConfigurationChanged
from core.interaction import InteractionState as State
from routing.floor import deadlines, offers
from routing.writer.service import RoutingService
from tests.routing.company import Company, leg_of


async def test_an_arriving_call_is_offered_to_the_longest_idle_agent(company: Company, writer: RoutingService) -> None:
    await company.add_agent(idle_since=clock.now() - timedelta(minutes=1))
    longest = await company.add_agent(idle_since=clock.now() - timedelta(minutes=5))
    await company.add_agent(idle_since=clock.now() - timedelta(minutes=3))
    await writer.rebuild()

    call = await company.call_arrives()
    offer = await company.offer_of(call)

    assert offer.agent_id == longest
    assert offer.decision["candidates"] == 3
    row = await company.interaction(call)
    assert (row.state, row.agent_id, row.reservation_id) == ("offered", longest, offer.id)
    assert (await company.agent(longest)).work_state == "reserved"
    assert await company.events(call) == ["interaction.queued", "reservation.created", "agent.work_changed"]
    assert await company.faults() == []


async def test_the_answer_accepts_and_the_hangup_ends_it_at_once_without_wrap_up(
    company: Company, writer: RoutingService
) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    offer = await company.offer_of(call)

    await company.agent_answers(offer)
    row = await company.stands(call, State.ACTIVE)
    assert row.answered_at is not None
    assert (await company.agent(agent)).work_state == "engaged"
    assert (await company.reservations(call))[0].state == "accepted"

    await company.customer_leaves(call)
    row = await company.stands(call, State.CLOSED)
    assert (row.end_reason, row.agent_id) == ("completed", agent)
    await company.agent_is(agent, work_state="idle", interaction_id=None)
    assert (await company.reservations(call))[0].released_at is not None
    assert await company.faults() == []


async def test_a_freed_agent_gets_the_next_call_in_the_same_transaction(
    company: Company, writer: RoutingService
) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    first = await company.call_arrives()
    await company.talking(first)
    second = await company.call_arrives()
    await company.call_arrives()

    await company.customer_leaves(first)
    offer = await company.offer_of(second)

    assert offer.agent_id == agent
    assert offer.decision["trigger"] == "agent_freed"
    closed, created = await company.rows(
        text("select xmin::text as transaction from interactions where id = any(:ids) order by queued_at"),
        ids=[first, second],
    )
    assert closed.transaction == created.transaction
    assert await company.faults() == []


async def test_wrap_up_lasts_until_the_agent_finishes_it(company: Company, writer: RoutingService) -> None:
    await company.change_queue(wrap_up_seconds=600)
    agent = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    offer = await company.talking(call)
    await company.agent_leg_ends(offer, LegEndReason.HANGUP)
    await company.customer_leaves(call)
    row = await company.stands(call, State.WRAPPING)
    assert row.wrap_up_until is not None
    waiting = await company.call_arrives()

    assert await company.finish(call, agent) is True
    assert (await company.offer_of(waiting)).agent_id == agent
    assert await company.finish(call, agent) is False
    assert (await company.interaction(call)).state == "closed"
    assert await company.faults() == []


async def test_finishing_is_refused_while_the_customer_is_there_or_for_a_stranger(
    company: Company, writer: RoutingService
) -> None:
    agent, stranger = await company.add_agent(), await company.add_agent(available=False)
    await writer.rebuild()
    call = await company.call_arrives()
    await company.talking(call)

    with pytest.raises(Conflict) as refused:
        await company.finish(call, agent)
    assert refused.value.code == "wrap_up.not_started"
    with pytest.raises(NotFound) as unknown:
        await company.finish(call, stranger)
    assert unknown.value.code == "interaction.unknown"


@pytest.mark.long
async def test_wrap_up_ends_by_itself_at_its_deadline(company: Company, writer: RoutingService) -> None:
    await company.change_queue(wrap_up_seconds=1)
    agent = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    await company.talking(call)
    await company.customer_leaves(call)

    await company.stands(call, State.WRAPPING)
    row = await company.stands(call, State.CLOSED)

    assert row.end_reason == "completed"
    await company.agent_is(agent, work_state="idle")
    assert await company.finish(call, agent) is False


async def test_no_answer_sends_the_agent_away_and_the_call_to_the_next_in_its_old_place(
    company: Company, writer: RoutingService
) -> None:
    first = await company.add_agent(idle_since=clock.now() - timedelta(minutes=5))
    second = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    queued_at = (await company.interaction(call)).queued_at
    offer = await company.offer_of(call, first)

    await company.agent_leg_fails(offer, LegEndReason.NO_ANSWER)
    await company.offer_of(call, second)

    assert (await company.interaction(call)).queued_at == queued_at
    away = await company.agent(first)
    assert (away.presence, away.presence_reason, away.work_state) == ("away", "rona", "idle")
    assert [r.state for r in await company.reservations(call)] == ["expired", "pending"]
    assert await company.faults() == []


async def test_a_decline_excludes_the_agent_from_this_call_only(company: Company, writer: RoutingService) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    declined = await company.call_arrives()
    offer = await company.offer_of(declined)

    await company.decline(offer)
    await company.stands(declined, State.QUEUED)
    await company.agent_leg_fails(offer, LegEndReason.CANCELLED)
    other = await company.call_arrives()

    assert (await company.offer_of(other)).agent_id == agent
    assert [r.state for r in await company.reservations(declined)] == ["rejected"]
    assert (await company.agent(agent)).presence == "available"

    await writer.rebuild()
    await company.customer_leaves(other)
    await company.agent_is(agent, work_state="idle")
    assert (await company.interaction(declined)).state == "queued"
    assert await company.faults() == []


@pytest.mark.parametrize("reason", [LegEndReason.BUSY, LegEndReason.UNREACHABLE])
async def test_a_phone_that_cannot_be_rung_is_set_aside_without_blame(
    company: Company, writer: RoutingService, reason: LegEndReason
) -> None:
    first = await company.add_agent(idle_since=clock.now() - timedelta(minutes=5))
    second = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()

    await company.agent_leg_fails(await company.offer_of(call, first), reason)
    await company.offer_of(call, second)
    another = await company.call_arrives()
    await company.stands(another, State.QUEUED)

    assert (await company.agent(first)).presence == "available"
    assert [r.state for r in await company.reservations(call)] == ["expired", "pending"]
    await company.phone_is_reachable(first, True)
    assert (await company.offer_of(another)).agent_id == first
    assert await company.faults() == []


async def test_a_lost_claim_takes_the_offer_back(company: Company, writer: RoutingService) -> None:
    first = await company.add_agent(idle_since=clock.now() - timedelta(minutes=5))
    second = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()

    await company.agent_leg_fails(await company.offer_of(call, first), LegEndReason.CLAIM_LOST)

    await company.offer_of(call, second)
    assert [r.state for r in await company.reservations(call)] == ["rescinded", "pending"]
    assert await company.faults() == []


@pytest.mark.parametrize(
    ("reason", "while_queued", "while_ringing"),
    [
        (LegEndReason.HANGUP, "abandoned_in_queue", "abandoned_ringing"),
        (LegEndReason.GONE, "lost", "lost"),
    ],
)
async def test_a_customer_who_leaves_before_the_answer(
    company: Company, writer: RoutingService, reason: LegEndReason, while_queued: str, while_ringing: str
) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    ringing = await company.call_arrives()
    await company.offer_of(ringing)
    queued = await company.call_arrives()

    await company.customer_leaves(queued, reason)
    row = await company.stands(queued, State.CLOSED)
    assert (row.end_reason, row.agent_id) == (while_queued, None)

    await company.customer_leaves(ringing, reason)
    row = await company.stands(ringing, State.CLOSED)
    assert (row.end_reason, row.agent_id) == (while_ringing, None)
    assert [r.state for r in await company.reservations(ringing)] == ["rescinded"]
    await company.agent_is(agent, work_state="idle", presence="available")
    assert await company.faults() == []


async def test_a_vanished_agent_puts_the_customer_first_in_line(company: Company, writer: RoutingService) -> None:
    first = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    offer = await company.talking(call)
    older_but_not_boosted = await company.call_arrives(priority=1000)

    await company.agent_leg_ends(offer, LegEndReason.LOST)
    row = await company.stands(call, State.QUEUED)
    assert (row.priority_boost, row.agent_id, row.reservation_id) == (1, None, None)
    away = await company.agent(first)
    assert (away.presence, away.presence_reason) == ("away", "connection_lost")

    second = await company.add_agent(available=False)
    await writer.rebuild()
    await company.choose_presence(second, Presence.AVAILABLE)
    assert (await company.offer_of(call)).agent_id == second
    assert (await company.interaction(older_but_not_boosted)).state == "queued"
    assert await company.faults() == []


async def test_a_vanished_agent_without_a_customer_ends_the_call(company: Company, writer: RoutingService) -> None:
    await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    offer = await company.talking(call)

    await company.customer_leaves(call, silent=True)
    await company.agent_leg_ends(offer, LegEndReason.GONE)

    assert (await company.stands(call, State.CLOSED)).end_reason == "completed"
    assert await company.faults() == []


@pytest.mark.long
async def test_an_offer_without_any_word_from_telephony_expires(
    company: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "ANSWER_GRACE", timedelta(0))
    await company.change_queue(ring_seconds=3)
    agent = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    await company.offer_of(call)

    await company.stands(call, State.QUEUED)

    await company.agent_is(agent, presence="away", presence_reason="rona", work_state="idle")
    assert [r.state for r in await company.reservations(call)] == ["expired"]


async def test_an_answer_that_overtook_the_expiry_counts(company: Company, writer: RoutingService) -> None:
    first = await company.add_agent(idle_since=clock.now() - timedelta(minutes=5))
    second = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    offer = await company.offer_of(call, first)
    term = writer.term
    await term.handle([CallLegFailed(**leg_of(offer), reason=LegEndReason.NO_ANSWER)])
    await company.offer_of(call, second)

    await company.agent_answers(offer)

    row = await company.stands(call, State.ACTIVE)
    assert (row.agent_id, row.reservation_id) == (first, offer.id)
    assert {r.agent_id: r.state for r in await company.reservations(call)} == {first: "accepted", second: "rescinded"}
    await company.agent_is(second, work_state="idle")
    assert await company.faults() == []


async def test_the_same_event_again_changes_nothing(company: Company, writer: RoutingService) -> None:
    await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    offer = await company.offer_of(call)
    answered = await company.agent_answers(offer)
    await company.stands(call, State.ACTIVE)
    ended = await company.customer_leaves(call)
    await company.stands(call, State.CLOSED)
    before = await company.rows(text("select count(*) from event_log"))

    for event in (answered, ended, answered, ended):
        await writer.term.handle([event])

    assert await company.rows(text("select count(*) from event_log")) == before
    assert await company.faults() == []


async def test_presence_and_the_phone_decide_who_is_free(company: Company, writer: RoutingService) -> None:
    agent = await company.add_agent(available=False, reachable=False)
    await writer.rebuild()
    call = await company.call_arrives()

    await company.choose_presence(agent, Presence.AVAILABLE)
    await company.agent_is(agent, presence="available")
    assert (await company.interaction(call)).state == "queued"
    await company.phone_is_reachable(agent, True)
    assert (await company.offer_of(call)).agent_id == agent


async def test_signing_off_while_it_rings_gives_the_call_to_the_next(company: Company, writer: RoutingService) -> None:
    first = await company.add_agent(idle_since=clock.now() - timedelta(minutes=5))
    second = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    await company.offer_of(call, first)

    await company.choose_presence(first, Presence.OFFLINE)

    await company.offer_of(call, second)
    await company.agent_is(first, presence="offline", work_state="idle")
    assert await company.faults() == []


async def test_skills_of_queue_and_call_are_both_needed(company: Company, writer: RoutingService) -> None:
    french, freight = await company.add_skill("french"), await company.add_skill("freight")
    queue = await company.add_queue(required_skills={"freight": 2})
    await company.add_agent(queues_of=[queue], skilled={french: 5})
    await company.add_agent(queues_of=[queue], skilled={french: 2, freight: 5})
    right = await company.add_agent(queues_of=[queue], skilled={french: 3, freight: 2})
    await company.add_agent(skilled={french: 5, freight: 5})
    await writer.rebuild()

    call = await company.call_arrives(queue_id=queue, skilled={"french": 3})

    offer = await company.offer_of(call)
    assert offer.agent_id == right
    assert offer.decision["candidates"] == 1


async def test_a_change_of_configuration_reroutes_who_waits(company: Company, writer: RoutingService) -> None:
    queue = await company.add_queue(required_skills={"french": 1})
    agent = await company.add_agent(queues_of=[queue])
    await writer.rebuild()
    call = await company.call_arrives(queue_id=queue)
    await company.stands(call, State.QUEUED)

    async with company.database.unit_of_work("test") as work:
        await work.execute(text("update queues set required_skills = '{}' where id = :id"), {"id": queue})
        work.record(ConfigurationChanged(what="queues"))

    assert (await company.offer_of(call, seconds=1.0)).agent_id == agent


@pytest.mark.long
async def test_a_decline_lapses_so_that_the_only_agent_is_asked_again(
    company: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "DECLINE_LASTS", timedelta(seconds=1))
    agent = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    declined = await company.offer_of(call)

    await company.decline(declined)
    await company.stands(call, State.QUEUED)

    again = await company.offer_of(call, agent)
    assert again.id != declined.id
