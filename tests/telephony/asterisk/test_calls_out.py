"""Calling customers: whom the agent's leg waits for, what ends it, and numbers that must not be dialled."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest

from core import clock
from core.agent import LegEndReason, LegRole
from core.event import Event
from core.events import CallLegAnswered, CallLegEnded, CallLegFailed, InteractionDialledAhead
from core.ids import ahead_call_id, called_leg_id, new_id
from telephony.asterisk import actions
from telephony.asterisk.called import (
    CustomerReached,
    CustomerRefused,
    CustomerRung,
    KeyPressed,
    LegReady,
    called_for,
    called_unique_id,
)
from telephony.asterisk.calls import Calls, Stage
from telephony.asterisk.control.agent_legs import AgentLegs, Offer
from telephony.asterisk.control.calls_out import CallsOut
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.link import Action, Frame
from telephony.asterisk.link.errors import AmiInvalidAction
from telephony.asterisk.translation import (
    ChannelEnded,
    ChannelRef,
    LegCreated,
    leg_reservation,
    leg_unique_id,
    translate,
)
from telephony.called_customers import Customer, OutsideLine

NUMBER = "+447700900123"


@dataclass
class Line:
    """As much of the orders to the PBX as these tests need."""

    possible: bool = True
    given: list[Action] = field(default_factory=list)

    def give(self, action: Action, refused: object = None) -> None:
        self.given.append(action)

    def names(self) -> list[str]:
        return [action.name for action in self.given]


@dataclass
class Told:
    """As much of the facts as these tests need."""

    events: list[Event] = field(default_factory=list)
    put_names: list[str] = field(default_factory=list)

    def tell(self, key: UUID, event: Event) -> bool:
        self.events.append(event)
        return True

    def put(self, key: UUID, name: str, write: object, *, heard: bool = False) -> None:
        self.put_names.append(name)


@dataclass
class Room:
    """As much of an exchange as these tests need, and an agent who is rung for a customer."""

    calls: Calls = field(default_factory=Calls)
    orders: Line = field(default_factory=Line)
    facts: Told = field(default_factory=Told)
    offer: Offer = field(default_factory=lambda: Offer(new_id(), new_id(), new_id(), 20, clock.now()))
    number: str = NUMBER
    asked: int = 0
    asked_for: int = 0

    def __post_init__(self) -> None:
        self.legs = AgentLegs(cast(Exchange, cast(Any, self)))
        self.out = CallsOut(cast(Exchange, cast(Any, self)), self.legs, self._look_up)

    async def _look_up(self, interaction_id: UUID) -> Customer | None:
        self.asked_for += 1
        return Customer(self.number, "Ann", "4008880077", "en")

    def ask_resync(self) -> None:
        self.asked += 1

    @property
    def leg_channel(self) -> ChannelRef:
        return ChannelRef("PJSIP/a0001-1", leg_unique_id(self.offer.reservation_id))

    @property
    def customer_channel(self) -> ChannelRef:
        return ChannelRef("PJSIP/hotline-trunk-1", called_unique_id(self.offer.reservation_id))

    async def rung(self) -> None:
        self.out.ring(self.offer, "a0001")
        while not self.orders.given:
            await asyncio.sleep(0)
        self.legs.created(LegCreated(self.leg_channel, self.offer.reservation_id))

    def forecast(self, call_id: UUID) -> InteractionDialledAhead:
        return InteractionDialledAhead(interaction_id=self.offer.interaction_id, call_id=call_id, version=2)

    def ahead_channel(self, call_id: UUID) -> ChannelRef:
        return ChannelRef("PJSIP/hotline-trunk-2", called_unique_id(call_id))

    async def dialled_ahead(self) -> UUID:
        call_id = ahead_call_id(self.offer.interaction_id, 0)
        self.out.call_ahead(self.forecast(call_id))
        while not self.orders.given:
            await asyncio.sleep(0)
        self.out.rung(CustomerRung(self.ahead_channel(call_id)))
        return call_id

    async def picked_up(self) -> None:
        await self.rung()
        self.out.agent_ready(LegReady(self.leg_channel, self.offer.reservation_id))
        self.out.rung(CustomerRung(self.customer_channel))


@pytest.fixture
def room() -> Room:
    return Room()


def _fields(action: Action) -> list[tuple[str, str]]:
    return list(action.fields)


async def test_the_agent_first_then_the_customer(room: Room) -> None:
    await room.rung()
    assert dict(_fields(room.orders.given[0]))["Context"] == "hotline-callback"
    assert room.facts.events == []
    room.out.agent_ready(LegReady(room.leg_channel, room.offer.reservation_id))
    room.out.agent_ready(LegReady(room.leg_channel, room.offer.reservation_id))
    assert room.orders.names() == ["Originate", "Originate"], "said twice, called once"
    fields = dict(_fields(room.orders.given[1]))
    assert (fields["Channel"], fields["Context"]) == (f"PJSIP/{NUMBER}@hotline-trunk", "hotline-called")
    (answered,) = room.facts.events
    assert isinstance(answered, CallLegAnswered) and answered.role is LegRole.AGENT

    room.out.rung(CustomerRung(room.customer_channel))
    room.out.reached(CustomerReached(room.customer_channel))
    reached = room.facts.events[-1]
    assert isinstance(reached, CallLegAnswered) and reached.role is LegRole.CUSTOMER
    assert reached.leg_id == called_leg_id(room.offer.reservation_id)
    call = room.calls.of_interaction(room.offer.interaction_id)
    assert call is not None and call.stage is Stage.TALKING
    assert not room.out.ended(ChannelEnded(room.customer_channel, None, 16, LegEndReason.CANCELLED)), "a call by now"


async def test_who_does_not_answer_ends_the_agents_leg_and_counts_once(room: Room) -> None:
    await room.picked_up()
    assert room.out.ended(ChannelEnded(room.customer_channel, None, 17, LegEndReason.BUSY))
    failed = room.facts.events[-1]
    assert isinstance(failed, CallLegFailed) and failed.reason is LegEndReason.BUSY
    assert room.orders.names()[-1] == "Hangup"
    room.legs.ended(ChannelEnded(room.leg_channel, room.offer.reservation_id, 16, LegEndReason.CANCELLED))
    ended = room.facts.events[-1]
    assert isinstance(ended, CallLegEnded) and ended.reason is LegEndReason.CANCELLED
    assert len(room.calls) == 0


async def test_an_agent_who_hangs_up_takes_the_customers_call_back(room: Room) -> None:
    await room.picked_up()
    room.legs.ended(ChannelEnded(room.leg_channel, room.offer.reservation_id, 16, LegEndReason.CANCELLED))
    ended = room.facts.events[-1]
    assert isinstance(ended, CallLegEnded) and ended.reason is LegEndReason.HANGUP
    assert _fields(room.orders.given[-1])[0] == ("Channel", room.customer_channel.unique_id)
    assert room.out.ended(ChannelEnded(room.customer_channel, None, 16, LegEndReason.CANCELLED))
    assert isinstance(room.facts.events[-1], CallLegFailed)


async def test_an_agent_who_does_not_pick_up_leaves_nothing(room: Room) -> None:
    await room.rung()
    room.legs.ended(ChannelEnded(room.leg_channel, room.offer.reservation_id, 19, LegEndReason.NO_ANSWER))
    assert isinstance(room.facts.events[-1], CallLegFailed)
    assert (len(room.calls), room.orders.names()) == (0, ["Originate"])


@pytest.mark.parametrize("number", ["", "+1900", "112", "+44770090012345678", "44\r\nAction: Logoff", "+4477009001x3"])
async def test_a_number_that_must_not_be_called_is_not(room: Room, number: str) -> None:
    room.number = number
    await room.rung()
    room.out.agent_ready(LegReady(room.leg_channel, room.offer.reservation_id))
    assert room.orders.names() == ["Originate", "Hangup"]
    assert isinstance(room.facts.events[-1], CallLegFailed)


async def test_a_trunk_that_refuses_is_no_attempt_that_hangs(room: Room) -> None:
    await room.rung()
    room.out.agent_ready(LegReady(room.leg_channel, room.offer.reservation_id))
    room.out.refused(CustomerRefused(room.offer.reservation_id))
    assert isinstance(room.facts.events[-1], CallLegFailed)
    assert room.orders.names()[-1] == "Hangup"


async def test_called_ahead_no_agent_is_rung_before_he_answers(room: Room) -> None:
    call_id = await room.dialled_ahead()
    assert room.orders.names() == ["Originate"]
    room.out.call_ahead(room.forecast(call_id))
    room.out.ring(room.offer, "a0001")
    await asyncio.sleep(0)
    assert room.orders.names() == ["Originate"], "kept for him, not rung"
    room.out.reached(CustomerReached(room.ahead_channel(call_id)))
    reached = room.facts.events[-1]
    assert isinstance(reached, CallLegAnswered) and reached.leg_id == called_leg_id(call_id)
    room.out.ring(room.offer, "a0001")
    call = room.calls.of_interaction(room.offer.interaction_id)
    assert call is not None and call.stage is Stage.WAITING and room.orders.names() == ["Originate"]
    room.legs.ring(room.offer, "a0001")
    assert dict(_fields(room.orders.given[-1]))["Context"] == "hotline-agent", "a caller on music like any other"


async def test_a_forecast_that_slips_takes_the_call_back_even_as_he_answers(room: Room) -> None:
    call_id = await room.dialled_ahead()
    room.out.withdraw(room.offer.interaction_id, call_id)
    assert room.orders.names() == ["Originate", "Hangup"]
    room.out.reached(CustomerReached(room.ahead_channel(call_id)))
    (failed,) = room.facts.events
    assert isinstance(failed, CallLegFailed) and failed.reason is LegEndReason.CANCELLED
    assert len(room.calls) == 0
    room.out.withdraw(room.offer.interaction_id, call_id)
    assert room.orders.names() == ["Originate", "Hangup"]


@pytest.mark.parametrize(("ours", "reason"), [(True, LegEndReason.CANCELLED), (False, LegEndReason.NO_ANSWER)])
async def test_only_what_we_take_back_is_no_attempt(room: Room, ours: bool, reason: LegEndReason) -> None:
    call_id = await room.dialled_ahead()
    if ours:
        assert room.out.hang_up(room.offer.interaction_id)
    assert room.out.ended(ChannelEnded(room.ahead_channel(call_id), None, 16, LegEndReason.CANCELLED))
    failed = room.facts.events[-1]
    assert isinstance(failed, CallLegFailed) and failed.reason is reason


async def test_an_old_forecast_calls_nobody(room: Room) -> None:
    event = room.forecast(ahead_call_id(room.offer.interaction_id, 0))
    room.out.call_ahead(event.model_copy(update={"at": clock.now() - timedelta(seconds=6)}))
    await asyncio.sleep(0)
    assert room.asked_for == 0


def test_the_way_out_is_as_configured() -> None:
    line = OutsideLine("Local/{digits}@from-internal", r"\+86[0-9]{5,12}")
    assert line.dial("+8613900000131") == "Local/8613900000131@from-internal"
    assert line.dial(NUMBER) == ""
    with pytest.raises(AmiInvalidAction):
        str(actions.call_out(actions.CallOut(new_id(), new_id(), "", "100", 30)))


def test_a_called_customer_is_no_agents_leg() -> None:
    reservation = new_id()
    assert called_for(called_unique_id(reservation)) == reservation
    assert leg_reservation(called_unique_id(reservation)) is None
    assert called_for(leg_unique_id(reservation)) is None
    assert called_for("hotline-customer-nonsense") is None


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"Digit": "1", "Direction": "Received"}, "1"),
        ({"Digit": "1", "Direction": "Sent"}, None),
        ({"Digit": "A", "Direction": "Received"}, None),
        ({"Digit": "", "Direction": "Received"}, None),
    ],
)
def test_keys_are_what_is_pressed(fields: dict[str, str], key: str | None) -> None:
    frame = Frame("event", "DTMFEnd", (("Channel", "PJSIP/x"), ("Uniqueid", "1.1"), *fields.items()))
    found = translate(frame)
    assert (found.key if isinstance(found, KeyPressed) else None) == key
