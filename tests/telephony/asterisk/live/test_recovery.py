"""Telephony dies or loses sight at every stage of a call, and what it finds again is right."""

from __future__ import annotations

import asyncio

import pytest

from core.interaction import InteractionState
from core.interactions import advance
from telephony.asterisk.actions import SNAPSHOT
from telephony.asterisk.translation import ContactChanged
from tests.telephony.asterisk.live import scenarios
from tests.telephony.asterisk.live.conftest import MENU_NUMBER, QUEUE_NUMBER, Running

pytestmark = pytest.mark.journey


async def restart(running: Running) -> None:
    """Gone without a word, and back."""
    await running.stop()
    await running.start()


async def test_a_caller_in_the_menu_is_served_again(running: Running) -> None:
    with running.exchange.calls(scenarios.caller(keys="2", pause=4000, talk=3000), MENU_NUMBER):
        row = await running.wait_row(state="in_menu")
        await restart(running)
        queued = await running.wait_row(state="queued")
        assert (queued.id, queued.queue_id) == (row.id, running.company.complaints)
        await running.wait_leg(row.id, "ended")


async def test_a_caller_who_arrives_while_nobody_serves_is_found(running: Running) -> None:
    await running.stop()
    with running.exchange.calls(scenarios.caller(talk=2500), QUEUE_NUMBER):
        await asyncio.sleep(0.3)
        await running.start()
        row = await running.wait_row(state="queued", seconds=3)
        await running.wait_leg(row.id, "ended")


async def test_a_waiting_caller_is_adopted_and_gets_an_agent(running: Running) -> None:
    caller = running.exchange.calls(scenarios.caller(talk=3000), QUEUE_NUMBER)
    with running.exchange.phone("one", scenarios.phone_answers()), caller:
        row = await running.wait_row(state="queued")
        await restart(running)
        reservation = await running.offer(row.id, "one")
        await running.wait_leg(reservation, "ended", "hangup")
        await running.wait_leg(row.id, "ended", "hangup")


async def test_an_offer_that_nobody_heard_of_rings_after_the_restart(running: Running) -> None:
    caller = running.exchange.calls(scenarios.caller(talk=3000), QUEUE_NUMBER)
    with running.exchange.phone("one", scenarios.phone_answers()), caller:
        row = await running.wait_row(state="queued")
        await running.stop()
        reservation = await running.offer(row.id, "one", announce=False)
        await running.start()
        await running.wait_leg(reservation, "ended", "hangup", seconds=5)


async def test_an_agent_who_answers_while_nobody_serves_talks_and_it_is_known(running: Running) -> None:
    ringing = scenarios.phone_answers(ring=1500)
    caller = running.exchange.calls(scenarios.caller(talk=4000), QUEUE_NUMBER)
    with running.exchange.phone("one", ringing), caller:
        row = await running.wait_row(state="queued")
        reservation = await running.offer(row.id, "one", ring_seconds=5)
        await running.wait_leg(reservation, "ringing")
        await running.stop()
        await asyncio.sleep(2)
        await running.start()
        await running.wait_leg(reservation, "up", seconds=3)
        await running.wait_leg(row.id, "ended", "hangup")
        await running.wait_leg(reservation, "ended", "hangup")


async def test_a_talk_survives_and_its_end_is_known(running: Running) -> None:
    caller = running.exchange.calls(scenarios.caller(), QUEUE_NUMBER)
    with running.exchange.phone("one", scenarios.phone_answers(talk=3000)), caller as customer:
        row = await running.wait_row(state="queued")
        reservation = await running.offer(row.id, "one")
        await running.wait_leg(reservation, "up")
        await restart(running)
        assert (await running.leg(reservation)).state == "up"
        await running.wait_leg(reservation, "ended", "hangup")
        await running.wait_leg(row.id, "ended", "hangup", seconds=2)
        assert customer.wait(3) == 0


async def test_a_talk_that_ended_meanwhile_is_closed_as_gone(running: Running) -> None:
    caller = running.exchange.calls(scenarios.caller(talk=1000), QUEUE_NUMBER)
    with running.exchange.phone("one", scenarios.phone_answers()) as phone, caller:
        row = await running.wait_row(state="queued")
        reservation = await running.offer(row.id, "one")
        await running.wait_leg(reservation, "up")
        await running.stop()
        await asyncio.to_thread(phone.wait, 5)
        await running.start()
        await running.wait_leg(row.id, "ended", "gone", seconds=3)
        await running.wait_leg(reservation, "ended", "gone", seconds=3)


