"""The switchboard: hands what happens (on the PBX, on the bus) to the part that knows what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from core.agent import LegEndReason
from core.event import Event
from core.events import (
    ConfigurationChanged,
    EndpointProvisioned,
    HangupRequested,
    InteractionDialledAhead,
    InteractionDialWithdrawn,
    InteractionRevised,
    InteractionTurnedAway,
    ReservationCreated,
    ReservationExpired,
    ReservationRejected,
    ReservationRescinded,
)
from core.interaction import Channel, Kind
from core.logs import logger
from telephony.asterisk import called
from telephony.asterisk import translation as pbx
from telephony.asterisk.control.agent_legs import AgentLegs, Offer
from telephony.asterisk.control.callers import Callers
from telephony.asterisk.control.calls_out import CallsOut
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.control.phones import Phones
from telephony.asterisk.control.wishes import Wishes
from telephony.asterisk.link import Frame

log = logger(__name__)


HEEDED = (
    ReservationCreated, ReservationExpired, ReservationRejected, ReservationRescinded, HangupRequested,
    EndpointProvisioned, ConfigurationChanged, InteractionRevised, InteractionTurnedAway,
    InteractionDialledAhead, InteractionDialWithdrawn,
)  # fmt: skip
"""The events of the bus that call control acts on."""


@dataclass(slots=True)
class Control:
    """``heard`` takes the manager's frames, ``announced`` the bus's events; both only decide and order."""

    exchange: Exchange
    callers: Callers
    agent_legs: AgentLegs
    phones: Phones
    calls_out: CallsOut
    wishes: Wishes
    on_ended: Callable[[str], None] = lambda unique_id: None

    def heard(self, frame: Frame) -> None:
        """One event of the PBX, on the event loop."""
        happening = pbx.translate(frame)
        if happening is not None:
            self.happened(happening)

    def happened(self, happening: pbx.Happening) -> None:
        """The same, as our own value."""
        match happening:
            case pbx.CallerAnnounced():
                self.callers.announced(happening)
            case pbx.CallerArrived():
                self.callers.arrived(happening)
            case pbx.CallerWaiting():
                self.callers.waiting(happening)
            case pbx.CallerPlaced():
                self.callers.placed(happening)
            case called.KeyPressed():
                self.wishes.pressed(happening)
            case pbx.CommandDone():
                self.exchange.commands.done(happening)
            case pbx.MenuLeft():
                self.exchange.commands.interrupt(happening.channel)
            case pbx.ContactChanged():
                self.phones.changed(happening)
            case pbx.ChannelEnded():
                self._channel_ended(happening)
            case _:
                self._leg_happened(happening)

    async def announced(self, event: Event) -> None:
        """One event of the bus."""
        match event:
            case ReservationCreated() if event.channel is Channel.VOICE:
                self._ring(event)
            case ReservationExpired():
                self._cancel(event.reservation_id, event.reason)
            case ReservationRejected():
                self._cancel(event.reservation_id, LegEndReason.DECLINED)
            case ReservationRescinded():
                self._cancel(event.reservation_id, LegEndReason.CANCELLED)
            case InteractionRevised() if event.kind is Kind.CALLBACK:
                self.wishes.granted(event.interaction_id)
            case InteractionDialledAhead():
                self.calls_out.call_ahead(event)
            case InteractionDialWithdrawn():
                self.calls_out.withdraw(event.interaction_id, event.call_id)
            case HangupRequested():
                if not self.calls_out.hang_up(event.interaction_id):
                    self.callers.hang_up(event.interaction_id)
            case InteractionTurnedAway():
                self.callers.turned_away(event)
            case EndpointProvisioned() | ConfigurationChanged():
                self.exchange.ask_resync()
            case _:
                pass

    def _ring(self, event: ReservationCreated) -> None:
        offer = Offer(event.reservation_id, event.interaction_id, event.agent_id, event.ring_seconds, event.deadline_at)
        self.ring(offer, calls_out=event.kind is not Kind.LIVE)

    def ring(self, offer: Offer, *, calls_out: bool) -> None:
        """Ring an agent: for a caller who waits, or before the customer is called."""
        endpoint = self.phones.endpoint_of(offer.agent_id)
        if calls_out:
            self.calls_out.ring(offer, endpoint)
        else:
            self.agent_legs.ring(offer, endpoint)

    def _cancel(self, reservation_id: UUID, reason: LegEndReason) -> None:
        self.calls_out.let_go(reservation_id)
        self.agent_legs.cancel(reservation_id, reason)

    def customer_ended(self, event: pbx.ChannelEnded) -> None:
        """The channel of a caller, or of a customer whom we call, is gone."""
        if not self.calls_out.ended(event):
            self.callers.ended(event)

    def _channel_ended(self, event: pbx.ChannelEnded) -> None:
        self.on_ended(event.channel.unique_id)
        if event.reservation_id is not None:
            self.agent_legs.ended(event)
        else:
            self.customer_ended(event)

    def _leg_happened(self, happening: pbx.Happening) -> None:
        match happening:
            case pbx.LegCreated():
                self.agent_legs.created(happening)
            case pbx.LegBridged():
                self.agent_legs.bridged(happening)
            case pbx.LegLeaves():
                self.agent_legs.leaves(happening)
            case pbx.LegClaimLost():
                self.agent_legs.claim_lost(happening)
            case pbx.LegRefused():
                self.agent_legs.refused(happening)
            case called.LegReady():
                self.calls_out.agent_ready(happening)
            case called.CustomerRung():
                self.calls_out.rung(happening)
            case called.CustomerReached():
                self.calls_out.reached(happening)
            case called.CustomerRefused():
                self.calls_out.refused(happening)
            case _:
                pass  # CallerFreed: the leg's end decides what becomes of the caller
