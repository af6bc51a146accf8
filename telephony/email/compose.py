"""A message of ours as a mail. Everything in it may come from outside: names, subjects, ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address as MailAddress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from core.address import clean_text
from telephony.email.addresses import ids_in, our_id, tagged
from telephony.email.settings import MailSettings
from telephony.email.subject import bare_subject
from telephony.messages.accounts import Account
from telephony.messages.port import Outgoing, OutgoingFile

_KIND = re.compile(r"(application|audio|image|text|video)/([a-z0-9][a-z0-9.+-]{0,80})")
_MOST_REFERENCES = 20
_POLICY = SMTP.clone(max_line_length=78)


@dataclass(frozen=True, slots=True)
class Before:
    """What the thread holds already. ``ids``: all its Message-IDs, oldest first; ``last``: that of his newest mail."""

    ids: Sequence[str] = ()
    last: str | None = None
    is_robot: bool = False
    """Whether his newest mail was a robot's."""


def compose(account: Account, settings: MailSettings, outgoing: Outgoing, before: Before) -> EmailMessage:
    """The mail, the same at every try. Raises ``ValueError`` for a recipient that is no address."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _address(account.address, settings.from_name or account.name)
    mail["To"] = _address(outgoing.to)
    mail["Subject"] = _subject(outgoing, before)
    mail["Date"] = format_datetime(outgoing.at)
    mail["Message-ID"] = our_id(outgoing.message_id, account.address)
    if settings.tags:
        mail["Reply-To"] = _address(tagged(account.address, outgoing.conversation_id), settings.from_name)
    _refer(mail, before)
    if outgoing.is_automatic:
        mail["Auto-Submitted"] = "auto-replied" if before.ids else "auto-generated"
        mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(outgoing.body + "\n", charset="utf-8")
    for file in outgoing.files:
        _attach(mail, file)
    return mail


def _address(address: str, name: str = "") -> MailAddress:
    local, at, domain = address.rpartition("@")
    if not at or not local or not domain or clean_text(address, 260) != address:
        raise ValueError("no address of e-mail")
    return MailAddress(clean_text(name), local, domain)


def _subject(outgoing: Outgoing, before: Before) -> str:
    given = bare_subject(str(outgoing.details.get("subject") or outgoing.subject))
    return f"Re: {given}".strip() if before.ids else given or "-"


def _refer(mail: EmailMessage, before: Before) -> None:
    known = [each for text in before.ids for each in ids_in(text) if not each.endswith("@no-message-id>")]
    if before.last in known:
        mail["In-Reply-To"] = before.last
    if known:
        kept = known if len(known) <= _MOST_REFERENCES else [known[0], *known[1 - _MOST_REFERENCES :]]
        mail["References"] = " ".join(kept)


def _attach(mail: EmailMessage, file: OutgoingFile) -> None:
    kind = _KIND.fullmatch(file.content_type.lower())
    main, sub = (kind[1], kind[2]) if kind else ("application", "octet-stream")
    mail.add_attachment(file.content, maintype=main, subtype=sub, filename=clean_text(file.name, 120) or "file")
