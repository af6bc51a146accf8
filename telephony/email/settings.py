"""A mailbox's servers, as its account's settings name them. Passwords stand in the environment, never in the table."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from core.errors import Refusal
from telephony.messages.accounts import Account

SECRET_PREFIX = "HOTLINE_SECRET_"  # noqa: S105 (a name)
_SECRET_NAME = re.compile(r"[A-Z0-9_]{1,60}")


class Security(StrEnum):
    """How a connection is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"
    """Only for a server on the same machine."""


_PORTS = {
    "imap": {Security.TLS: 993, Security.STARTTLS: 143, Security.NONE: 143},
    "smtp": {Security.TLS: 465, Security.STARTTLS: 587, Security.NONE: 25},
}


@dataclass(frozen=True, slots=True)
class Server:
    """Where to sign in. Without ``user`` nobody signs in."""

    host: str
    port: int
    security: Security
    user: str
    secret_name: str
    ca_file: str | None = None
    """Certificates that are trusted besides the machine's own."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """What an account of provider ``mail`` has in ``settings``; ``imap`` or ``smtp`` None: that way is not used."""

    imap: Server | None
    smtp: Server | None
    folder: str
    from_name: str
    forms: frozenset[str]
    """Senders (contact forms) whose Reply-To is the customer."""
    tags: bool
    """Whether ``box+tag@domain`` reaches us, so that answers may carry a tag of the thread."""

    @classmethod
    def of(cls, account: Account) -> MailSettings:
        """Read them. Refusal: ``mail.bad_settings``."""
        given = account.settings
        forms = given.get("forms", [])
        return cls(
            _server("imap", given), _server("smtp", given), str(_section("imap", given).get("folder", "INBOX")),
            str(given.get("from_name", "")), frozenset(str(form).lower() for form in forms if isinstance(form, str)),
            given.get("tags") is True,
        )  # fmt: skip


def password(server: Server, environment: Mapping[str, str] = os.environ) -> str:
    """The secret of a server, from ``HOTLINE_SECRET_<secret_name>``. Refusal: ``mail.no_secret``."""
    found = environment.get(SECRET_PREFIX + server.secret_name, "")
    if not found:
        raise Refusal("mail.no_secret", f"{SECRET_PREFIX}{server.secret_name} is not set.")
    return found


def _section(kind: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
    section = given.get(kind)
    return section if isinstance(section, Mapping) else {}


def _server(kind: str, given: Mapping[str, Any]) -> Server | None:
    section = _section(kind, given)
    if not section:
        return None
    try:
        security = Security(section.get("security", Security.TLS))
        port = int(section.get("port", _PORTS[kind][security]))
    except (TypeError, ValueError) as error:
        raise Refusal("mail.bad_settings", f"{kind}: security or port cannot be read.") from error
    host, secret = str(section.get("host", "")), str(section.get("secret_name") or given.get("secret_name") or "MAIL")
    if not host or not 0 < port < 65536 or not _SECRET_NAME.fullmatch(secret):
        raise Refusal("mail.bad_settings", f"{kind}: host, port or secret_name is no such thing.")
    ca_file = section.get("ca_file")
    return Server(host, port, security, str(section.get("user", "")), secret, str(ca_file) if ca_file else None)
