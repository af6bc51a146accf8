"""The agents' end: ring, cancel, answered, lost. One leg a reservation, known by the reservation's id."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core import clock
from core.agent import LegEndReason
from core.db import UnitOfWork
from core.events import CallLegEnded
from core.logs import logger
from telephony import legs
from telephony.asterisk import actions
from telephony.asterisk.calls import AgentLeg, Call, Stage
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.link.errors import AmiError, AmiInvalidAction, AmiRefused
from telephony.asterisk.translation import (
    ChannelEnded,
    ChannelRef,
    LegBridged,
    LegClaimLost,
    LegCreated,
    LegLeaves,
    LegRefused,
    leg_unique_id,
    lost_media,
)

log = logger(__name__)

LINK_PATIENCE_SECONDS = 1.0
LINK_RETRY_SECONDS = 0.05
"""A link that was cut is back in a tenth of a second as a rule: an offer waits for it rather than fails."""
ROW_PATIENCE_SECONDS = 0.05
"""How long after its birth a leg is written that nobody has answered: the phone and the pop go first."""

NEXT_FIRST_SECONDS = 0.02
"""How long after his agent hung up a caller is hung up too: the agent's next caller, if one waits, goes first."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A reservation whose agent is to be rung until ``deadline_at``, at most ``ring_seconds``."""

    reservation_id: UUID
    interaction_id: UUID
    agent_id: UUID
    ring_seconds: int
    deadline_at: datetime


