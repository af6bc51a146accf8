"""Phones as the PBX sees them: agents' browser and desk phones, and the demo customer's browser phone."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from core.errors import Refusal
from telephony.asterisk.pbx.sections import Lines, checked_name, section

AGENTS_FILE = "pjsip_agents.conf"
_SECRET = re.compile(r"[A-Za-z0-9_-]{8,128}")
_CONTACT = re.compile(r"sips?:([A-Za-z0-9_.+-]+@)?[A-Za-z0-9.\[\]:-]+(;transport=(udp|tcp|tls|ws))?")


@dataclass(frozen=True)
class AgentPhone:
    """One agent's phone, as it stands in `agent_endpoints`.

    kind `webrtc` is the softphone of the console, `sip` a desk phone. A phone with a `contact` (a SIP URI) is
    rung there without registering; without one it registers with `secret`.
    """

    name: str
    kind: Literal["webrtc", "sip"]
    secret: str = ""
    contact: str = ""


@dataclass(frozen=True)
class CustomerPhone:
    """The browser phone of the demo page. It may say any caller number (P-Asserted-Identity): demo only."""

    name: str
    secret: str
    webrtc: bool = True


@dataclass(frozen=True)
class Media:
    """Where media flows: `address` None leaves the choice to Asterisk (all interfaces)."""

    address: str | None = "127.0.0.1"


def render_phones(phones: Iterable[AgentPhone], media: Media = Media()) -> str:
    """The pjsip text of agents' phones. Raises Refusal for a name, secret or contact that cannot be safe."""
    return "\n".join(_agent(phone, media) for phone in phones)


def write_agents_file(path: Path, phones: Iterable[AgentPhone], media: Media = Media()) -> bool:
    """Replace the included file in one step; True when its text changed and the PBX has to reload it."""
    text = render_phones(phones, media)
    if path.exists() and path.read_text() == text:
        return False
    fresh = path.with_name(path.name + ".new")
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.replace(path)
    return True


def render_customer(phone: CustomerPhone, media: Media) -> str:
    """The pjsip text of the demo customer's phone; its calls enter as a trunk's do."""
    endpoint: Lines = [
        ("type", "endpoint"),
        ("context", "hotline-inbound"),
        *_common(phone.name, media),
        *(_WEBRTC if phone.webrtc else _SIP),
        ("trust_id_inbound", True),
        ("auth", phone.name),
    ]
    return _with_auth_and_address(phone.name, phone.secret, endpoint, contact="", registrations=50)


_WEBRTC: list[tuple[str, object]] = [
    ("webrtc", True),
    ("dtls_auto_generate_cert", True),
    ("disallow", "all"),
    ("allow", "opus,ulaw"),
    ("rtp_timeout", 5),
    ("rtp_timeout_hold", 300),
]
_SIP: list[tuple[str, object]] = [
    ("disallow", "all"),
    ("allow", "ulaw,alaw,g722"),
    ("rtp_symmetric", True),
    ("force_rport", True),
]


def _common(name: str, media: Media) -> list[tuple[str, object]]:
    return [
        ("aors", name),
        ("direct_media", False),
        ("allow_transfer", False),  # a phone's REFER would move the other end through the dialplan behind our back
        ("dtmf_mode", "auto_info"),
        ("device_state_busy_at", 1),
        ("media_address", media.address),
        ("bind_rtp_to_media_address", True if media.address else None),
    ]


def _agent(phone: AgentPhone, media: Media) -> str:
    endpoint: list[tuple[str, object]] = [
        ("type", "endpoint"),
        ("context", "hotline-no-dial"),
        *_common(phone.name, media),
        *(_WEBRTC if phone.kind == "webrtc" else _SIP),
        ("auth", phone.name if phone.secret else None),
        ("rewrite_contact", True if phone.kind == "sip" and not phone.contact else None),
    ]
    return _with_auth_and_address(phone.name, phone.secret, endpoint, phone.contact, registrations=1)


def _with_auth_and_address(name: str, secret: str, endpoint: Lines, contact: str, registrations: int) -> str:
    if not secret and not contact:
        raise Refusal("pbx.no_way_in", f"phone {name[:80]!r} has neither a secret nor a contact")
    parts = [section(name, endpoint)]
    if secret:
        parts.append(section(name, _auth(name, secret)))
    parts.append(section(name, address(contact, registrations)))
    return "".join(parts)


def _auth(name: str, secret: str) -> Lines:
    if not _SECRET.fullmatch(secret):
        raise Refusal("pbx.bad_secret", "a phone's secret is 8 to 128 letters, digits, - and _")
    return [("type", "auth"), ("auth_type", "userpass"), ("username", checked_name(name)), ("password", secret)]


def address(contact: str, registrations: int = 1) -> Lines:
    """Where a phone or a trunk is rung. Raises Refusal for a contact that cannot be safe."""
    if contact and not _CONTACT.fullmatch(contact):
        raise Refusal("pbx.bad_contact", f"not a SIP address: {contact[:80]!r}")
    if contact:
        return [("type", "aor"), ("contact", contact)]
    return [("type", "aor"), ("max_contacts", registrations), ("remove_existing", True)]
