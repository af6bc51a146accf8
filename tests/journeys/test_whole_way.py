"""The first real call: from the phone to the customer's record, with a browser at its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.company import Person
from tests.journeys.console import Console
from tests.journeys.scene import Scene, Talk
from tests.journeys.waiting import until

_OUTCOME, _NOTE = "complaint.goodwill", "Refunded the fee 已退费"
_KNOWN_CUSTOMER = """
    select c.id, c.name, c.tier, i.value as number from customers c
    join customer_identities i on i.customer_id = c.id and i.kind = 'phone'
    where c.tier = 'gold' and
          exists (select 1 from timeline_entries t where t.customer_id = c.id)
    order by i.value limit 1
"""


@pytest.fixture
async def desk(
    scene: Scene, browser: Browser, demo_people: dict[str, Person], tmp_path: Path
) -> AsyncIterator[Console]:
    """Priya, who serves complaints, at her desk in a browser."""
    console = await Console.open(browser, scene.stack.url, demo_people["priya"], tmp_path / "agent")
    await console.be_available()
    yield console
    await console.die()
    await asyncio.to_thread(scene.stack.clear_lines)
    await (await scene.sit_down(demo_people["priya"], available=False)).close(_OUTCOME)


@pytest.fixture
async def board(
    scene: Scene, browser: Browser, demo_people: dict[str, Person], tmp_path: Path
) -> AsyncIterator[Console]:
    """The supervisor's page."""
    console = await Console.open(browser, scene.stack.url, demo_people["supervisor"], tmp_path / "supervisor")
    yield console
    await console.die()


async def test_from_the_phone_to_the_record(scene: Scene, desk: Console, board: Console) -> None:
    (customer,) = await scene.probe.rows(_KNOWN_CUSTOMER)
    talk = await scene.at_queue(caller=customer["number"], address=customer["number"])
    await _the_pop_is_there_before_the_answer(desk, talk, customer["name"])
    await board.shows("live-row", interaction=talk.id, state="offered")
    await desk.accept()
    await board.shows("live-row", interaction=talk.id, state="active")
    await board.shows("agent-tile", work="engaged")
    await _both_hear_each_other(desk, talk)
    await talk.customer.hang_up()
    await desk.shows("call-state", state="wrapping")
    await board.shows("live-row", interaction=talk.id, state="wrapping")
    await desk.conclude(_OUTCOME, _NOTE)
    await expect(board.part("live-row", interaction=talk.id)).to_have_count(0)
    await scene.told_once(talk)
    _the_crm_has_it(scene, talk)
    await desk.find_customer(customer["number"])
    await desk.shows("timeline-entry", kind="call", delivery="delivered")


async def _the_pop_is_there_before_the_answer(desk: Console, talk: Talk, name: str) -> None:
    await desk.shows("work-item", interaction=talk.id, state="offered")
    await expect(desk.part("customer-name").first).to_contain_text(name)
    await desk.shows("customer-tier", tier="gold")
    await expect(desk.part("came-from")).to_contain_text("Complaint")
    await expect(desk.part("waited")).to_be_visible()
    await desk.shows("timeline-entry")
    await desk.shows("call-state", state="offered", phone="ringing")


async def _both_hear_each_other(desk: Console, talk: Talk) -> None:
    heard = await desk.hears()
    assert heard["lost"] == 0
    before = talk.customer.sound.received
    await until(
        lambda: talk.customer.sound.received > before + 25 and talk.customer.sound.level(1.5) > 0.01,
        8, "the customer hears the browser's microphone, which beeps", alive=talk.customer.alive,
    )  # fmt: skip


def _the_crm_has_it(scene: Scene, talk: Talk) -> None:
    (webhook,) = [request for request in scene.crm.requests if str(talk.id) in str(request.body)]
    assert webhook.signed
    assert _OUTCOME in str(webhook.body)
    assert _NOTE in str(webhook.body)


async def test_the_agent_declines_in_the_browser(scene: Scene, desk: Console) -> None:
    other = await scene.agent(available=False)
    talk = await scene.at_queue()
    await desk.shows("call-state", state="offered", phone="ringing")
    await other.be("available")
    await desk.part("decline").click()
    await scene.offered(talk, other)
    await expect(desk.part("work-item", interaction=talk.id)).to_have_count(0)
    await scene.answer(talk, other)
    await talk.customer.hang_up()
    await other.shows(talk.id, "wrapping")
    await scene.conclude(talk, other)


async def test_the_browser_dies_in_the_call_and_the_caller_is_first_in_line(
    scene: Scene, desk: Console, demo_people: dict[str, Person]
) -> None:
    talk = await scene.at_queue()
    await desk.accept()
    await desk.hears()
    waiting = await scene.at_queue()
    await desk.die()
    priya = demo_people["priya"].agent_id
    row = await scene.probe.state(talk.id, "queued", seconds=8)
    assert row["priority_boost"] > 0
    await scene.hears(talk, "music again")
    await scene.probe.agent_is(priya, presence="away", presence_reason="connection_lost")
    other = await scene.agent(available=False)
    await other.be("available")
    await scene.offered(talk, other)
    assert (await scene.probe.interaction(waiting.id))["state"] == "queued"
    await scene.answer(talk, other)
    await waiting.customer.hang_up()
    await talk.customer.hang_up()
    await other.shows(talk.id, "wrapping")
    await scene.conclude(talk, other)


async def test_the_web_process_dies_under_the_browser_and_the_page_is_right_again(scene: Scene, desk: Console) -> None:
    talk = await scene.at_queue()
    await desk.accept()
    killed = scene.stack.kill("web")
    await scene.stack.back("web", killed)
    await desk.shows("connection-line", 3, state="open")
    await desk.shows("call-state", 1, state="active", phone="up")
    await desk.hears()
    await talk.customer.hang_up()
    await desk.shows("call-state", state="wrapping")
    await desk.conclude(_OUTCOME, _NOTE)
    await scene.told_once(talk)
