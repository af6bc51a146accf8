"""Closed and full queues, and what callers hear while they wait: by their own ears."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Update, insert, text, update

from agent_desk.outgoing import cancel_work
from core.events import ConfigurationChanged
from core.ids import new_id
from core.tables import queues, schedules
from telephony.asterisk.pbx.install import SOUNDS
from telephony.asterisk.pbx.prompts import company_file
from tests.journeys.company import Team, make_team
from tests.journeys.scene import Scene, Talk
from tests.journeys.stack import Stack
from tests.journeys.waiting import until

NUMBER, OTHER_NUMBER = "4008880188", "4008880189"
_NEVER: dict[str, list[str]] = {}


@dataclass
class Doors:
    """A team with a direct number of its own, whose queue may be closed, full or talkative; and another queue."""

    stack: Stack
    team: Team
    other: Team

    async def set(self, **columns: Any) -> None:
        """Configure the team's queue, as an apply does."""
        await self.configure(update(queues).where(queues.c.id == self.team.queue_id).values(**columns))

    async def configure(self, statement: Update) -> None:
        """Change a row, and wait until telephony has read it."""
        async with self.stack.database.unit_of_work("journeys") as work:
            await work.execute(statement)
            work.record(ConfigurationChanged(what="queues"))
        await self._is_read()

    async def _is_read(self) -> None:
        await until(self._is_told, 10, "the change is told")
        seen, since = self._reads(), time.monotonic()

        async def rested() -> bool:
            nonlocal seen, since
            if self._reads() != seen:
                seen, since = self._reads(), time.monotonic()
            return time.monotonic() - since > 0.5

        await until(rested, 10, "telephony has read the configuration")

    async def _is_told(self) -> bool:
        async with self.stack.database.reading() as connection:
            return bool((await connection.execute(text("select count(*) = 0 from event_unpublished"))).scalar_one())

    def _reads(self) -> int:
        return self.stack.log("telephony").count("resync done")

    async def closed_schedule(self) -> UUID:
        """Opening hours that have none."""
        schedule = new_id()
        async with self.stack.database.unit_of_work("journeys") as work:
            row = {"id": schedule, "domain": "main", "code": f"never-{schedule.hex[-6:]}", "time_zone": "Asia/Shanghai"}
            await work.execute(insert(schedules).values(**row, weekly=_NEVER, special_days={}, holidays=None))
        return schedule

    async def usual(self) -> None:
        """As in the beginning."""
        await self.set(
            schedule_id=None, closed_action="message", closed_queue_id=None, closed_waiting=False, full_length=None,
            full_action="message", full_queue_id=None, announce=None, callback_after_seconds=None, closed_message=None,
        )  # fmt: skip


@pytest.fixture(scope="module")
async def made(stack: Stack, phones: Any) -> Doors:
    """Two teams with numbers of their own."""
    team = await make_team(stack.database, "doors", NUMBER, phones.address, size=1)
    other = await make_team(stack.database, "doors-other", OTHER_NUMBER, phones.address, size=1)
    return Doors(stack, team, other)


@pytest.fixture
async def doors(made: Doors) -> AsyncIterator[Doors]:
    """Open at the beginning of each journey."""
    await made.usual()
    yield made
    await made.usual()


@pytest.fixture
def spoken() -> Iterator[str]:
    """Words of the company's own that have been spoken into a file; here by another prompt's voice."""
    words = f"We are at sea ({new_id()})."
    path = SOUNDS / company_file("en", words).path
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((SOUNDS / "en/hotline/wait-position.ulaw").read_bytes())
    yield words
    path.unlink()


