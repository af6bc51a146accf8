"""From the manager's frames to our own values. No AMI header is known beyond this file (and ``actions`` for
the other direction). Names and numbers of callers are text from anybody: cleaned and cut here, never refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

from core.address import clean_text
from core.agent import LegEndReason
from telephony.asterisk.called import (
    CustomerReached,
    CustomerRefused,
    CustomerRung,
    KeyPressed,
    LegReady,
    called_for,
)
from telephony.asterisk.link.frame import Frame

MAX_NUMBER = 64
LEG_PREFIX = "hotline-"
"""An agent's leg carries this and its reservation's id as its unique id, before it exists."""

_NORMAL_CLEARING = "16"
_NO_MEDIA = 44
_CAUSES = {
    17: LegEndReason.BUSY,
    18: LegEndReason.NO_ANSWER,
    19: LegEndReason.NO_ANSWER,
    21: LegEndReason.DECLINED,
    26: LegEndReason.CANCELLED,
}
_UNREACHABLE = frozenset({1, 2, 3, 20, 27, 28, 34, 38, 41, 42, 44, 58, 88, 102})


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """A channel of the PBX: its name says what to act on, its unique id what it is for ever."""

    name: str
    unique_id: str


@dataclass(frozen=True, slots=True)
class CallerArrived:
    """A caller stands in our menu context and waits for commands. ``offer`` counts from 1 for one stay."""

    channel: ChannelRef
    dialed: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class CallerAnnounced:
    """A call has just come in for a number of ours; it takes no orders before ``CallerArrived`` (1-2 ms later)."""

    channel: ChannelRef
    dialed: str
    number: str
    name: str


@dataclass(frozen=True, slots=True)
class CommandDone:
    """A menu command has ended. ``failed``: the caller hung up or the prompt is missing."""

    channel: ChannelRef
    command_id: str
    failed: bool


@dataclass(frozen=True, slots=True)
class MenuLeft:
    """The channel no longer takes menu commands; those without an answer get none any more."""

    channel: ChannelRef


@dataclass(frozen=True, slots=True)
class CallerWaiting:
    """The caller is on music."""

    channel: ChannelRef
    interaction_id: UUID


@dataclass(frozen=True, slots=True)
class CallerPlaced:
    """A caller whose number is marked as direct has come onto music by himself; he is not marked yet."""

    channel: ChannelRef


@dataclass(frozen=True, slots=True)
class CallerFreed:
    """The bridge around the caller has ended and he is still there; the PBX hangs up in a second."""

    channel: ChannelRef
    interaction_id: UUID


@dataclass(frozen=True, slots=True)
class LegCreated:
    """An agent's leg exists in the PBX (it may not ring yet)."""

    channel: ChannelRef
    reservation_id: UUID


@dataclass(frozen=True, slots=True)
class LegBridged:
    """An agent's leg has claimed its caller and both are in one bridge."""

    channel: ChannelRef
    reservation_id: UUID


@dataclass(frozen=True, slots=True)
class LegLeaves:
    """An agent's phone hangs up. The channel's end follows when the bridge is taken apart."""

    channel: ChannelRef
    reservation_id: UUID


@dataclass(frozen=True, slots=True)
class LegClaimLost:
    """The agent answered but the caller was taken or gone."""

    reservation_id: UUID


@dataclass(frozen=True, slots=True)
class LegRefused:
    """The originate failed; with no channel before, nothing more will come of this leg."""

    reservation_id: UUID


@dataclass(frozen=True, slots=True)
class ChannelEnded:
    """A channel is gone. ``reservation_id`` is set for agents' legs; ``reason`` reads the cause of a leg."""

    channel: ChannelRef
    reservation_id: UUID | None
    cause: int
    reason: LegEndReason


@dataclass(frozen=True, slots=True)
class ContactChanged:
    """A phone registered (``present``) or is gone, one contact of it."""

    endpoint: str
    contact: str
    present: bool


Happening = (
    CallerAnnounced
    | CallerArrived
    | CommandDone
    | MenuLeft
    | CallerWaiting
    | CallerPlaced
    | CallerFreed
    | KeyPressed
    | LegReady
    | CustomerRung
    | CustomerReached
    | CustomerRefused
    | LegCreated
    | LegBridged
    | LegLeaves
    | LegClaimLost
    | LegRefused
    | ChannelEnded
    | ContactChanged
)


def translate(frame: Frame) -> Happening | None:
    """What an event means to us; None when nothing."""
    read = _READERS.get(frame.name)
    return read(frame) if read else None


def leg_unique_id(reservation_id: UUID) -> str:
    """The unique id that an agent's leg gets."""
    return f"{LEG_PREFIX}{reservation_id}"


def leg_reservation(unique_id: str) -> UUID | None:
    """The reservation behind a leg's unique id; None for channels that are no agent's leg of ours."""
    if not unique_id.startswith(LEG_PREFIX):
        return None
    return uuid_of(unique_id.removeprefix(LEG_PREFIX).partition(";")[0])


def _arrived(frame: Frame) -> CallerArrived | None:
    environment = dict(line.split(": ", 1) for line in unquote(frame.get("Env")).split("\n") if ": " in line)
    channel = ChannelRef(
        frame.get("Channel") or environment.get("agi_channel", ""),
        frame.get("Uniqueid") or environment.get("agi_uniqueid", ""),
    )
    if not channel.name or not channel.unique_id or leg_reservation(channel.unique_id):
        return None
    dialed = environment.get("agi_arg_1", "") or environment.get("agi_dnid", "")
    return CallerArrived(
        channel, clean_text("" if dialed == "unknown" else dialed, MAX_NUMBER), caller_number(frame), caller_name(frame)
    )


