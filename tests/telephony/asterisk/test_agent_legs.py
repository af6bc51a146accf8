"""An offer whose caller is not known here (gone a moment ago, or never seen), or whose PBX is not reached now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from core import clock
from core.agent import LegEndReason
from core.ids import new_id
from telephony.asterisk.calls import REMEMBERED, Call, Calls
from telephony.asterisk.control.agent_legs import LINK_RETRY_SECONDS, AgentLegs, Offer
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.link import Action
from telephony.asterisk.translation import ChannelRef


@dataclass
class Line:
    """As much of the orders to the PBX as these tests need."""

    possible: bool = True
    given: list[str] = field(default_factory=list)

    def give(self, action: Action, refused: object = None) -> None:
        self.given.append(action.name)


@dataclass
class Room:
    """As much of an exchange as these tests need."""

    calls: Calls = field(default_factory=Calls)
    orders: Line = field(default_factory=Line)
    asked: int = 0

    def ask_resync(self) -> None:
        self.asked += 1


def call() -> Call:
    return Call(new_id(), ChannelRef(f"PJSIP/trunk-{new_id().hex}", new_id().hex), "+447700900123", "", "100")


def offer(of: Call) -> Offer:
    return Offer(new_id(), of.interaction_id, new_id(), 20, clock.now())


@pytest.fixture
def room() -> Room:
    return Room()


def test_an_offer_for_a_caller_who_has_just_left_costs_no_look_at_the_pbx(room: Room) -> None:
    gone = call()
    room.calls.add(gone)
    room.calls.end_caller(gone)
    AgentLegs(cast(Exchange, cast(Any, room))).ring(offer(gone), "a0001")
    assert room.asked == 0
    assert room.calls.legs() == []


def test_an_offer_for_a_caller_never_seen_does(room: Room) -> None:
    AgentLegs(cast(Exchange, cast(Any, room))).ring(offer(call()), "a0001")
    assert room.asked == 1


def test_callers_are_not_remembered_for_ever(room: Room) -> None:
    callers = [call() for _ in range(REMEMBERED + 1)]
    for each in callers:
        room.calls.add(each)
        room.calls.end_caller(each)
    assert not room.calls.is_over(callers[0].interaction_id)
    assert room.calls.is_over(callers[-1].interaction_id)


async def test_an_offer_waits_for_a_link_that_was_just_cut(room: Room) -> None:
    waiting = call()
    room.calls.add(waiting)
    room.orders.possible = False
    AgentLegs(cast(Exchange, cast(Any, room))).ring(offer(waiting), "a0001")
    assert room.calls.legs() == []
    room.orders.possible = True
    await asyncio.sleep(2 * LINK_RETRY_SECONDS)
    assert room.orders.given == ["Originate"]


async def test_an_offer_that_is_void_meanwhile_is_not_rung(room: Room) -> None:
    waiting, legs = call(), AgentLegs(cast(Exchange, cast(Any, room)))
    room.calls.add(waiting)
    room.orders.possible = False
    held = offer(waiting)
    legs.ring(held, "a0001")
    legs.cancel(held.reservation_id, LegEndReason.CANCELLED)
    room.orders.possible = True
    await asyncio.sleep(2 * LINK_RETRY_SECONDS)
    assert (room.orders.given, room.calls.legs()) == ([], [])
