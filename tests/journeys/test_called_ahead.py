"""Customers who are called a moment before an agent is free: he is kept for them, or they wait a moment for him."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from core.events import ConfigurationChanged
from tests.fakes.rtp import Sound
from tests.fakes.sip.endpoint import Endpoint
from tests.journeys.company import Team, make_supervisor, make_team
from tests.journeys.customers_phone import Phone
from tests.journeys.desk import Desk
from tests.journeys.probe import Probe
from tests.journeys.scene import OUTCOME, Scene, Talk
from tests.journeys.stack import Stack
from tests.journeys.waiting import until

NUMBER = "4008880066"
_WRAP_UP_SECONDS = 15


@pytest.fixture(scope="module")
async def team(stack: Stack, phones: Endpoint, probe: Probe) -> Team:
    """A queue that calls ahead, and its agent."""
    made = await make_team(
        stack.database, "ahead", NUMBER, phones.address, size=1, ring_seconds=6, wrap_up_seconds=_WRAP_UP_SECONDS
    )
    async with stack.database.unit_of_work("journeys") as work:
        await work.execute(text("update queues set callback_dial = 'ahead' where id = :id"), {"id": made.queue_id})
        work.record(ConfigurationChanged(what="queues"))

    async def known() -> bool:
        (row,) = await probe.rows(
            "select reachable from agent_endpoints where agent_id = :id", id=made.people[0].agent_id
        )
        return bool(row["reachable"])

    await until(known, 10, "telephony knows the team")
    return made


@pytest.fixture(scope="module")
async def supervisor(stack: Stack) -> Any:
    """Who enters callbacks."""
    return await make_supervisor(stack.database, "caller-ahead")


async def _wraps_up_while_one_is_to_be_called(
    scene: Scene, desk: Desk, supervisor: Any, number: str
) -> tuple[Talk, Talk]:
    """The only agent concludes a call, and somebody is next in line to be called."""
    before = await scene.at_ringing_directly(desk)
    await scene.answer(before, desk)
    boss = await scene.sit_down(supervisor)
    entered = await boss.post("/api/callbacks", {"queue_id": str(scene.team.queue_id), "number": number})
    assert entered.status_code == 201, entered.text
    await before.customer.hang_up()
    await desk.shows(before.id, "wrapping")
    return before, Talk(None, number, UUID(entered.json()["interaction_id"]))  # type: ignore[arg-type]


async def _picks_up(scene: Scene, talk: Talk, desk: Desk, phone: Phone) -> None:
    assert talk.leg is not None and phone.sound is not None
    talk.agent_sound = await Sound.open(scene.phones.address[0], 400.0)
    talk.leg.media_port = talk.agent_sound.port
    talk.leg.answer()
    assert talk.leg.remote_media is not None
    talk.agent_sound.send_to(talk.leg.remote_media)
    for sound in (phone.sound, talk.agent_sound):
        before = sound.received
        await until(
            lambda sound=sound, before=before: sound.received > before + 10 and sound.level() > 0.05,  # type: ignore[misc]
            8, "both hear each other",
        )  # fmt: skip


async def _ends_well(scene: Scene, talk: Talk, desk: Desk, phone: Phone) -> None:
    phone.calls[-1].hang_up()
    await desk.shows(talk.id, "wrapping")
    assert (await desk.conclude(talk.id, OUTCOME, "")).status_code < 300
    await desk.clear_of(talk.id)
    await scene.probe.check(talk.id)
    assert talk.agent_sound is not None
    await talk.agent_sound.aclose()


async def test_the_agent_who_becomes_free_is_kept_and_rung_when_the_customer_answers(
    scene: Scene, supervisor: Any, dial: Any
) -> None:
    phone, desk = dial("+8613700000021"), await scene.agent()
    before, talk = await _wraps_up_while_one_is_to_be_called(scene, desk, supervisor, phone.number)
    await phone.rings(_WRAP_UP_SECONDS)
    assert (await scene.probe.interaction(talk.id))["state"] == "queued"
    legs = len(desk.legs)

    await scene.conclude(before, desk)
    await desk.shows(talk.id, "offered")
    assert len(desk.legs) == legs, "his phone is silent until the customer is there"
    await phone.answer()
    talk.leg = await desk.rings(after=legs)
    await _picks_up(scene, talk, desk, phone)
    row = await scene.probe.state(talk.id, "active")
    assert (row["kind"], row["attempts"], row["priority_boost"]) == ("callback", 0, 0)
    await _ends_well(scene, talk, desk, phone)


async def test_who_answers_first_waits_for_the_end_of_the_wrap_up(scene: Scene, supervisor: Any, dial: Any) -> None:
    phone, desk = dial("+8613700000022"), await scene.agent()
    before, talk = await _wraps_up_while_one_is_to_be_called(scene, desk, supervisor, phone.number)
    await phone.rings(_WRAP_UP_SECONDS)
    legs = len(desk.legs)
    await phone.answer()
    await until(lambda: phone.sound and phone.sound.received > 20, 5, "he hears music")

    talk.leg = await desk.rings(_WRAP_UP_SECONDS, after=legs)
    await _picks_up(scene, talk, desk, phone)
    await scene.conclude(before, desk)
    await _ends_well(scene, talk, desk, phone)


async def test_a_forecast_that_slips_stops_his_phone_and_counts_for_nothing(
    scene: Scene, supervisor: Any, dial: Any
) -> None:
    phone, desk = dial("+8613700000023"), await scene.agent()
    before, talk = await _wraps_up_while_one_is_to_be_called(scene, desk, supervisor, phone.number)
    call = await phone.rings(_WRAP_UP_SECONDS)
    await desk.be("away", "break")
    await scene.conclude(before, desk)
    await asyncio.wait_for(call.cancelled.wait(), 5)
    row = await scene.probe.interaction(talk.id)
    assert (row["state"], row["attempts"]) == ("queued", 0)

    legs = len(desk.legs)
    await desk.be("available")
    talk.leg = await desk.rings(after=legs)
    await desk.shows(talk.id, "offered")
    boss = next(one for one in scene.desks if one.person.agent_id is None)
    assert (await boss.post(f"/api/interactions/{talk.id}/cancel")).status_code == 204
    await scene.probe.check(talk.id)