@dataclass(slots=True)
class AgentLegs:
    """Handles everything about agents' channels."""

    exchange: Exchange
    on_given_up: Callable[[Call], None] = lambda call: None
    """Hears of a customer who is called no longer, or not yet, since his agent's leg is over."""
    _held: dict[UUID, asyncio.TimerHandle] = field(default_factory=dict)
    """Offers that wait for a link to the PBX."""

    def ring(self, offer: Offer, endpoint: str | None, patience: float = LINK_PATIENCE_SECONDS) -> None:
        """Ring the agent's phone for the caller; once, however often it is asked for."""
        self._let_go(offer.reservation_id)
        calls = self.exchange.calls
        call = calls.of_interaction(offer.interaction_id)
        if calls.leg(offer.reservation_id) is not None or (call and call.stage is Stage.ENDED):
            return
        if call is None:
            if not calls.is_over(offer.interaction_id):
                self.exchange.ask_resync()
            return
        if not self.exchange.orders.possible and patience > 0:
            left, later = patience - LINK_RETRY_SECONDS, asyncio.get_running_loop().call_later
            self._held[offer.reservation_id] = later(LINK_RETRY_SECONDS, self.ring, offer, endpoint, left)
            return
        leg = AgentLeg(offer.reservation_id, offer.interaction_id, offer.agent_id, endpoint or "")
        calls.add_leg(leg)
        if not self.exchange.orders.possible:
            self._over(leg, LegEndReason.GONE, 0)  # no fault of the agent, who must not go away for it
            return
        self._originate(leg, call, _seconds(offer))
        if not leg.endpoint:
            self._over(leg, LegEndReason.UNREACHABLE, 0)

    def _let_go(self, reservation_id: UUID) -> None:
        held = self._held.pop(reservation_id, None)
        if held is not None:
            held.cancel()

    def cancel(self, reservation_id: UUID, reason: LegEndReason) -> None:
        """The offer is void: stop the phone. A leg that talks already is taken from the caller, who waits on."""
        self._let_go(reservation_id)
        leg = self.exchange.calls.leg(reservation_id)
        if leg is None or leg.ended_as is not None:
            return
        leg.ended_as = reason
        if leg.bridged:
            self._free_caller(leg)
        self.exchange.orders.give(actions.hang_up(leg_unique_id(reservation_id)))

    def created(self, event: LegCreated) -> None:
        """The leg exists; if it was cancelled before that, the hang-up found nothing then."""
        leg = self.exchange.calls.leg(event.reservation_id)
        if leg is None:
            return
        leg.channel = event.channel
        asyncio.get_running_loop().call_later(ROW_PATIENCE_SECONDS, self.write_ringing, leg)
        if leg.ended_as is not None:
            self.exchange.orders.give(actions.hang_up(event.channel.unique_id))

    def bridged(self, event: LegBridged) -> None:
        """Agent and caller talk."""
        leg = self.exchange.calls.leg(event.reservation_id)
        if leg is None or leg.bridged:
            return
        leg.bridged, leg.channel = True, event.channel
        call = self.exchange.calls.of_interaction(leg.interaction_id)
        if call is not None and call.stage is not Stage.ENDED:
            call.stage = Stage.TALKING
        self.write_answered(leg, event.channel)

    def leaves(self, event: LegLeaves) -> None:
        """The agent hangs up: he is free for the next, a moment before his channel is gone."""
        leg = self.exchange.calls.leg(event.reservation_id)
        if leg is None or not leg.bridged or leg.ended_as is not None or leg.end_told is not None:
            return
        end = legs.end_of(_named(leg), LegEndReason.HANGUP, was_up=True)
        if isinstance(end, CallLegEnded) and self.exchange.facts.tell(leg.interaction_id, end):
            leg.end_told = end

    def claim_lost(self, event: LegClaimLost) -> None:
        """The agent answered but the caller is taken or gone; the leg ends by itself."""
        leg = self.exchange.calls.leg(event.reservation_id)
        if leg is not None and leg.ended_as is None:
            leg.ended_as = LegEndReason.CLAIM_LOST

    def refused(self, event: LegRefused) -> None:
        """The originate failed. A leg that had a channel also gets its end, with the cause."""
        leg = self.exchange.calls.leg(event.reservation_id)
        if leg is not None and leg.channel is None:
            self._over(leg, leg.ended_as or LegEndReason.UNREACHABLE, 0)

    def ended(self, event: ChannelEnded) -> None:
        """A leg's channel is gone."""
        leg = self.exchange.calls.leg(event.reservation_id) if event.reservation_id else None
        if leg is None:
            return
        self._over(leg, leg.ended_as or _end_reason(leg, event), event.cause)

    def lose(self, leg: AgentLeg) -> None:
        """The agent's phone has vanished: a caller in talk goes back to music, the dead leg is hung up."""
        if leg.ended_as is not None:
            return
        leg.ended_as = LegEndReason.LOST if leg.bridged or leg.waits else LegEndReason.UNREACHABLE
        if leg.bridged:
            self._free_caller(leg)
        self.exchange.orders.give(actions.hang_up(leg_unique_id(leg.reservation_id)))

    def write_ringing(self, leg: AgentLeg) -> None:
        """The row of the leg, unless it has one."""
        if leg.written:
            return
        leg.written = True

        async def write(work: UnitOfWork) -> None:
            legs.leg_ringing(work, _named(leg), leg.endpoint, leg_unique_id(leg.reservation_id), leg.rung_at)

        self.exchange.facts.put(leg.interaction_id, "leg ringing", write)

    def write_answered(self, leg: AgentLeg, channel: ChannelRef) -> None:
        """Agent and caller are in one bridge."""
        leg.written = True
        answer = legs.answer_of(_named(leg))

        async def write(work: UnitOfWork) -> None:
            legs.leg_answered(work, answer, channel.name, leg_unique_id(leg.reservation_id), leg.rung_at)

        heard = self.exchange.facts.tell(leg.interaction_id, answer)
        self.exchange.facts.put(leg.interaction_id, "leg answered", write, heard=heard)

    def _originate(self, leg: AgentLeg, call: Call, seconds: int) -> None:
        if not leg.endpoint:
            return
        order = actions.Ring(
            leg.reservation_id,
            leg.interaction_id,
            leg.agent_id,
            leg.endpoint,
            call.channel.name or call.channel.unique_id,
            call.number,
            call.name,
            seconds,
            first=call.stage is Stage.CALLING,
        )
        try:
            action = actions.ring(order)
        except AmiInvalidAction as error:
            log.error("leg cannot be rung", endpoint=leg.endpoint, reason=error.message)
            leg.endpoint = ""
            return
        self.exchange.orders.give(action, lambda error: self._not_rung(leg, error))

    def _not_rung(self, leg: AgentLeg, error: AmiError) -> None:
        """Refused: the phone cannot be rung. Lost link or no answer: unknown, the resync will see."""
        if isinstance(error, AmiRefused):
            self._over(leg, leg.ended_as or LegEndReason.UNREACHABLE, 0)
        elif leg.channel is None:
            self.exchange.calls.remove_leg(leg)
            self.exchange.ask_resync()

    def _over(self, leg: AgentLeg, reason: LegEndReason, cause: int) -> None:
        if self.exchange.calls.leg(leg.reservation_id) is not leg:
            return
        self.exchange.calls.remove_leg(leg)
        told = leg.end_told if reason is LegEndReason.HANGUP else None
        end = told or legs.end_of(_named(leg), reason, was_up=leg.bridged or leg.waits)

        async def write(work: UnitOfWork) -> None:
            legs.leg_over(work, end, cause)

        self.write_ringing(leg)
        heard = told is not None or self.exchange.facts.tell(leg.interaction_id, end)
        self.exchange.facts.put(leg.interaction_id, "leg over", write, heard=heard)
        call = self.exchange.calls.of_interaction(leg.interaction_id)
        if leg.bridged:
            self._after_talk(leg, reason)
        elif call is not None and call.stage is Stage.CALLING:
            self.on_given_up(call)

    def _after_talk(self, leg: AgentLeg, reason: LegEndReason) -> None:
        """The agent hung up: so do we, for the dialplan waits a second. A lost agent's caller stays."""
        call = self.exchange.calls.of_interaction(leg.interaction_id)
        if call is None or call.stage is Stage.ENDED or call.talking_leg is not None:
            return
        if reason is LegEndReason.HANGUP:
            asyncio.get_running_loop().call_later(NEXT_FIRST_SECONDS, self._hang_up_caller, call)
        elif leg.ended_as is None:
            self._free_caller(leg)

    def _hang_up_caller(self, call: Call) -> None:
        if call.stage is not Stage.ENDED and call.talking_leg is None:
            self.exchange.orders.give(actions.hang_up(call.channel.name))

    def _free_caller(self, leg: AgentLeg) -> None:
        call = self.exchange.calls.of_interaction(leg.interaction_id)
        if call is not None and call.stage is not Stage.ENDED:
            call.stage = Stage.WAITING
            self.exchange.orders.give(actions.put_on_music(call.channel.name))


def _named(leg: AgentLeg) -> legs.LegId:
    return legs.LegId(leg.interaction_id, leg.reservation_id, leg.agent_id)


def _seconds(offer: Offer) -> int:
    left = (offer.deadline_at - clock.now()).total_seconds()
    return max(1, min(offer.ring_seconds, round(left)))


def _end_reason(leg: AgentLeg, event: ChannelEnded) -> LegEndReason:
    if not (leg.bridged or leg.waits) or event.reason is LegEndReason.GONE:
        return event.reason
    return LegEndReason.LOST if lost_media(event.cause) else LegEndReason.HANGUP
