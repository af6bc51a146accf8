"""An offer whose caller is not known here: gone a moment ago, or never seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from core import clock
from core.ids import new_id
from telephony.asterisk.calls import REMEMBERED, Call, Calls
from telephony.asterisk.control.agent_legs import AgentLegs, Offer
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.translation import ChannelRef


@dataclass
class Room:
    """As much of an exchange as these tests need."""

    calls: Calls = field(default_factory=Calls)
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
