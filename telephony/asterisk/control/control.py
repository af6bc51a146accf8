"""The switchboard: hands what happens (on the PBX, on the bus) to the part that knows what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.agent import LegEndReason
from core.events import (
    ConfigurationChanged,
    EndpointProvisioned,
    Event,
    HangupRequested,
    ReservationCreated,
    ReservationExpired,
    ReservationRejected,
    ReservationRescinded,
)
from core.interaction import Channel
from core.logs import logger
from telephony.asterisk import translation as pbx
from telephony.asterisk.control.agent_legs import AgentLegs, Offer
from telephony.asterisk.control.callers import Callers
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.control.phones import Phones
from telephony.asterisk.link import Frame

log = logger(__name__)


HEEDED = (
    ReservationCreated, ReservationExpired, ReservationRejected, ReservationRescinded, HangupRequested,
    EndpointProvisioned, ConfigurationChanged,
)  # fmt: skip
"""The events of the bus that call control acts on."""


@dataclass(slots=True)
class Control:
    """``heard`` takes the manager's frames, ``announced`` the bus's events; both only decide and order."""

    exchange: Exchange
    callers: Callers
    agent_legs: AgentLegs
    phones: Phones
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
                self.agent_legs.cancel(event.reservation_id, event.reason)
            case ReservationRejected():
                self.agent_legs.cancel(event.reservation_id, LegEndReason.DECLINED)
            case ReservationRescinded():
                self.agent_legs.cancel(event.reservation_id, LegEndReason.CANCELLED)
            case HangupRequested():
                self.callers.hang_up(event.interaction_id)
            case EndpointProvisioned() | ConfigurationChanged():
                self.exchange.ask_resync()
            case _:
                pass

    def _ring(self, event: ReservationCreated) -> None:
        offer = Offer(event.reservation_id, event.interaction_id, event.agent_id, event.ring_seconds, event.deadline_at)
        self.agent_legs.ring(offer, self.phones.endpoint_of(event.agent_id))

    def _channel_ended(self, event: pbx.ChannelEnded) -> None:
        self.on_ended(event.channel.unique_id)
        if event.reservation_id is not None:
            self.agent_legs.ended(event)
        else:
            self.callers.ended(event)

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
            case _:
                pass  # CallerFreed: the leg's end decides what becomes of the caller
