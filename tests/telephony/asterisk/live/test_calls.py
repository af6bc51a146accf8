"""Whole calls on a real Asterisk: arrival, menu, queue, ring, talk, end."""

from __future__ import annotations

import pytest

from tests.telephony.asterisk.live import scenarios
from tests.telephony.asterisk.live.conftest import MENU_NUMBER, QUEUE_NUMBER, Running

pytestmark = pytest.mark.journey


async def test_a_number_of_a_queue_leads_straight_into_it(running: Running) -> None:
    with running.exchange.calls(scenarios.caller(talk=1500), QUEUE_NUMBER):
        row = await running.wait_row(state="queued")
        assert (row.address, row.called_number) == ("+8613900000001", QUEUE_NUMBER)
        assert (row.queue_id, row.tier) == (running.company.queue, "standard")
        leg = await running.wait_leg(row.id, "ended", "hangup")
    assert leg.hangup_cause in {0, 16, 127, 26}
    assert await running.events(row.id) == ["interaction.created", "interaction.queued", "call_leg.ended"]


async def test_keys_lead_through_the_menu(running: Running) -> None:
    with running.exchange.calls(scenarios.caller(keys="2", talk=1500, pause=1500), MENU_NUMBER):
        row = await running.wait_row(state="queued")
        assert (row.menu, row.queue_id) == ("main", running.company.complaints)
        assert [(step["node"], step["choice"]) for step in row.menu_path] == [("main", "2")]
        await running.wait_leg(row.id, "ended")


async def test_agent_answers_talks_and_hangs_up(running: Running) -> None:
    caller = running.exchange.calls(scenarios.caller(), QUEUE_NUMBER)
    phone = running.exchange.phone("one", scenarios.phone_answers(talk=700))
    with phone, caller as customer:
        row = await running.wait_row(state="queued")
        reservation = await running.offer(row.id, "one")
        await running.wait_leg(reservation, "up")
        await running.wait_leg(reservation, "ended", "hangup")
        await running.wait_leg(row.id, "ended", "hangup", seconds=2)
        assert customer.wait(3) == 0
    names = await running.events(row.id)
    assert names[2:] == ["reservation.created", "call_leg.answered", "call_leg.ended", "call_leg.ended"]


async def test_the_customer_hangs_up_in_the_talk(running: Running) -> None:
    with running.exchange.phone("one", scenarios.phone_answers()) as phone:
        with running.exchange.calls(scenarios.caller(talk=700), QUEUE_NUMBER):
            row = await running.wait_row(state="queued")
            reservation = await running.offer(row.id, "one")
            await running.wait_leg(reservation, "ended", "hangup")
            await running.wait_leg(row.id, "ended", "hangup")
        assert phone.wait(3) == 0


async def test_nobody_answers_the_phone_and_the_caller_stays(running: Running) -> None:
    caller = running.exchange.calls(scenarios.caller(talk=9000), QUEUE_NUMBER)
    with running.exchange.phone("two", scenarios.phone_rings()), caller:
        row = await running.wait_row(state="queued")
        reservation = await running.offer(row.id, "two", ring_seconds=1)
        await running.wait_leg(reservation, "failed", "no_answer")
        assert (await running.leg(row.id)).state == "up"


@pytest.mark.parametrize(
    ("status", "reason"),
    [("486 Busy Here", "busy"), ("603 Decline", "declined"), ("404 Not Found", "unreachable"),
     ("503 Service Unavailable", "unreachable")],
)  # fmt: skip
async def test_a_phone_that_refuses(running: Running, status: str, reason: str) -> None:
    caller = running.exchange.calls(scenarios.caller(talk=9000), QUEUE_NUMBER)
    with running.exchange.phone("three", scenarios.phone_says(status)), caller:
        row = await running.wait_row(state="queued")
        reservation = await running.offer(row.id, "three")
        await running.wait_leg(reservation, "failed", reason)


async def test_the_caller_gives_up_and_the_phone_stops_ringing_at_once(running: Running) -> None:
    with running.exchange.phone("one", scenarios.phone_rings()) as phone:
        with running.exchange.calls(scenarios.caller(talk=3000), QUEUE_NUMBER):
            row = await running.wait_row(state="queued")
            reservation = await running.offer(row.id, "one", ring_seconds=30)
            await running.wait_leg(reservation, "failed", "cancelled")
            await running.wait_leg(row.id, "ended", "hangup")
        phone.wait(3)


async def test_hang_up_in_the_menu_closes_the_interaction(running: Running) -> None:
    with running.exchange.calls(scenarios.caller(talk=300), MENU_NUMBER):
        row = await running.wait_row(state="closed")
    assert row.end_reason == "abandoned_in_menu"
    assert (await running.events(row.id))[-2:] == ["interaction.closed", "call_leg.ended"]


NAMES = (
    '"Eve\u2028Channel: PJSIP/fake-1\u2028x"',
    '"O\'Brien; <b>"',
    '"' + "long " * 300 + '"',
    '"\U0001f600 王小明"',
    '"a\\"b"',
)


@pytest.mark.parametrize("display", NAMES)
async def test_hostile_names_are_text(running: Running, display: str) -> None:
    extra = f"P-Asserted-Identity: {display} <sip:+8613900000009@x>\n"
    scenario = scenarios.caller(display=display, talk=2500, extra=extra)
    with running.exchange.phone("one", scenarios.phone_rings()), running.exchange.calls(scenario, QUEUE_NUMBER):
        row = await running.wait_row(state="queued")
        assert len(row.caller_name) <= 80
        assert "\u2028" not in row.caller_name
        assert (await running.leg(row.id)).channel_name.startswith("PJSIP/")
        reservation = await running.offer(row.id, "one", ring_seconds=2)
        await running.wait_leg(reservation, "ringing")


async def test_a_withheld_number_is_somebody(running: Running) -> None:
    with running.exchange.calls(scenarios.caller(number="anonymous", talk=1500), QUEUE_NUMBER):
        row = await running.wait_row(state="queued")
    assert (row.address_kind, row.address) in {("withheld", "anonymous"), ("withheld", "")}
