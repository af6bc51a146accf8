"""From the manager's lists to our own values: one channel of a snapshot, one contact of a phone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.address import clean_text
from telephony.asterisk.called import called_for
from telephony.asterisk.link.frame import Frame
from telephony.asterisk.translation import (
    GONE_CONTACTS,
    MAX_NUMBER,
    ChannelRef,
    ContactChanged,
    caller_name,
    caller_number,
    channel_ref,
    leg_reservation,
    uuid_of,
)


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """One channel of a snapshot. ``in_menu`` and ``waiting`` say where it stands, ``bridge`` with whom.

    ``asked`` is the note of an open question in the menu, ``heard`` that its command has ended.
    """

    channel: ChannelRef
    reservation_id: UUID | None
    interaction_id: UUID | None
    agent_id: UUID | None
    dialed: str
    number: str
    name: str
    queue: str
    up: bool
    in_menu: bool
    waiting: bool
    on_music: bool
    bridge: str
    leaving: bool = False
    """He is told why he was turned away."""
    asked: str = ""
    heard: bool = False
    called_for: UUID | None = None
    """For a customer whom we called: the reservation of the agent who waits for him."""
    ready: bool = False
    """For an agent's leg: he has picked up and waits for the customer."""


def seen(frame: Frame) -> ChannelSeen | None:
    """One row of a ``Status`` list; None for channels that are not ours."""
    variables = _variables(frame)
    context, application = frame.get("Context"), frame.get("Application")
    reservation = leg_reservation(frame.get("Uniqueid"))
    interaction = uuid_of(variables.get("HOTLINE_ID", ""))
    in_menu = application == "AGI" and frame.get("Data").startswith("agi:async")
    if reservation is None and interaction is None and not context.startswith("hotline-"):
        return None
    return ChannelSeen(
        channel=channel_ref(frame),
        reservation_id=reservation,
        interaction_id=interaction,
        agent_id=uuid_of(variables.get("HOTLINE_AGENT", "")),
        dialed=clean_text(variables.get("HOTLINE_DIALED", "") or frame.get("DNID"), MAX_NUMBER),
        number=caller_number(frame),
        name=caller_name(frame),
        queue=clean_text(variables.get("HOTLINE_QUEUE", ""), MAX_NUMBER),
        up=frame.get("ChannelStateDesc") == "Up",
        in_menu=in_menu or context in ("hotline-inbound", "hotline-menu"),
        waiting=context in ("hotline-wait", "hotline-hold", "hotline-offer"),
        on_music=application == "MusicOnHold",
        bridge=frame.get("BridgeID"),
        leaving=context == "hotline-goodbye",
        asked=variables.get("HOTLINE_ASKED", ""),
        heard=_has_read(variables.get("READSTATUS", ""), application),
        called_for=called_for(frame.get("Uniqueid")),
        ready=context == "hotline-callback" and frame.get("ChannelStateDesc") == "Up",
    )


def _has_read(status: str, application: str) -> bool:
    """Whether a question's command has ended: ``Read`` says ERROR from its start on, and the truth at its end."""
    return bool(status) and not (status == "ERROR" and application == "Read")


def contact_seen(frame: Frame) -> ContactChanged | None:
    """One row of a ``PJSIPShowContacts`` list."""
    endpoint = frame.get("Endpoint") or frame.get("ObjectName").partition(";")[0].partition("/")[0]
    if not endpoint:
        return None
    present = frame.get("Status").lower() not in GONE_CONTACTS
    return ContactChanged(endpoint, frame.get("Uri"), present)


def _variables(frame: Frame) -> dict[str, str]:
    pairs = (text.partition("=") for text in frame.all("Variable"))
    return {name: value for name, _, value in pairs if value != "(null)"}
