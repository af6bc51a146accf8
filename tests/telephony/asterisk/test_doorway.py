"""What callers are told, and when: nobody while his agent's phone rings, nobody twice, nobody who may not wait."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from core import clock
from core.doors import Admission, Announcement, Place
from core.events import InteractionTurnedAway
from core.ids import new_id
from core.interaction import EndReason
from telephony.asterisk.calls import AgentLeg, Call, Calls, Stage
from telephony.asterisk.control.announcer import Announcer
from telephony.asterisk.control.callers import Callers
from telephony.asterisk.control.direct import DirectNumbers
from telephony.asterisk.control.doorway import Doorway
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.link import Action
from telephony.asterisk.menu_player import Commands
from telephony.asterisk.translation import ChannelRef
from telephony.entries import Entries, Entry, QueueRef
from telephony.menu.checks import check
from telephony.menu.interpreter import Enqueue, answer, begin
from telephony.menu.offers import BOOK, LEAVE, OFFERS

QUEUE, OTHER = QueueRef(new_id(), "claims"), QueueRef(new_id(), "cargo")
NOW = clock.now()


@dataclass
class Orders:
    """Remembers what the PBX was told."""

    possible: bool = True
    given: list[Action] = field(default_factory=list)

    def give(self, action: Action, refused: object = None) -> None:
        self.given.append(action)

    @property
    def told(self) -> list[str]:
        """Where callers were sent, and what they were to hear."""
        fields = [dict(action.fields) for action in self.given]
        return [each.get("Value") if each.get("Variable") == "HOTLINE_SAY" else f"{each['Context']},{each['Exten']}"
                for each in fields if "Context" in each or each.get("Variable") == "HOTLINE_SAY"]  # fmt: skip


@dataclass
class Facts:
    names: list[str] = field(default_factory=list)

    def put(self, key: UUID, name: str, write: object, *, heard: bool = False) -> None:
        self.names.append(name)


@dataclass
class Doors:
    """Says what a test has laid into it."""

    admission: Admission | None = None
    says: Announcement | None = None
    places: dict[UUID, Place] = field(default_factory=dict)

    def admit(self, queue_id: UUID, interaction_id: UUID, at: datetime) -> Admission:
        return self.admission or Admission(queue_id)

    def is_open(self, queue_id: UUID, at: datetime) -> bool:
        return self.admit(queue_id, UUID(int=0), at).refused is None

    def announcement(self, queue_id: UUID) -> Announcement | None:
        return self.says

    def place(self, interaction_id: UUID) -> Place | None:
        return self.places.get(interaction_id)


@dataclass
class Room:
    """As much of an exchange as these tests need."""

    orders: Orders = field(default_factory=Orders)
    facts: Facts = field(default_factory=Facts)
    doors: Doors = field(default_factory=Doors)
    calls: Calls = field(default_factory=Calls)
    commands: Commands = field(default_factory=Commands)
    entries: Entries = field(
        default_factory=lambda: Entries({}, {}, {}, "CN", None, {QUEUE.queue_id: QUEUE, OTHER.queue_id: OTHER})
    )

    @property
    def exchange(self) -> Exchange:
        return cast("Exchange", cast("Any", self))

    def waits(self, position: int = 2, likely: float = 200.0) -> Call:
        call = Call(
            new_id(), ChannelRef(f"PJSIP/t-{new_id().hex}", new_id().hex), stage=Stage.WAITING, languages=("en",)
        )
        self.calls.add(call)
        self.put(call, position, likely)
        return call

    def put(self, call: Call, position: int, likely: float = 200.0) -> None:
        place = Place(QUEUE.queue_id, NOW, position, likely / 2, likely, likely * 2)
        self.doors.places[call.interaction_id] = place


@pytest.fixture
def room() -> Room:
    return Room(doors=Doors(says=Announcement(20, 60, position=True, wait=False)))


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


NEXT, SECOND = "en/hotline/wait-next", "en/hotline/wait-position&en/hotline/number-2&en/hotline/wait-in-line"


def test_a_caller_is_told_in_time_and_again_in_time(room: Room) -> None:
    announcer, call = Announcer(room.exchange), room.waits()
    for second in (0, 10, 19.9):
        announcer.look(at(second))
    assert room.orders.told == []
    announcer.look(at(20.2))
    announcer.look(at(79))
    assert room.orders.told == [SECOND, "hotline-wait,say"]
    room.put(call, 1)
    announcer.look(at(80.3))
    assert room.orders.told[2:] == [NEXT, "hotline-wait,say"]


def test_nobody_is_told_anything_while_his_agent_is_rung(room: Room) -> None:
    announcer, call = Announcer(room.exchange), room.waits()
    leg = AgentLeg(new_id(), call.interaction_id, new_id(), "a1")
    room.calls.add_leg(leg)
    announcer.look(at(30))
    assert room.orders.told == []
    room.calls.remove_leg(leg)
    announcer.look(at(31))
    assert room.orders.told == [SECOND, "hotline-wait,say"]


@pytest.mark.parametrize("stage", [Stage.MENU, Stage.TALKING, Stage.LEAVING])
def test_only_who_waits_is_told(room: Room, stage: Stage) -> None:
    room.waits().stage = stage
    Announcer(room.exchange).look(at(30))
    assert room.orders.told == []


def test_nobody_is_told_where_the_queue_does_not_say_so_or_nobody_knows(room: Room) -> None:
    call = room.waits()
    room.doors.places.clear()
    Announcer(room.exchange).look(at(30))
    room.put(call, 2)
    room.doors.says = None
    Announcer(room.exchange).look(at(30))
    room.doors.says, room.orders.possible = Announcement(5, 60, position=True, wait=True), False
    Announcer(room.exchange).look(at(30))
    assert room.orders.told == []


def test_who_falls_back_hears_no_place(room: Room) -> None:
    announcer, call = Announcer(room.exchange), room.waits()
    announcer.look(at(20.2))
    room.put(call, 3)
    announcer.look(at(81))
    assert room.orders.told == [SECOND, "hotline-wait,say"]
    room.put(call, 2)
    announcer.look(at(142))
    assert room.orders.told[2:] == [SECOND, "hotline-wait,say"]


# -- doors ---------------------------------------------------------------------------------------


def callers(room: Room) -> Callers:
    return Callers(room.exchange, DirectNumbers(room.exchange))


def test_a_direct_number_of_a_closed_queue_leads_nowhere(room: Room) -> None:
    room.doors.admission = Admission(QUEUE.queue_id, EndReason.QUEUE_CLOSED)
    call = Call(new_id(), ChannelRef("PJSIP/t-1", "1"))
    entry = callers(room).doorway.enter(call, Entry("zh", None, QUEUE))
    assert (entry.queue, call.stage, call.languages) == (None, Stage.LEAVING, ("zh",))


def test_or_to_the_queue_that_it_is_sent_on_to(room: Room) -> None:
    room.doors.admission = Admission(OTHER.queue_id)
    call = Call(new_id(), ChannelRef("PJSIP/t-1", "1"), stage=Stage.WAITING)
    entry = callers(room).doorway.enter(call, Entry("en", None, QUEUE))
    assert (entry.queue, call.stage) == (OTHER, Stage.WAITING)


def test_who_is_turned_away_while_he_waits_is_told_so(room: Room) -> None:
    call = room.waits()
    away = InteractionTurnedAway(
        interaction_id=call.interaction_id, queue_id=QUEUE.queue_id, end_reason=EndReason.QUEUE_CLOSED, version=2
    )
    people = callers(room)
    people.turned_away(away)
    people.turned_away(away)
    assert room.orders.told == ["en/hotline/queue-closed", "hotline-goodbye,s"]
    assert (call.stage, room.facts.names) == (Stage.LEAVING, [])


def test_but_not_who_talks(room: Room) -> None:
    call = room.waits()
    call.stage = Stage.TALKING
    away = InteractionTurnedAway(
        interaction_id=call.interaction_id, queue_id=QUEUE.queue_id, end_reason=EndReason.QUEUE_CLOSED, version=2
    )
    callers(room).turned_away(away)
    assert room.orders.given == []


def test_turning_away_is_written_and_may_be_told_again(room: Room) -> None:
    call = room.waits()
    doorway = callers(room).doorway
    doorway.turn_away(call, Admission(QUEUE.queue_id, EndReason.QUEUE_FULL))
    doorway.see_off(call)
    assert room.facts.names == ["turned away"]
    assert room.orders.told == ["en/hotline/queue-full", "hotline-goodbye,s"] * 2


async def test_who_may_be_called_back_is_asked_before_anything_is_written(room: Room) -> None:
    call = room.waits()
    doorway = callers(room).doorway
    call.stage, call.refused = Stage.LEAVING, Admission(QUEUE.queue_id, EndReason.QUEUE_CLOSED, offers_callback=True)
    doorway.refuse(call)
    doorway.fetch(call)
    assert (room.facts.names, room.orders.told) == ([], ["hotline-menu,s"])
    doorway.see_off(call)
    doorway.see_off(call)
    await asyncio.sleep(0)
    asked = [dict(action.fields).get("Command", "") for action in room.orders.given if action.name == "AGI"]
    assert asked == ["EXEC Read HOTLINE_KEY,en/hotline/doors/offer-closed,1,,1,6"]
    room.commands.interrupt(call.channel)
    await until_over(doorway)
    assert room.facts.names == ["turned away"]
    assert room.orders.told[1:] == ["en/hotline/queue-closed", "hotline-goodbye,s"], "he could not be asked"
    assert call.refused == Admission(QUEUE.queue_id, EndReason.QUEUE_CLOSED)


async def until_over(doorway: Doorway) -> None:
    await asyncio.gather(*doorway._questions.values(), return_exceptions=True)


async def test_a_question_ends_with_the_call(room: Room) -> None:
    call = room.waits()
    doorway = callers(room).doorway
    doorway.turn_away(call, Admission(QUEUE.queue_id, EndReason.QUEUE_FULL, offers_callback=True))
    questions = list(doorway._questions.values())
    doorway.forget(call)
    await asyncio.gather(*questions, return_exceptions=True)
    assert (room.facts.names, room.orders.told) == ([], [])


@pytest.mark.parametrize("reason", OFFERS)
def test_the_questions_are_good_menus(reason: EndReason) -> None:
    menu = OFFERS[reason]
    assert check(menu) == []
    step = begin(menu, "zh")
    assert isinstance(answer(menu, step.place, "1").action, Enqueue)
    ends = [answer(menu, step.place, key).action for key in ("1", "")]
    assert [end.queue for end in ends if isinstance(end, Enqueue)] == [BOOK, LEAVE]
