"""Calling customers: the agent's phone rings first; when he has picked up, the customer is called and brought to him.
Or the customer is called ahead: then no phone of an agent rings before he has answered.

From then on it is a call like any other. Should this process die in between, the dialplan brings the two together
all the same, and the next comparison finds what stands.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

from core import clock
from core.agent import LegEndReason
from core.db import UnitOfWork
from core.events import InteractionDialledAhead
from core.interaction import CUSTOMER_RINGS_SECONDS
from core.logs import logger
from telephony import legs
from telephony.asterisk import actions
from telephony.asterisk.called import CustomerReached, CustomerRefused, CustomerRung, LegReady, called_unique_id
from telephony.asterisk.calls import AgentLeg, Call, Stage
from telephony.asterisk.control.agent_legs import AgentLegs, Offer
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.link.errors import AmiInvalidAction
from telephony.asterisk.snapshot import ChannelSeen
from telephony.asterisk.translation import ChannelEnded, ChannelRef, leg_unique_id
from telephony.called_customers import Customer, OutsideLine
from telephony.menu.definition import LANGUAGES

log = logger(__name__)

FORECAST_HOLDS_SECONDS = 5.0
LookUp = Callable[[UUID], Awaitable[Customer | None]]


async def _nobody(interaction_id: UUID) -> Customer | None:
    return None


@dataclass(slots=True)
class CallsOut:
    """``look_up`` says who is to be called for an interaction, ``line`` how."""

    exchange: Exchange
    agent_legs: AgentLegs
    look_up: LookUp = _nobody
    line: OutsideLine = field(default_factory=OutsideLine)
    _looking: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.agent_legs.on_given_up = self._given_up

    def ring(self, offer: Offer, endpoint: str | None) -> None:
        """Ring the agent who is to speak with a customer whom we call; once, however often it is asked for. One who is
        kept for a customer whose phone rings already is rung when that one has answered: by another offer."""
        reservation, call = offer.reservation_id, self.exchange.calls.of_interaction(offer.interaction_id)
        if call is not None and call.ahead and call.stage in (Stage.CALLING, Stage.WAITING):
            return
        if self.exchange.calls.leg(reservation) is None and reservation not in self._looking:
            self._look(reservation, self._ring(offer, endpoint))

    def call_ahead(self, event: InteractionDialledAhead) -> None:
        """Call a customer for whom an agent is forecast free; an old forecast is none."""
        call = self.exchange.calls.of_interaction(event.interaction_id)
        ringing = call is not None and call.stage is Stage.CALLING
        late = (clock.now() - event.at).total_seconds() > FORECAST_HOLDS_SECONDS
        if not (ringing or late or event.call_id in self._looking) and self.exchange.orders.possible:
            self._look(event.call_id, self._call_ahead(event.interaction_id, event.call_id))

    def withdraw(self, interaction_id: UUID, call_id: UUID) -> None:
        """Call him no longer, unless he has answered."""
        self.let_go(call_id)
        call = self.exchange.calls.of_interaction(interaction_id)
        if call is not None and call.called_for == call_id and call.stage is Stage.CALLING:
            self._given_up(call)

    def let_go(self, reservation_id: UUID) -> None:
        """The offer is void before its agent was rung."""
        looking = self._looking.pop(reservation_id, None)
        if looking is not None:
            looking.cancel()

    def stop(self) -> None:
        """The process stops serving."""
        for looking in self._looking.values():
            looking.cancel()

    def agent_ready(self, event: LegReady) -> None:
        """The agent has picked up: call the customer."""
        leg = self.exchange.calls.leg(event.reservation_id)
        if leg is None:
            self.exchange.ask_resync()
            return
        if leg.waits or leg.bridged or leg.ended_as is not None:
            return
        leg.waits, leg.channel = True, event.channel
        self.agent_legs.write_answered(leg, event.channel)
        call = self.exchange.calls.of_interaction(leg.interaction_id)
        if call is None:
            self._look(leg.reservation_id, self._take_up(leg))
        elif call.called_for == leg.reservation_id and call.dialled_at is None:
            self._call(call)

    def rung(self, event: CustomerRung) -> None:
        """The customer's leg exists; if it was given up before that, the hang-up found nothing then."""
        call = self.exchange.calls.of_channel(event.channel.unique_id)
        if call is None:
            return
        call.channel = event.channel
        self._write_called(call)
        if call.hangup_wanted:
            self.exchange.orders.give(actions.hang_up(event.channel.unique_id))

    def reached(self, event: CustomerReached) -> None:
        """The customer has answered; the dialplan brings him to the agent, or to music if that one is gone."""
        call = self.exchange.calls.of_channel(event.channel.unique_id)
        if call is None:
            self.exchange.ask_resync()
        elif call.stage is Stage.CALLING and call.hangup_wanted:
            call.channel = event.channel
            self._not_reached(call, LegEndReason.CANCELLED, 0)  # answered in the moment in which we hung up
        elif call.stage is Stage.CALLING:
            call.channel = event.channel
            here = any(leg.waits and leg.ended_as is None for leg in call.legs.values())
            call.stage = Stage.TALKING if here else Stage.WAITING
            self._write_reached(call)

    def refused(self, event: CustomerRefused) -> None:
        """The originate failed. A leg that had a channel also gets its end, with the cause."""
        call = self.exchange.calls.of_channel(called_unique_id(event.reservation_id))
        if call is not None and call.stage is Stage.CALLING and not call.channel.name:
            self._not_reached(call, LegEndReason.UNREACHABLE, 0)

    def ended(self, event: ChannelEnded) -> bool:
        """The leg of a customer is gone who had not answered; False: it is another's leg."""
        call = self.exchange.calls.of_channel(event.channel.unique_id)
        if call is None or call.stage is not Stage.CALLING:
            return False
        self._not_reached(call, _reason(call, event.reason), event.cause)
        return True

    def hang_up(self, interaction_id: UUID) -> bool:
        """Somebody of ours gives up a call while the customer's phone rings: his agent's leg ends, and all follows.
        False: nobody is being called for it."""
        call = self.exchange.calls.of_interaction(interaction_id)
        if call is None or call.stage is not Stage.CALLING:
            return False
        for leg in call.legs.values():
            self.exchange.orders.give(actions.hang_up(leg_unique_id(leg.reservation_id)))
        if not call.legs:
            self._given_up(call)
        return True

    def adopt(self, call: Call | None, seen: ChannelSeen, interaction_id: UUID, stage: Stage) -> None:
        """A customer whom we called is there, as a comparison has seen; perhaps another process of ours called him."""
        if call is None:
            call = Call(
                interaction_id, seen.channel, seen.number, seen.name, stage=Stage.CALLING, called_for=seen.called_for,
                dialled_at=time.monotonic(), written=True,
            )  # fmt: skip
            self.exchange.calls.add(call)
            log.info("called customer adopted", interaction_id=str(interaction_id))
        if call.stage is Stage.CALLING and stage is not Stage.CALLING:
            call.channel, call.stage = seen.channel, stage
            self._write_reached(call)

    # -- before the customer is called -----------------------------------------------------------

    def _look(self, reservation_id: UUID, work: Awaitable[None]) -> None:
        async def look() -> None:
            try:
                await work
            except Exception:
                log.exception("a customer could not be looked up", reservation_id=str(reservation_id))
            finally:
                self._looking.pop(reservation_id, None)

        self._looking[reservation_id] = asyncio.create_task(look())

    async def _ring(self, offer: Offer, endpoint: str | None) -> None:
        customer = await self.look_up(offer.interaction_id)
        if customer is None:
            log.warning("nobody to be called", interaction_id=str(offer.interaction_id))
            return
        self._know(offer.interaction_id, offer.reservation_id, customer)
        self.agent_legs.ring(offer, endpoint)

    async def _call_ahead(self, interaction_id: UUID, call_id: UUID) -> None:
        customer = await self.look_up(interaction_id)
        if customer is not None:
            self._call(self._know(interaction_id, call_id, customer))

    async def _take_up(self, leg: AgentLeg) -> None:
        """An agent waits whom another process of ours has rung."""
        customer = await self.look_up(leg.interaction_id)
        if customer is None or leg.ended_as is not None:
            return
        call = self._know(leg.interaction_id, leg.reservation_id, customer)
        call.legs[leg.reservation_id] = leg
        self._call(call)

    def _know(self, interaction_id: UUID, call_id: UUID, customer: Customer) -> Call:
        """The call that is to come. Who gave up his place on the line for it has been told so, and goes now."""
        before = self.exchange.calls.of_interaction(interaction_id)
        if before is not None and before.stage is not Stage.ENDED and before.channel.name:
            self.exchange.orders.give(actions.hang_up(before.channel.name))
        channel = ChannelRef("", called_unique_id(call_id))
        call = Call(
            interaction_id, channel, customer.number, customer.name, customer.called_number, Stage.CALLING,
            called_for=call_id, language=customer.language,
            languages=tuple(known for known in LANGUAGES if known == customer.language) or LANGUAGES,
        )  # fmt: skip
        self.exchange.calls.add(call)
        return call

    # -- the call --------------------------------------------------------------------------------

    def _call(self, call: Call) -> None:
        call.dialled_at = time.monotonic()
        try:
            action = actions.call_out(self._order(call))
        except AmiInvalidAction as error:
            log.error("customer cannot be called", reason=error.message, interaction_id=str(call.interaction_id))
            self._not_reached(call, LegEndReason.UNREACHABLE, 0)
            return
        self.exchange.orders.give(action, lambda error: self._not_called(call))

    def _write_called(self, call: Call) -> None:
        """The row of the customer's leg, unless it has one. Never before the leg: a row without a leg has ended."""
        if call.written:
            return
        call.written = True
        leg, rung_at = legs.LegId(call.interaction_id, own=call.leg_id), clock.now()

        async def write(work: UnitOfWork) -> None:
            legs.customer_called(work, leg, call.channel.unique_id, rung_at)

        self.exchange.facts.put(call.interaction_id, "customer called", write)

    def _order(self, call: Call) -> actions.CallOut:
        assert call.called_for is not None
        dial = self.line.dial(call.number)
        shown = self.line.shown or call.dialed
        return actions.CallOut(call.called_for, call.interaction_id, dial, shown, CUSTOMER_RINGS_SECONDS)

    def _not_called(self, call: Call) -> None:
        if call.stage is Stage.CALLING and not call.channel.name:
            self._not_reached(call, LegEndReason.UNREACHABLE, 0)

    def _write_reached(self, call: Call) -> None:
        answer = legs.answer_of(legs.LegId(call.interaction_id, own=call.leg_id))
        channel, rung_at = call.channel, clock.now()
        heard = self.exchange.facts.tell(call.interaction_id, answer)

        async def write(work: UnitOfWork) -> None:
            legs.leg_answered(work, answer, channel.name, channel.unique_id, rung_at)

        self.exchange.facts.put(call.interaction_id, "customer reached", write, heard=heard)

    def _not_reached(self, call: Call, reason: LegEndReason, cause: int) -> None:
        """His agent's leg ends first, so that the phone is free for the next when the writer hears of it."""
        for leg in call.legs.values():
            if leg.ended_as is None:
                leg.ended_as = LegEndReason.CANCELLED
                self.exchange.orders.give(actions.hang_up(leg_unique_id(leg.reservation_id)))
        end = legs.end_of(legs.LegId(call.interaction_id, own=call.leg_id), reason, was_up=False)

        async def write(work: UnitOfWork) -> None:
            legs.leg_over(work, end, cause)

        self._write_called(call)
        heard = self.exchange.facts.tell(call.interaction_id, end)
        self.exchange.facts.put(call.interaction_id, "customer not reached", write, heard=heard)
        self.exchange.calls.end_caller(call)

    def _given_up(self, call: Call) -> None:
        """The agent's leg is over: nobody is there to speak with the customer."""
        if call.dialled_at is None:
            self.exchange.calls.end_caller(call)
            return
        call.hangup_wanted = True
        self.exchange.orders.give(actions.hang_up(call.channel.unique_id))


def _reason(call: Call, told: LegEndReason) -> LegEndReason:
    """Why a customer's phone has stopped ringing. Where no agent stands beside it, only we know whether it was us."""
    if not call.ahead:
        return told
    if call.hangup_wanted:
        return LegEndReason.CANCELLED
    return LegEndReason.NO_ANSWER if told is LegEndReason.CANCELLED else told
