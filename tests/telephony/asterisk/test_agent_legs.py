"""An offer whose caller is not known here (gone a moment ago, or never seen), or whose PBX is not reached now."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

import pytest

from core import clock
from core.agent import LegEndReason
from core.event import Event
from core.events import CallLegEnded
from core.ids import new_id
from telephony.asterisk.calls import REMEMBERED, AgentLeg, Call, Calls
from telephony.asterisk.control.agent_legs import LINK_RETRY_SECONDS, AgentLegs, Offer
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.link import Action
from telephony.asterisk.translation import ChannelEnded, ChannelRef, LegLeaves, leg_unique_id


@dataclass
class Line:
    """As much of the orders to the PBX as these tests need."""

    possible: bool = True
    given: list[str] = field(default_factory=list)

    def give(self, action: Action, refused: object = None) -> None:
        self.given.append(action.name)


@dataclass
class Told:
    """As much of the facts as these tests need."""

    events: list[Event] = field(default_factory=list)
    put_names: list[tuple[str, bool]] = field(default_factory=list)

    def tell(self, key: UUID, event: Event) -> bool:
        self.events.append(event)
        return True

    def put(self, key: UUID, name: str, write: object, *, heard: bool = False) -> None:
        self.put_names.append((name, heard))


@dataclass
class Room:
    """As much of an exchange as these tests need."""

    calls: Calls = field(default_factory=Calls)
    orders: Line = field(default_factory=Line)
    asked: int = 0

    facts: Told = field(default_factory=Told)

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


async def test_an_agent_who_hangs_up_is_free_before_his_channel_is_gone(room: Room) -> None:
    talking, legs = call(), AgentLegs(cast(Exchange, cast(Any, room)))
    room.calls.add(talking)
    leg = AgentLeg(new_id(), talking.interaction_id, new_id(), "a0001", bridged=True, written=True)
    room.calls.add_leg(leg)
    channel = ChannelRef("PJSIP/a0001-1", leg_unique_id(leg.reservation_id))
    legs.leaves(LegLeaves(channel, leg.reservation_id))
    legs.leaves(LegLeaves(channel, leg.reservation_id))
    legs.ended(ChannelEnded(channel, leg.reservation_id, 16, LegEndReason.CANCELLED))
    assert [type(event) for event in room.facts.events] == [CallLegEnded]
    assert room.facts.put_names == [("leg over", True)]


async def test_a_leg_that_only_rings_is_no_talk_that_ends(room: Room) -> None:
    waiting, legs = call(), AgentLegs(cast(Exchange, cast(Any, room)))
    room.calls.add(waiting)
    leg = AgentLeg(new_id(), waiting.interaction_id, new_id(), "a0001")
    room.calls.add_leg(leg)
    legs.leaves(LegLeaves(ChannelRef("PJSIP/a0001-1", leg_unique_id(leg.reservation_id)), leg.reservation_id))
    assert room.facts.events == []