def _command_done(frame: Frame) -> CommandDone:
    result = unquote(frame.get("Result"))
    failed = not result.startswith("200") or "result=-1" in result or "result=-2" in result
    return CommandDone(channel_ref(frame), frame.get("CommandId"), failed)


def _menu_left(frame: Frame) -> MenuLeft:
    return MenuLeft(channel_ref(frame))


def _user_event(frame: Frame) -> Happening | None:
    kind = frame.get("UserEvent")
    interaction = uuid_of(frame.get("InteractionId"))
    reservation = uuid_of(frame.get("ReservationId"))
    if kind == "HotlineWaiting":
        return CallerWaiting(channel_ref(frame), interaction) if interaction else CallerPlaced(channel_ref(frame))
    if kind == "HotlineAfterBridge" and interaction:
        return CallerFreed(channel_ref(frame), interaction)
    if kind == "HotlineAgentLost" and reservation:
        return LegClaimLost(reservation)
    if kind == "HotlineAgentReady" and reservation:
        return LegReady(channel_ref(frame), reservation)
    return CustomerReached(channel_ref(frame)) if kind == "HotlineCustomerReached" else None


def _key(frame: Frame) -> KeyPressed | None:
    key = frame.get("Digit")
    received = frame.get("Direction") == "Received" and len(key) == 1 and key in "0123456789*#"
    return KeyPressed(channel_ref(frame), key) if received else None


def _created(frame: Frame) -> LegCreated | CustomerRung | CallerAnnounced | None:
    reservation = leg_reservation(frame.get("Uniqueid"))
    if reservation:
        return LegCreated(channel_ref(frame), reservation)
    if called_for(frame.get("Uniqueid")):
        return CustomerRung(channel_ref(frame))
    incoming = frame.get("ChannelStateDesc") == "Ring" and frame.get("Context") == "hotline-inbound"
    dialed = clean_text(frame.get("Exten"), MAX_NUMBER)
    if not incoming or dialed in ("", "s"):
        return None
    return CallerAnnounced(channel_ref(frame), dialed, caller_number(frame), caller_name(frame))


def _bridged(frame: Frame) -> LegBridged | None:
    reservation = leg_reservation(frame.get("Uniqueid"))
    return LegBridged(channel_ref(frame), reservation) if reservation else None


def _leaves(frame: Frame) -> LegLeaves | None:
    reservation = leg_reservation(frame.get("Uniqueid"))
    hung_up = frame.get("Cause") == _NORMAL_CLEARING
    return LegLeaves(channel_ref(frame), reservation) if reservation and hung_up else None


def _originated(frame: Frame) -> LegRefused | CustomerRefused | None:
    if frame.get("Response").lower() != "failure":
        return None
    customer = called_for(frame.get("Uniqueid")) or called_for(frame.get("ActionID"))
    if customer:
        return CustomerRefused(customer)
    reservation = leg_reservation(frame.get("Uniqueid")) or leg_reservation(frame.get("ActionID"))
    return LegRefused(reservation) if reservation else None


def _ended(frame: Frame) -> ChannelEnded:
    text = frame.get("Cause")
    cause = int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else 0
    return ChannelEnded(channel_ref(frame), leg_reservation(frame.get("Uniqueid")), cause, unanswered_reason(cause))


def _contact(frame: Frame) -> ContactChanged | None:
    endpoint = frame.get("EndpointName") or frame.get("AOR")
    if not endpoint:
        return None
    present = frame.get("ContactStatus").lower() not in GONE_CONTACTS
    return ContactChanged(endpoint, frame.get("URI"), present)


GONE_CONTACTS = frozenset({"removed", "unreachable", "unavail", "unavailable"})
_READERS: dict[str, Callable[[Frame], Happening | None]] = {
    "AsyncAGIStart": _arrived,
    "AsyncAGIExec": _command_done,
    "AsyncAGIEnd": _menu_left,
    "UserEvent": _user_event,
    "Newchannel": _created,
    "BridgeEnter": _bridged,
    "OriginateResponse": _originated,
    "HangupRequest": _leaves,
    "Hangup": _ended,
    "DTMFEnd": _key,
    "ContactStatus": _contact,
}
WANTED = frozenset(_READERS)
"""The events that we read; the link drops all others before it parses them."""
MASK = "system,call,agi,user,dtmf"
"""The classes that hold them; Asterisk sends no others."""


def unanswered_reason(cause: int) -> LegEndReason:
    """Why a leg that was never up ended, by Asterisk's hangup cause (Q.850)."""
    if cause in _UNREACHABLE:
        return LegEndReason.UNREACHABLE
    return _CAUSES.get(cause, LegEndReason.CANCELLED if cause == 16 else LegEndReason.NO_ANSWER)


def lost_media(cause: int) -> bool:
    """True when the PBX hung up a leg since no media came any more."""
    return cause == _NO_MEDIA


def channel_ref(frame: Frame) -> ChannelRef:
    """The channel that a frame is about."""
    return ChannelRef(frame.get("Channel"), frame.get("Uniqueid"))


def caller_number(frame: Frame) -> str:
    """The caller's number as text; empty when the network gave none."""
    number = clean_text(frame.get("CallerIDNum"), MAX_NUMBER)
    return "" if number == "<unknown>" else number


def caller_name(frame: Frame) -> str:
    """The caller's name, cleaned and cut; empty when there is none."""
    name = clean_text(frame.get("CallerIDName"))
    return "" if name == "<unknown>" else name


def uuid_of(text: str) -> UUID | None:
    """The id, or None for any other text."""
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
