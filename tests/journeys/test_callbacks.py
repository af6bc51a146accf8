"""Customers who are called: in their turn, when an agent has picked up; and what becomes of those who do not answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, text

from core.events import ConfigurationChanged
from core.tables import entry_numbers
from tests.fakes.rtp import Sound
from tests.fakes.sip.endpoint import Endpoint
from tests.journeys.company import Team, make_supervisor, make_team
from tests.journeys.customers_phone import Phone
from tests.journeys.desk import Desk
from tests.journeys.probe import Probe
from tests.journeys.scene import OUTCOME, Scene, Talk
from tests.journeys.stack import Stack
from tests.journeys.waiting import until

NUMBER, MENU_NUMBER = "4008880088", "4008880089"
_TONE = 700.0


@pytest.fixture(scope="module")
async def team(stack: Stack, phones: Endpoint, probe: Probe) -> Team:
    """A queue in which callers may ask to be called, and its agents."""
    made = await make_team(stack.database, "called", NUMBER, phones.address, size=3, ring_seconds=6)
    async with stack.database.unit_of_work("journeys") as work:
        await work.execute(
            insert(entry_numbers).values(
                number=MENU_NUMBER, domain="main", menu="call-me", queue_id=None, language="en", name="call me"
            )
        )
        await work.execute(
            text(
                "update queues set callback_after_seconds = 3, callback_attempts = 2, callback_pause_seconds = 10"
                " where id = :id"
            ),
            {"id": made.queue_id},
        )
        work.record(ConfigurationChanged(what="queues"))
    await until(lambda: _are_known(probe, made), 10, "telephony knows the team")
    return made


async def _are_known(probe: Probe, team: Team) -> bool:
    ids = [person.agent_id for person in team.people]
    rows = await probe.rows("select reachable from agent_endpoints where agent_id = any(:ids)", ids=ids)
    return len(rows) == len(ids) and all(row["reachable"] for row in rows)


@pytest.fixture(scope="module")
async def supervisor(stack: Stack) -> Any:
    """Who watches."""
    return await make_supervisor(stack.database, "caller-back")


@pytest.fixture
async def boss(scene: Scene, supervisor: Any) -> AsyncIterator[Desk]:
    """The supervisor at the screen, who leaves nobody to be called."""
    desk = await scene.sit_down(supervisor)
    yield desk
    for item in list(desk.interactions.values()):
        if item["kind"] == "callback" and item["state"] == "queued":
            await desk.post(f"/api/interactions/{item['interaction_id']}/cancel")


async def _waits(scene: Scene) -> Talk:
    talk = await scene.customer(NUMBER)
    talk.interaction_id = (await scene.probe.one_call(talk.address, "queued"))["id"]
    await talk.customer.answered()
    await scene.hears(talk, "music")
    return talk


async def _picks_up(scene: Scene, talk: Talk, desk: Desk, *, after: int = 0) -> None:
    """The agent sees that it is a callback, and picks up."""
    talk.leg = await desk.rings(seconds=25, after=after)
    item = await desk.shows(talk.id, "offered")
    assert (item["kind"], item["address"], item["answered_at"]) == ("callback", talk.address, None)
    if talk.agent_sound:
        await talk.agent_sound.aclose()
    talk.agent_sound = await Sound.open(scene.phones.address[0], 400.0)
    talk.leg.media_port = talk.agent_sound.port
    talk.leg.answer()
    assert talk.leg.remote_media is not None
    talk.agent_sound.send_to(talk.leg.remote_media)


async def _both_hear(phone: Phone, talk: Talk) -> None:
    for sound in (phone.sound, talk.agent_sound):
        assert sound is not None
        before = sound.received
        await until(
            lambda sound=sound, before=before: sound.received > before + 10 and sound.level() > 0.05,  # type: ignore[misc]
            8, "both hear each other",
        )  # fmt: skip


async def test_a_caller_presses_one_hangs_up_and_is_called_in_his_turn(scene: Scene, boss: Desk, dial: Any) -> None:
    talk = await _waits(scene)
    phone = dial(talk.address)
    queued_at = (await scene.probe.interaction(talk.id))["queued_at"]
    await asyncio.sleep(0.1)

    async def asked() -> bool:
        talk.customer.press("1")
        await asyncio.sleep(0.8)
        return bool((await scene.probe.interaction(talk.id))["kind"] == "callback")

    await until(asked, 15, "the wish is heard")
    await until(lambda: not talk.customer.alive(), 15, "he is told so, and hung up on")
    row = await scene.probe.interaction(talk.id)
    assert (row["state"], row["queued_at"], row["end_reason"]) == ("queued", queued_at, None)
    await until(lambda: boss.interactions.get(str(talk.id), {}).get("kind") == "callback", 5, "the supervisor sees it")
    assert boss.queues[str(scene.team.queue_id)]["to_call"] == 1

    desk = await scene.agent()
    await _picks_up(scene, talk, desk)
    call = await phone.rings()
    assert NUMBER in call.caller_header
    await desk.shows(talk.id, "active")
    assert (await scene.probe.interaction(talk.id))["answered_at"] is None
    await phone.answer()
    await _both_hear(phone, talk)
    await desk.item(lambda item: item["answered_at"] is not None, 5, "the agent sees that he is there")
    call.hang_up()
    await desk.shows(talk.id, "wrapping")
    await scene.conclude(talk, desk)
    assert (await scene.probe.interaction(talk.id))["queued_at"] == queued_at


async def test_who_does_not_answer_is_called_again_and_then_no_more(scene: Scene, boss: Desk, dial: Any) -> None:
    number = "+8613700000011"
    phone, desk = dial(number), await scene.agent()
    answer = await boss.post("/api/callbacks", {"queue_id": str(scene.team.queue_id), "number": "137 0000 0011"})
    assert answer.status_code == 201, answer.text
    talk = Talk(None, number, UUID(answer.json()["interaction_id"]))  # type: ignore[arg-type]
    await _picks_up(scene, talk, desk)
    (await phone.rings()).refuse(486, "Busy Here")
    assert talk.leg is not None
    await asyncio.wait_for(talk.leg.ended.wait(), 5)
    await desk.clear_of(talk.id)
    row = await scene.probe.state(talk.id, "queued")
    assert (row["attempts"], row["kind"]) == (1, "callback")
    await scene.probe.agent_is(desk.agent_id, presence="available", work_state="idle")

    await _picks_up(scene, talk, desk, after=1)
    await phone.rings(after=1)
    talk.leg.hang_up()  # the agent does not want to wait any longer
    await asyncio.wait_for(phone.calls[-1].cancelled.wait(), 5)
    row = await scene.probe.state(talk.id, "closed")
    assert (row["end_reason"], row["attempts"]) == ("not_reached", 2)
    await scene.probe.check(talk.id)
    assert talk.agent_sound is not None
    await talk.agent_sound.aclose()


async def test_a_supervisor_turns_a_waiting_caller_into_a_callback_and_cancels_it(scene: Scene, boss: Desk) -> None:
    talk = await _waits(scene)
    path = f"/api/interactions/{talk.id}"
    assert (await boss.post(f"{path}/cancel")).json()["code"] == "callback.not_waiting"
    assert (await boss.post(f"{path}/callback", {})).status_code == 204
    await until(lambda: boss.interactions.get(str(talk.id), {}).get("kind") == "callback", 5, "the supervisor sees it")
    await until(lambda: not talk.customer.alive(), 15, "the caller is told so, and hung up on")
    assert (await boss.post(f"{path}/cancel")).status_code == 204
    row = await scene.probe.state(talk.id, "closed")
    assert row["end_reason"] == "cancelled"
    await until(lambda: str(talk.id) not in boss.interactions, 5, "it is gone from the screen")
    await scene.probe.check(talk.id)


async def test_a_supervisor_cancels_one_for_which_an_agent_is_being_rung(scene: Scene, boss: Desk) -> None:
    desk = await scene.agent()
    entered = await boss.post("/api/callbacks", {"queue_id": str(scene.team.queue_id), "number": "137 0000 0013"})
    interaction_id = UUID(entered.json()["interaction_id"])
    leg = await desk.rings(seconds=25)
    await desk.shows(interaction_id, "offered")
    assert (await boss.post(f"/api/interactions/{interaction_id}/cancel")).status_code == 204
    await asyncio.wait_for(leg.cancelled.wait(), 3)
    await desk.clear_of(interaction_id)
    assert (await scene.probe.state(interaction_id, "closed"))["end_reason"] == "cancelled"
    await scene.probe.agent_is(desk.agent_id, presence="available", work_state="idle", missed=0)
    await until(lambda: str(interaction_id) not in boss.interactions, 5, "it is gone from the screen")
    await scene.probe.check(interaction_id)


async def test_a_menu_ends_in_a_callback(scene: Scene, boss: Desk) -> None:
    talk = await scene.customer(MENU_NUMBER)
    row = await scene.probe.one_call(talk.address, "queued")
    assert (row["kind"], row["queue_id"]) == ("callback", scene.team.queue_id)
    await talk.customer.answered()
    await scene.hears(talk, "that he will be called")
    await until(lambda: not talk.customer.alive(), 15, "he is hung up on")
    await until(lambda: str(row["id"]) in boss.interactions, 5, "the supervisor sees it")
    assert (await scene.probe.state(row["id"], "queued"))["end_reason"] is None


async def test_telephony_and_routing_die_while_the_customers_phone_rings(scene: Scene, boss: Desk, dial: Any) -> None:
    number = "+8613700000012"
    phone, desk = dial(number), await scene.agent()
    answer = await boss.post("/api/callbacks", {"queue_id": str(scene.team.queue_id), "number": number})
    talk = Talk(None, number, UUID(answer.json()["interaction_id"]))  # type: ignore[arg-type]
    await _picks_up(scene, talk, desk)
    await phone.rings()
    old = scene.stack.kill("telephony")
    await phone.answer()
    await _both_hear(phone, talk)
    await scene.stack.back("telephony", old)
    await desk.item(lambda item: item["answered_at"] is not None, 20, "the answer was found again")
    phone.calls[-1].hang_up()
    await desk.shows(talk.id, "wrapping", seconds=20)
    assert (await desk.conclude(talk.id, OUTCOME, "")).status_code < 300
    await desk.clear_of(talk.id)
    await scene.probe.check(talk.id)
    assert talk.agent_sound is not None
    await talk.agent_sound.aclose()
