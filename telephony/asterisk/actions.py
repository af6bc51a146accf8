"""From our intentions to the manager's actions. Pure; the other half of ``translation``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from core.address import clean_text
from telephony.asterisk.called import called_unique_id
from telephony.asterisk.link import Action, variable
from telephony.asterisk.translation import leg_unique_id

MAX_CALLER_NAME = 60
_CONTEXT_WAIT = "hotline-wait"
_CONTEXT_AGENT = "hotline-agent"
_CONTEXT_FIRST = "hotline-callback"
_CONTEXT_CALLED = "hotline-called"
_CONTEXT_OFFER = "hotline-offer"
_CONTEXT_KEPT = "hotline-kept"
_CONTEXT_GOODBYE = "hotline-goodbye"
_CONTEXT_MENU = "hotline-menu"
_UNSAFE_NAME = re.compile(r'["\\<>,;|&$`{}()\[\]]')
_NUMBER = re.compile(r"[^0-9A-Za-z+*#._-]")
_NO_TOKEN = re.compile(r"[^0-9A-Za-z]")
_SOUND = re.compile(r"[A-Za-z0-9/_-]{1,120}\Z")
_DIAL = re.compile(r"[A-Za-z0-9]{2,16}/[A-Za-z0-9+*#@:._;=/-]{1,160}\Z")
_ENDPOINT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
DIGITS = "HOTLINE_KEY"
"""The channel variable into which a question's answer is read."""

ASKED = "HOTLINE_ASKED"
"""The channel variable that says which question is open, for whoever takes the menu up after us."""
SAY = "HOTLINE_SAY"
"""The channel variable that holds what the dialplan is to play."""
READ_STATUS = "READSTATUS"
"""Set by ``Read``; emptied before it starts."""

SNAPSHOT_VARIABLES = (
    "HOTLINE_ID,HOTLINE_RESERVATION,HOTLINE_AGENT,HOTLINE_DIALED,HOTLINE_QUEUE,HOTLINE_ASKED,READSTATUS"
)
SNAPSHOT = Action("Status", (("Variables", SNAPSHOT_VARIABLES),))
CONTACTS = Action("PJSIPShowContacts")
RELOAD_PHONES = Action("Reload", (("Module", "res_pjsip.so"),))


@dataclass(frozen=True, slots=True)
class Ring:
    """An agent's phone to be rung for a caller, or ``first``, before the customer is called. ``seconds``: how long."""

    reservation_id: UUID
    interaction_id: UUID
    agent_id: UUID
    endpoint: str
    caller_channel: str
    caller_number: str
    caller_name: str
    seconds: int
    first: bool = False


@dataclass(frozen=True, slots=True)
class CallOut:
    """A customer to be called by ``dial`` (``PJSIP/…``), for the agent who waits. ``shown``: the number he sees."""

    reservation_id: UUID
    interaction_id: UUID
    dial: str
    shown: str
    seconds: int


def ring(order: Ring) -> Action:
    """Originate the agent's leg. Raises AmiInvalidAction for an endpoint or channel that cannot be safe."""
    leg = leg_unique_id(order.reservation_id)
    endpoint = order.endpoint if _ENDPOINT.match(order.endpoint) else "\n"
    fields = (
        ("Channel", f"PJSIP/{endpoint}"),
        ("Context", _CONTEXT_FIRST if order.first else _CONTEXT_AGENT),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Timeout", str(max(order.seconds, 1) * 1000)),
        ("Async", "true"),
        ("ChannelId", leg),
        ("CallerID", caller_id(order.caller_name, order.caller_number)),
        variable("HOTLINE_ID", str(order.interaction_id)),
        variable("HOTLINE_RESERVATION", str(order.reservation_id)),
        variable("HOTLINE_AGENT", str(order.agent_id)),
        variable("HOTLINE_CALLER", order.caller_channel),
    )
    return Action("Originate", fields)


