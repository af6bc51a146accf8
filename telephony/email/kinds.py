"""Who is behind a mail: a person, a robot, a mail server that reports, or ourselves. Pure."""

from __future__ import annotations

from enum import StrEnum

from telephony.email.addresses import is_ours, messages_of_ours
from telephony.email.mail import Mail

MANY_AN_HOUR = 30
"""Mails of one sender in an hour, from which on nobody is asked to answer more of them."""
TOO_MANY_AN_HOUR = 200
_BULK = frozenset({"bulk", "junk", "list", "auto_reply"})
_SERVERS = ("mailer-daemon@", "postmaster@")


class Kind(StrEnum):
    """What is done with it."""

    PERSON = "person"
    ROBOT = "robot"
    """Kept, and nobody is asked to answer."""
    REPORT = "report"
    """About a mail of ours: told on that."""
    LOOP = "loop"
    """Our own mail came back: not kept."""


def kind_of(mail: Mail, our_address: str) -> Kind:
    """Whose it is by its headers."""
    if mail.report is not None:
        return Kind.REPORT
    if is_ours(mail.sender, our_address) or messages_of_ours([mail.message_id], our_address):
        return Kind.LOOP
    return Kind.ROBOT if _is_robot(mail) else Kind.PERSON


def _is_robot(mail: Mail) -> bool:
    marks = mail.marks
    submitted = marks.get("auto-submitted", "no").partition(";")[0].strip().lower()
    return (
        submitted not in ("", "no")
        or marks.get("precedence", "").lower() in _BULK
        or any(name in marks for name in ("x-autoreply", "x-autorespond", "list-id", "list-unsubscribe", "feedback-id"))
        or marks.get("return-path", "-").replace(" ", "") == "<>"
        or mail.sender.startswith(_SERVERS)
    )
