"""What callers who wait are told, and when: nobody while his agent's phone rings, one thing after the other."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from core import clock
from core.doors import Announcement
from core.ids import new_id
from telephony.asterisk import actions
from telephony.asterisk.calls import AgentLeg, Stage
from telephony.asterisk.control import words
from telephony.asterisk.control.announcer import Announcer
from telephony.asterisk.control.wishes import Wishes
from telephony.asterisk.translation import CallerWaiting
from tests.journeys.waiting import until
from tests.telephony.asterisk.waiting_room import NOW, QUEUE, Doors, Room, callers


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


def test_one_thing_is_said_after_the_other(room: Room) -> None:
    announcer, people, call = Announcer(room.exchange), callers(room), room.waits()
    words.tell(call, cast("Any", room.orders), at(19), actions.offer_callback(call.channel.name, "en"))
    for second in (20.5, 25):
        announcer.look(at(second))
    assert room.orders.told == ["hotline-offer,en"]
    people.waiting(CallerWaiting(call.channel, call.interaction_id))
    assert call.told_at is None and call.quiet_at is not None
    call.quiet_at = at(26)
    announcer.look(at(27.9))
    assert room.orders.told == ["hotline-offer,en"], "some music comes between"
    announcer.look(at(28.1))
    assert room.orders.told[1:] == [SECOND, "hotline-wait,say"]


def test_a_pbx_that_does_not_say_when_the_words_are_over_is_waited_for_in_vain_only_once(room: Room) -> None:
    announcer, call = Announcer(room.exchange), room.waits()
    words.tell(call, cast("Any", room.orders), at(0))
    announcer.look(at(44))
    assert room.orders.told == []
    announcer.look(at(46))
    assert room.orders.told == [SECOND, "hotline-wait,say"]


async def test_a_callback_is_offered_when_the_words_before_it_are_over(room: Room) -> None:
    wishes, call = Wishes(room.exchange), room.waits()
    now = clock.now()
    words.tell(call, cast("Any", room.orders), now)
    wishes.waits(call, replace(QUEUE, callback_after=0))
    await asyncio.sleep(0.01)
    assert room.orders.told == []
    call.told_at = None
    await until(lambda: room.orders.told == ["hotline-offer,en"], 2, "the offer")
    wishes.waits(call, replace(QUEUE, callback_after=0))
    call.stage = Stage.TALKING
    await asyncio.sleep(0.01)
    assert len(room.orders.told) == 1