async def test_a_caller_who_left_the_menu_meanwhile_is_closed(running: Running) -> None:
    service = await running.fresh()

    async def answered() -> bool:
        listed = await service.keeper.collect(SNAPSHOT)
        return any(frame.get("ChannelStateDesc") == "Up" for frame in listed)

    with running.exchange.calls(scenarios.caller(talk=700), MENU_NUMBER) as customer:
        row = await running.wait_row(state="in_menu")
        await running.eventually(answered)
        await running.stop()
        await asyncio.to_thread(customer.wait, 5)
        await running.start()
        closed = await running.wait_row(id=row.id, state="closed", seconds=3)
    assert closed.end_reason == "lost"


async def test_a_leg_whose_offer_ended_meanwhile_is_hung_up_and_the_caller_kept(running: Running) -> None:
    caller = running.exchange.calls(scenarios.caller(talk=9000), QUEUE_NUMBER)
    with running.exchange.phone("one", scenarios.phone_rings()) as phone, caller:
        row = await running.wait_row(state="queued")
        reservation = await running.offer(row.id, "one", ring_seconds=30)
        await running.wait_leg(reservation, "ringing")
        await running.stop()
        await running.expire(reservation)
        await running.start()
        await running.wait_leg(reservation, "failed", seconds=3)
        assert await asyncio.to_thread(phone.wait, 3) == 0
        assert (await running.leg(row.id)).state == "up"


async def test_a_dropped_link_is_noticed_by_nobody(running: Running) -> None:
    service = await running.fresh()
    caller = running.exchange.calls(scenarios.caller(keys="1", pause=3000, talk=1500), MENU_NUMBER)
    with running.exchange.phone("one", scenarios.phone_answers()), caller:
        row = await running.wait_row(state="in_menu")
        service.keeper.drop("test")
        await running.wait_row(id=row.id, state="queued")
        service.keeper.drop("test")
        reservation = await running.offer(row.id, "one")
        await running.wait_leg(reservation, "up")
        service.keeper.drop("test")
        await running.wait_leg(row.id, "ended")
        await running.wait_leg(reservation, "ended")


async def test_a_phone_that_vanishes_in_the_talk_loses_the_agent_and_not_the_caller(running: Running) -> None:
    service = await running.fresh()
    dead = running.exchange.phone("one", scenarios.phone_answers())
    caller = running.exchange.calls(scenarios.caller(talk=5000), QUEUE_NUMBER)
    with dead, running.exchange.phone("two", scenarios.phone_answers()), caller as customer:
        row = await running.wait_row(state="queued")
        first = await running.offer(row.id, "one")
        await running.wait_leg(first, "up")
        contact = f"sip:one@127.0.0.3:{running.exchange.ports['one']}"
        service.control.happened(ContactChanged("one", contact, present=False))
        await running.wait_leg(first, "ended", "lost", seconds=4)
        assert (await running.leg(row.id)).state == "up"
        await running.put_back(row.id, first)
        second = await running.offer(row.id, "two")
        await running.wait_leg(second, "up", seconds=3)
        await running.wait_leg(row.id, "ended", "hangup")
        assert await asyncio.to_thread(customer.wait, 3) == 0


async def test_a_phone_that_vanishes_while_it_rings_is_given_up_at_once(running: Running) -> None:
    service = await running.fresh()
    caller = running.exchange.calls(scenarios.caller(talk=9000), QUEUE_NUMBER)
    with running.exchange.phone("one", scenarios.phone_rings()), caller:
        row = await running.wait_row(state="queued")
        reservation = await running.offer(row.id, "one", ring_seconds=30)
        await running.wait_leg(reservation, "ringing")
        contact = f"sip:one@127.0.0.3:{running.exchange.ports['one']}"
        service.control.happened(ContactChanged("one", contact, present=False))
        await running.wait_leg(reservation, "failed", "unreachable", seconds=2)


async def test_hang_up_from_the_desk_ends_the_call(running: Running) -> None:
    with running.exchange.calls(scenarios.caller(talk=9000), QUEUE_NUMBER):
        row = await running.wait_row(state="queued")
        await running.request_hangup(row.id)
        await running.wait_leg(row.id, "ended", seconds=3)


async def test_an_expired_offer_stops_the_phone(running: Running) -> None:
    caller = running.exchange.calls(scenarios.caller(talk=9000), QUEUE_NUMBER)
    with running.exchange.phone("one", scenarios.phone_rings()), caller:
        row = await running.wait_row(state="queued")
        reservation = await running.offer(row.id, "one", ring_seconds=30)
        await running.wait_leg(reservation, "ringing")
        await running.expire(reservation, announce=True)
        await running.wait_leg(reservation, "failed", "no_answer", seconds=3)
        async with running.database.unit_of_work("test") as work:
            assert await advance(work, row.id, InteractionState.QUEUED, because="test") is not None
