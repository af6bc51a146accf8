"""What mail servers report of our mails (RFC 3464), and those that say it in words only."""

from __future__ import annotations

import re
from email.message import EmailMessage, Message

from telephony.email.addresses import ids_in
from telephony.email.bodies import children
from telephony.email.mail import Report

_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_STATUSES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_COPIES = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})
_RANK = ("failed", "delayed", "relayed", "expanded", "delivered")
_LONGEST = 20_000


def read_report(mail: EmailMessage) -> Report | None:
    """The report that a mail is; None: it is none."""
    if mail.get_content_type() != "multipart/report":
        return _in_words(mail)
    fields = [group for part in children(mail) if part.get_content_type() in _STATUSES for group in children(part)]
    copies = [part for part in children(mail) if part.get_content_type() in _COPIES]
    if not fields:
        return None
    actions = [(str(each.get("action", "")).strip().lower(), str(each.get("status", ""))) for each in fields]
    told = [each for each in actions if each[0] in _RANK]
    action, status = min(told, key=lambda each: _RANK.index(each[0]), default=("failed", ""))
    return Report(action, _status(status), _ids(mail, copies))


def _in_words(mail: EmailMessage) -> Report | None:
    """Old servers write a letter: from nobody, naming whom they could not reach."""
    if mail.get("x-failed-recipients") is None:
        return None
    text = mail.as_string()[:_LONGEST]
    return Report("failed", _status(text), tuple(dict.fromkeys([*_ids(mail, []), *ids_in(text)])))


def _status(text: str) -> str:
    found = _STATUS.search(text[:_LONGEST])
    return found[1] if found else "5.0.0"


def _ids(mail: EmailMessage, copies: list[Message]) -> tuple[str, ...]:
    found: list[str] = []
    for copy in copies:
        for each in [*children(copy), copy]:
            found += ids_in(str(each.get("message-id", "")))
        payload = copy.get_payload()
        if isinstance(payload, str):
            found += [each for line in payload[:_LONGEST].splitlines() if line.lower().startswith("message-id:")
                      for each in ids_in(line)]  # fmt: skip
    found += ids_in(str(mail.get("in-reply-to", ""))) + ids_in(str(mail.get("references", "")))
    return tuple(dict.fromkeys(found))
