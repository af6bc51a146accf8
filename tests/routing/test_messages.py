"""Messages from the queue to the end, several at once for an agent, on real PostgreSQL and Valkey."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.agent import Presence
from core.errors import Conflict, NotFound
from core.interaction import Channel, EndReason
from core.interaction import InteractionState as State
from routing.floor import deadlines
from routing.writer.service import RoutingService
from tests.routing import correspondence as post
from tests.routing.company import Company, until
from tests.routing.correspondence import arrives


async def writer_at(company: Company, writer: RoutingService, **capacity: int):  # type: ignore[no-untyped-def]
    """An agent without a phone who takes messages."""
    agent = await company.add_agent(reachable=False, capacity=capacity or {"chat": 2})
    await writer.rebuild()
    return agent


async def test_an_agent_without_a_phone_takes_several_until_there_is_no_room(
    company: Company, writer: RoutingService
) -> None:
    agent = await writer_at(company, writer)
    first, second, third = [await arrives(company) for _ in range(3)]
    offers = [await company.offer_of(message) for message in (first, second)]
    assert {offer.agent_id for offer in offers} == {agent}
    row = await company.agent_is(agent, load={"chat": 2})
    assert (row.work_state, row.interaction_id) == ("idle", None)
    assert (await company.interaction(third)).state == "queued"
    assert await company.faults() == []

    await post.accept(company, offers[0])
    row = await company.stands(first, State.ACTIVE)
    assert (row.agent_id, row.answered_at is not None) == (agent, True)
    assert (await company.agent(agent)).load == {"chat": 2}

    assert await post.end(company, first, agent) is True
    assert (await company.offer_of(third)).agent_id == agent
    row = await company.interaction(first)
    assert (row.state, row.end_reason, row.closed_at is not None) == ("closed", "completed", True)
    assert await company.faults() == []
    assert await company.events(first) == [
        "interaction.queued", "reservation.created", "reservation.accept_requested", "reservation.accepted",
        "interaction.activated", "interaction.closed",
    ]  # fmt: skip


async def test_ended_twice_counts_once(company: Company, writer: RoutingService) -> None:
    agent = await writer_at(company, writer, chat=3)
    messages = [await arrives(company) for _ in range(2)]
    for message in messages:
        await post.served(company, message)
    assert [await post.end(company, messages[0], agent) for _ in range(2)] == [True, False]
    row = await company.agent(agent)
    assert row.load == {"chat": 1}
    assert await post.end(company, messages[1], agent) is True
    assert (await company.agent(agent)).load == {}
    assert await company.faults() == []


async def test_nobody_ends_what_is_not_his(company: Company, writer: RoutingService) -> None:
    agent = await writer_at(company, writer)
    other = await company.add_agent(available=False)
    offer = await company.offer_of(await arrives(company))
    with pytest.raises(NotFound) as unknown:
        await post.end(company, offer.interaction_id, other)
    assert unknown.value.code == "interaction.unknown"
    with pytest.raises(Conflict) as early:
        await post.end(company, offer.interaction_id, agent)
    assert early.value.code == "message.not_taken"
    assert (await company.agent(agent)).load == {"chat": 1}


async def test_a_call_is_not_ended_as_a_message_is(company: Company, writer: RoutingService) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    await company.talking(call)
    for attempt in (post.end(company, call, agent), post.give_away(company, call, agent)):
        with pytest.raises(Conflict) as refused:
            await attempt
        assert refused.value.code == "interaction.not_a_message"


async def test_who_holds_a_message_gets_no_call_and_who_talks_gets_no_message(
    company: Company, writer: RoutingService
) -> None:
    agent = await company.add_agent(capacity={"chat": 2})
    await writer.rebuild()
    message = await arrives(company)
    await post.served(company, message)
    call = await company.call_arrives()
    await asyncio.sleep(0.1)
    assert (await company.interaction(call)).state == "queued"
    assert await post.end(company, message, agent)
    await company.talking(call)
    second = await arrives(company)
    await asyncio.sleep(0.1)
    assert (await company.interaction(second)).state == "queued"
    await company.customer_leaves(call)
    assert (await company.offer_of(second)).agent_id == agent
    assert await company.faults() == []


async def test_declined_goes_to_the_next_and_unanswered_sends_away(
    company: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    agents = [await company.add_agent(reachable=False, capacity={"sms": 3}) for _ in range(2)]
    await writer.rebuild()
    message = await arrives(company, Channel.SMS)
    offer = await company.offer_of(message)
    await company.decline(offer)
    (other,) = set(agents) - {offer.agent_id}
    await company.offer_of(message, other)
    monkeypatch.setattr(deadlines, "ANSWER_GRACE", timedelta(seconds=-20))  # the deadline itself
    row = await company.agent(offer.agent_id)
    assert (row.load, row.presence) == ({}, "available")
    row = await company.agent_is(other, presence="away")
    assert (row.presence_reason, row.load, row.missed) == ("rona", {}, 1)
    states = [each.state for each in await company.reservations(message)]
    assert states == ["rejected", "expired"]
    assert (await company.interaction(message)).state == "queued"
    assert await company.faults() == []


async def test_who_answers_has_missed_nothing(company: Company, writer: RoutingService) -> None:
    agent = await writer_at(company, writer)
    async with company.database.unit_of_work("test") as work:
        await work.execute(text("update agent_states set missed = 1"))
    await writer.rebuild()
    await post.served(company, await arrives(company))
    assert (await company.agent(agent)).missed == 0


async def test_the_customer_leaves_wherever_it_stands(company: Company, writer: RoutingService) -> None:
    agent = await writer_at(company, writer, chat=1)
    active, waiting = await arrives(company), await arrives(company)
    await post.served(company, active)
    await post.customer_leaves(company, waiting)
    assert (await company.stands(waiting, State.CLOSED)).end_reason == "abandoned_in_queue"
    offered = await arrives(company)
    await post.customer_leaves(company, active, EndReason.LOST)
    assert (await company.stands(active, State.CLOSED)).end_reason == "lost"
    await company.offer_of(offered)
    await post.customer_leaves(company, offered)
    assert (await company.stands(offered, State.CLOSED)).end_reason == "abandoned_ringing"
    await company.agent_is(agent, load={})
    assert await company.faults() == []


async def test_wrap_up_of_a_message_ends_at_the_desk_or_by_its_deadline(
    company: Company, writer: RoutingService
) -> None:
    await company.change_queue(wrap_up_seconds=2)
    agent = await writer_at(company, writer)
    messages = [await arrives(company) for _ in range(2)]
    for message in messages:
        await post.served(company, message)
        await post.customer_leaves(company, message)
    for message in messages:
        row = await company.stands(message, State.WRAPPING)
        assert row.wrap_up_until - row.ended_at == timedelta(seconds=2)
    row = await company.agent(agent)
    assert (row.load, row.work_state, row.wrap_up_until) == ({"chat": 2}, "idle", None)
    assert await post.end(company, messages[0], agent) is True
    await company.stands(messages[1], State.CLOSED)
    await company.agent_is(agent, load={})
    assert await post.end(company, messages[1], agent) is False
    assert await company.faults() == []


async def test_who_signs_off_leaves_his_messages_to_others_first_in_line(
    company: Company, writer: RoutingService
) -> None:
    agent = await writer_at(company, writer)
    active, offered = await arrives(company), await arrives(company)
    await post.served(company, active)
    await company.offer_of(offered)
    await company.choose_presence(agent, Presence.OFFLINE)
    row = await company.stands(active, State.QUEUED)
    assert (row.priority_boost, row.agent_id) == (1, None)
    row = await company.stands(offered, State.QUEUED)
    assert row.priority_boost == 0
    await company.agent_is(agent, load={})
    colleague = await writer_at(company, writer, chat=1)
    assert (await company.offer_of(active)).agent_id == colleague
    assert await company.faults() == []


async def test_handed_over_it_waits_anew_in_the_other_queue(company: Company, writer: RoutingService) -> None:
    elsewhere = await company.add_queue()
    agent = await company.add_agent(reachable=False, capacity={"chat": 2}, queues_of=[company.queue_id, elsewhere])
    await writer.rebuild()
    message = await arrives(company)
    await post.served(company, message)
    before = await company.interaction(message)
    with pytest.raises(NotFound):
        await post.give_away(company, message, agent, agent)
    assert await post.give_away(company, message, agent, elsewhere) is True
    assert await post.give_away(company, message, agent, elsewhere) is False
    row = await company.interaction(message)
    assert (row.state, row.queue_id, row.agent_id, row.reservation_id) == ("queued", elsewhere, None, None)
    assert row.queued_at > before.queued_at and row.answered_at is None
    assert (await company.agent(agent)).load == {}
    colleague = await company.add_agent(reachable=False, capacity={"chat": 1}, queues_of=[elsewhere])
    await company.choose_presence(colleague, Presence.AWAY, "break")
    await company.choose_presence(colleague, Presence.AVAILABLE)
    assert (await company.offer_of(message)).agent_id == colleague
    assert await company.faults() == []


async def test_a_new_writer_goes_on_in_the_middle(company: Company, writer: RoutingService) -> None:
    """What was said while nobody listened is heard, and nobody is taken for a caller who has hung up."""
    agent = await writer_at(company, writer, chat=3)
    taken, offered, left = [await arrives(company) for _ in range(3)]
    offers = [await company.offer_of(message) for message in (taken, offered, left)]
    other = await writer_at(company, writer, sms=1)
    declined = await arrives(company, Channel.SMS)
    offers.append(await company.offer_of(declined, other))
    await post.accept(company, offers[0])
    await post.accept(company, offers[2])
    for message in (taken, left):
        await company.stands(message, State.ACTIVE)
    term = writer.term
    assert term is not None
    term._hearing.follow = _deaf  # type: ignore[method-assign]
    await post.accept(company, offers[1])
    await post.customer_leaves(company, left)
    await company.decline(offers[3])
    await writer.rebuild()
    await company.stands(offered, State.ACTIVE)
    await company.stands(left, State.CLOSED)
    row = await company.interaction(declined)
    assert (row.state, (await company.interaction(taken)).state) == ("queued", "active")
    assert (await company.agent(agent)).load == {"chat": 2}
    assert await company.faults() == []


async def _deaf(events: object) -> None:
    return None


async def test_who_signed_off_while_nobody_listened_holds_nothing(company: Company, writer: RoutingService) -> None:
    agent = await writer_at(company, writer)
    active, offered = await arrives(company), await arrives(company)
    await post.served(company, active)
    await company.offer_of(offered)
    term = writer.term
    assert term is not None
    term._hearing.follow = _deaf  # type: ignore[method-assign]
    await company.choose_presence(agent, Presence.OFFLINE)
    await writer.rebuild()
    await company.stands(active, State.QUEUED)
    await company.stands(offered, State.QUEUED)
    await company.agent_is(agent, load={})
    assert await company.faults() == []


async def test_ring_all_rings_for_calls_only(company: Company, writer: RoutingService) -> None:
    await company.change_queue(ring_strategy="all")
    for _ in range(2):
        await company.add_agent(capacity={"chat": 2})
    await writer.rebuild()
    message = await arrives(company)
    await company.offer_of(message)
    (offer,) = await company.reservations(message)
    assert offer.together is False


async def test_memory_and_tables_agree_after_it_all(company: Company, writer: RoutingService) -> None:
    agent = await writer_at(company, writer, chat=3)
    for _ in range(3):
        message = await arrives(company)
        await post.served(company, message)
        await post.end(company, message, agent)
    term = writer.term
    assert term is not None

    row = await company.agent(agent)
    await until(_knows(term, agent, row.version), what="the last end")
    known = term.floor.agents[agent]
    assert known.load == () and abs(known.idle_since - row.idle_since) < timedelta(seconds=1)
    assert not term.floor.reservations and not term.floor.items


def _knows(term, agent, version):  # type: ignore[no-untyped-def]
    async def there() -> bool:
        return bool(term.floor.agents[agent].version == version)

    return there
