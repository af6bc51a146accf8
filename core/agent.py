"""The agent's two columns of state: what they chose (presence) and what follows from work (work state)."""

from __future__ import annotations

from enum import StrEnum


class Presence(StrEnum):
    """What the agent, a supervisor or a rule chose."""

    AVAILABLE = "available"
    AWAY = "away"
    OFFLINE = "offline"


class WorkState(StrEnum):
    """What follows from the agent's reservations."""

    IDLE = "idle"
    RESERVED = "reserved"
    ENGAGED = "engaged"
    WRAPPING = "wrapping"


class AwayReason(StrEnum):
    """Reasons that the product itself gives; the company adds its own as plain text codes."""

    BREAK = "break"
    LUNCH = "lunch"
    TRAINING = "training"
    MEETING = "meeting"
    RONA = "rona"
    """Ring on no answer: an offer expired."""
    CONNECTION_LOST = "connection_lost"
    """The agent's phone vanished during a call."""


class ReservationState(StrEnum):
    """An offer of one interaction to one agent. ``ACCEPTED`` lasts until ``released_at`` is set."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RESCINDED = "rescinded"


class EndpointKind(StrEnum):
    """What rings for the agent."""

    WEBRTC = "webrtc"
    SIP = "sip"


class LegRole(StrEnum):
    """Whose end of the call a leg is."""

    CUSTOMER = "customer"
    AGENT = "agent"


class LegState(StrEnum):
    """A call leg as the PBX knows it."""

    RINGING = "ringing"
    UP = "up"
    ENDED = "ended"
    FAILED = "failed"


class LegEndReason(StrEnum):
    """Why a leg ended or never came up."""

    HANGUP = "hangup"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    CLAIM_LOST = "claim_lost"
    LOST = "lost"
    """The agent's phone vanished with the call up."""
    GONE = "gone"
    """It was no longer there when we looked again (restart, cut link)."""
