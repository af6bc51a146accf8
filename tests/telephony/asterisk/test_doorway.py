"""Doors: nobody is told twice, nobody who may not wait is let in."""

from __future__ import annotations

import asyncio

import pytest

from core.doors import Admission
from core.events import InteractionTurnedAway
from core.ids import new_id
from core.interaction import EndReason
from telephony.asterisk.calls import Call, Stage
from telephony.asterisk.control import doorway as doors
from telephony.asterisk.control.doorway import Doorway
from telephony.asterisk.translation import ChannelRef
from telephony.entries import Entry
from telephony.menu.checks import check
from telephony.menu.interpreter import Enqueue, answer, begin
from telephony.menu.offers import BOOK, LEAVE, OFFERS
from tests.telephony.asterisk.waiting_room import OTHER, QUEUE, Room, callers


@pytest.fixture
def room() -> Room:
    return Room()


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


def test_a_company_says_it_in_its_own_words_once_they_are_spoken(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    call, doorway = room.waits(), callers(room).doorway
    room.doors.messages = {"en": "We are at sea.", "zh": "我们出海了。"}
    spoken = {"en": "en/hotline/company/1", "zh": None}
    monkeypatch.setattr(doors, "company_sound", lambda language, text: spoken[language])
    call.languages = ("en", "zh")
    doorway.turn_away(call, Admission(QUEUE.queue_id, EndReason.QUEUE_CLOSED))
    assert room.orders.told == ["en/hotline/company/1&zh/hotline/queue-closed", "hotline-goodbye,s"]