def call_out(order: CallOut) -> Action:
    """Originate the customer's leg. Raises AmiInvalidAction for an address that cannot be safe."""
    fields = (
        ("Channel", order.dial if _DIAL.match(order.dial) else "\n"),
        ("Context", _CONTEXT_CALLED),
        ("Exten", "s"),
        ("Priority", "1"),
        ("Timeout", str(max(order.seconds, 1) * 1000)),
        ("Async", "true"),
        ("ChannelId", called_unique_id(order.reservation_id)),
        ("CallerID", caller_id("", order.shown)),
        variable("HOTLINE_ID", str(order.interaction_id)),
        variable("HOTLINE_FOR", str(order.reservation_id)),
    )
    return Action("Originate", fields)


def offer_callback(channel: str, language: str) -> Action:
    """Tell a waiting caller that he may be called instead; then his music goes on."""
    return _redirect(channel, _CONTEXT_OFFER, language)


def say_kept(channel: str, language: str) -> Action:
    """Tell a caller that he keeps his place and will be called, and hang up."""
    return _redirect(channel, _CONTEXT_KEPT, language)


def _redirect(channel: str, context: str, extension: str) -> Action:
    fields = (("Channel", channel), ("Context", context), ("Exten", extension), ("Priority", "1"))
    return Action("Redirect", fields)


def caller_id(name: str, number: str) -> str:
    """What the agent's phone shows: a name that cannot leave its quotes and a number of plain characters."""
    shown = " ".join(_UNSAFE_NAME.sub(" ", clean_text(name)).split())[:MAX_CALLER_NAME]
    digits = _NUMBER.sub("", number)[:40]
    return f'"{shown}" <{digits or "anonymous"}>'


def hang_up(channel: str, cause: int = 16) -> Action:
    """End a channel, given by name or unique id."""
    return Action("Hangup", (("Channel", channel), ("Cause", str(cause))))


def mark(channel: str, name: str, value: str) -> Action:
    """Set a channel variable. Raises AmiInvalidAction for a value that is no plain token."""
    variable(name, value)
    return Action("Setvar", (("Channel", channel), ("Variable", name), ("Value", value)))


def mark_direct(number: str, direct: bool) -> Action:
    """Say in the PBX whether a number's callers go on music without asking us. Raises AmiInvalidAction as ``mark``."""
    name = f"HOTLINE_DIRECT_{_NO_TOKEN.sub('', number)}"
    variable(name, "1")
    return Action("Setvar", (("Variable", name), ("Value", "1" if direct else "")))


def put_on_music(channel: str) -> Action:
    """Send a caller to the waiting context, from wherever he is."""
    return _redirect(channel, _CONTEXT_WAIT, "s")


def fetch_back(channel: str) -> Action:
    """Take a caller from the music to where he hears questions."""
    return _redirect(channel, _CONTEXT_MENU, "s")


def say_later(channel: str, sounds: tuple[str, ...]) -> Action:
    """Lay out what ``announce`` or ``say_goodbye`` will play."""
    return Action("Setvar", (("Channel", channel), ("Variable", SAY), ("Value", _joined(sounds))))


def announce(channel: str) -> Action:
    """Play to a caller on music what was laid out; the music goes on after it, or the talk if an agent comes first."""
    return _redirect(channel, _CONTEXT_WAIT, "say")


def say_goodbye(channel: str) -> Action:
    """Play what was laid out, from wherever the caller is, and hang up."""
    return _redirect(channel, _CONTEXT_GOODBYE, "s")


def ask_for_key(channel: str, command_id: str, sounds: tuple[str, ...], wait_seconds: int) -> Action:
    """Play sounds and read one key, in one command. The key is then in the variable ``DIGITS``.

    ``Read`` answers the call when nobody did, stops the sounds at a key and returns at once.
    """
    return _command(channel, command_id, f"EXEC Read {DIGITS},{_joined(sounds)},1,,1,{wait_seconds}")


def play(channel: str, command_id: str, sounds: tuple[str, ...]) -> Action:
    """Play sounds one after the other, in one command."""
    return _command(channel, command_id, f"EXEC Playback {_joined(sounds)}")


def read_key(channel: str) -> Action:
    """Ask for the key that the last question read."""
    return Action("Getvar", (("Channel", channel), ("Variable", DIGITS)))


def _command(channel: str, command_id: str, command: str) -> Action:
    return Action("AGI", (("Channel", channel), ("Command", command), ("CommandID", command_id)))


def _joined(sounds: tuple[str, ...]) -> str:
    return "&".join(sound for sound in sounds if _SOUND.match(sound))