def prompt(name: str, language: str = "en") -> bytes:
    """Part of a prompt as it is sent: from its middle, where it is no silence."""
    data = (SOUNDS / language / "hotline" / f"{name}.ulaw").read_bytes()
    return data[len(data) // 3 : len(data) // 3 + 800]


def end_of(name: str, language: str) -> bytes:
    """The last part of a prompt that is no silence."""
    data = (SOUNDS / language / "hotline" / f"{name}.ulaw").read_bytes()
    return data[len(data) * 3 // 4 : len(data) * 3 // 4 + 800]


async def hears_prompt(talk: Talk, name: str, language: str = "en", seconds: float = 10) -> None:
    wanted = prompt(name, language)
    await until(
        lambda: wanted in talk.customer.sound.heard, seconds, f"the customer hears {language}/{name}",
    )  # fmt: skip


async def test_a_closed_number_says_so_and_hangs_up(scene: Scene, doors: Doors) -> None:
    await doors.set(schedule_id=await doors.closed_schedule())
    for _ in range(2):
        talk = await scene.customer(NUMBER)
        await talk.customer.answered()
        await hears_prompt(talk, "queue-closed")
        row = await scene.probe.one_call(talk.address, "closed")
        assert (row["end_reason"], row["queue_id"], row["queued_at"]) == ("queue_closed", doors.team.queue_id, None)
        await talk.customer.gone(15)
        assert talk.customer.was_dismissed
        await scene.probe.check(row["id"])


async def test_a_company_says_it_in_its_own_words(scene: Scene, doors: Doors, spoken: str) -> None:
    await doors.set(schedule_id=await doors.closed_schedule(), closed_message={"en": spoken, "zh": spoken})
    talk = await scene.customer(NUMBER)
    await talk.customer.answered()
    await hears_prompt(talk, f"company/{company_file('en', spoken).fingerprint}")
    await scene.probe.one_call(talk.address, "closed")
    await talk.customer.gone(15)
    assert prompt("queue-closed") not in talk.customer.sound.heard


async def test_a_number_that_closes_and_opens_again_while_it_is_marked(scene: Scene, doors: Doors) -> None:
    """From its second call on a direct number is put on music by the PBX alone; closing time overtakes that."""
    for _ in range(2):
        talk = await scene.customer(NUMBER)
        await scene.probe.one_call(talk.address, "queued")
        await talk.customer.answered()
        await talk.customer.hang_up()
    await doors.set(schedule_id=await doors.closed_schedule())
    talk = await scene.customer(NUMBER)
    await talk.customer.answered()
    await hears_prompt(talk, "queue-closed")
    await scene.probe.one_call(talk.address, "closed")
    await doors.usual()
    desk = await scene.sit_down(doors.team.people[0])
    talk = await scene.customer(NUMBER)
    talk.leg = await desk.rings()
    talk.interaction_id = (await scene.probe.one_call(talk.address, "offered"))["id"]
    await scene.answer(talk, desk)
    await talk.customer.hang_up()
    await desk.shows(talk.id, "wrapping")
    await scene.conclude(talk, desk)


async def test_a_full_queue_sends_on_to_the_other_one(scene: Scene, doors: Doors) -> None:
    await doors.set(full_length=1, full_action="queue", full_queue_id=doors.other.queue_id)
    first = await scene.customer(NUMBER)
    await scene.probe.one_call(first.address, "queued")
    desk = await scene.sit_down(doors.other.people[0])
    second = await scene.customer(NUMBER)
    second.leg = await desk.rings()
    row = await scene.probe.one_call(second.address, "offered")
    second.interaction_id = row["id"]
    assert (row["queue_id"], row["called_number"]) == (doors.other.queue_id, NUMBER)
    assert (await scene.probe.one_call(first.address, "queued"))["queue_id"] == doors.team.queue_id
    await scene.answer(second, desk)
    await second.customer.hang_up()
    await desk.shows(second.id, "wrapping")
    await scene.conclude(second, desk)


async def test_a_full_queue_behind_the_menu_turns_away(scene: Scene, doors: Doors) -> None:
    await doors.configure(update(queues).where(queues.c.code == "complaints").values(full_estimate_seconds=1))
    try:
        talk = await scene.at_menu()
        talk.customer.press("2")
        row = await scene.probe.one_call(talk.address, "closed", seconds=20)
        assert row["end_reason"] == "queue_full"
        await hears_prompt(talk, "queue-full")
        await talk.customer.gone(25)
        assert talk.customer.was_dismissed
    finally:
        await doors.configure(update(queues).where(queues.c.code == "complaints").values(full_estimate_seconds=None))


async def test_closing_time_for_those_who_wait(scene: Scene, doors: Doors) -> None:
    talk = await scene.customer(NUMBER)
    row = await scene.probe.one_call(talk.address, "queued")
    await talk.customer.answered()
    await doors.set(schedule_id=await doors.closed_schedule(), closed_waiting=True)
    await scene.probe.state(row["id"], "closed", seconds=3)
    await hears_prompt(talk, "queue-closed")
    await talk.customer.gone(15)
    assert talk.customer.was_dismissed
    assert (await scene.probe.interaction(row["id"]))["end_reason"] == "queue_closed"
    await scene.probe.check(row["id"])


def language_of(talk: Talk, row: dict[str, Any]) -> str:
    talk.interaction_id = row["id"]
    return str(row["language"])


async def test_who_waits_is_told_his_place_and_hears_music_again(scene: Scene, doors: Doors) -> None:
    await doors.set(announce={"after_seconds": 5, "every_seconds": 30, "say": "position"})
    talks = [await scene.customer(NUMBER) for _ in range(2)]
    languages = []
    for talk in talks:
        languages.append(language_of(talk, await scene.probe.one_call(talk.address, "queued")))
        await talk.customer.answered()
    await hears_prompt(talks[0], "wait-next", languages[0], seconds=15)
    await hears_prompt(talks[1], "wait-position", languages[1], seconds=15)
    await hears_prompt(talks[1], "number-2", languages[1])
    await hears_prompt(talks[1], "wait-in-line", languages[1])
    for talk in talks:
        await scene.hears(talk, "music again")
        assert (await scene.probe.interaction(talk.id))["state"] == "queued"
    desk = await scene.sit_down(doors.team.people[0], available=False)
    await desk.be("available")
    await scene.offered(talks[0], desk)
    await scene.answer(talks[0], desk)
    await talks[0].customer.hang_up()
    await desk.shows(talks[0].id, "wrapping")
    await scene.conclude(talks[0], desk)


async def test_the_place_and_the_offer_of_a_callback_are_told_one_after_the_other(scene: Scene, doors: Doors) -> None:
    """Both are due at the same time; of neither anything is missing."""
    await doors.set(announce={"after_seconds": 5, "every_seconds": 30, "say": "position"}, callback_after_seconds=5)
    talk = await scene.customer(NUMBER)
    language = language_of(talk, await scene.probe.one_call(talk.address, "queued"))
    await talk.customer.answered()
    for name in ("wait-next", "callback-offer"):
        await until(lambda name=name: end_of(name, language) in talk.customer.sound.heard, 20, f"all of {name}")  # type: ignore[misc]
    assert (await scene.probe.interaction(talk.id))["state"] == "queued"
    await talk.customer.hang_up()
    await scene.probe.check(talk.id)


async def test_an_agent_comes_before_the_end_of_the_words(scene: Scene, doors: Doors) -> None:
    await doors.set(announce={"after_seconds": 5, "every_seconds": 30, "say": "both"})
    desk = await scene.sit_down(doors.team.people[0], available=False)
    talk = await scene.customer(NUMBER)
    language = language_of(talk, await scene.probe.one_call(talk.address, "queued"))
    await talk.customer.answered()
    await hears_prompt(talk, "wait-next", language, seconds=15)
    began = time.monotonic()
    await desk.be("available")
    await scene.offered(talk, desk)
    assert time.monotonic() - began < 2
    await scene.answer(talk, desk)
    assert prompt("wait-minutes", language) not in talk.customer.sound.heard, "the words went on"
    await talk.customer.hang_up()
    await desk.shows(talk.id, "wrapping")
    await scene.conclude(talk, desk)


async def test_a_closed_number_offers_to_call_back(scene: Scene, doors: Doors) -> None:
    await doors.set(schedule_id=await doors.closed_schedule(), closed_action="callback")
    talk = await scene.customer(NUMBER)
    await talk.customer.answered()
    row = await scene.probe.one_call(talk.address, "in_menu")
    await hears_prompt(talk, "doors/offer-closed")
    talk.customer.press("1")
    row = await scene.probe.state(row["id"], "queued")
    assert (row["kind"], row["queue_id"]) == ("callback", doors.team.queue_id)
    await hears_prompt(talk, "callback-kept")
    await talk.customer.gone(15)
    assert talk.customer.was_dismissed
    assert (await scene.probe.interaction(row["id"]))["state"] == "queued"
    async with doors.stack.database.unit_of_work("journeys") as work:
        await cancel_work(work, row["id"])


async def test_who_does_not_want_that_is_told_that_it_is_closed(scene: Scene, doors: Doors) -> None:
    await doors.set(schedule_id=await doors.closed_schedule(), closed_action="callback")
    talk = await scene.customer(NUMBER)
    await talk.customer.answered()
    await hears_prompt(talk, "doors/offer-closed")
    await hears_prompt(talk, "queue-closed", seconds=20)
    row = await scene.probe.one_call(talk.address, "closed")
    assert (row["end_reason"], row["queue_id"]) == ("queue_closed", doors.team.queue_id)
    await talk.customer.gone(15)
    await scene.probe.check(row["id"])
