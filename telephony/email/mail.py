"""A mail as it was read: what an agent shall see of it, and what tells its thread and its kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from telephony.messages.incoming import IncomingFile


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail server says of mails of ours. ``status``: as RFC 3463 has it, like ``5.1.1``."""

    action: str
    status: str
    ids: tuple[str, ...]
    """Message-IDs that it may be about."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail. ``message_id`` (``<…>``) is the sender's own or, where there is none, made of the mail's bytes."""

    message_id: str
    ancestors: tuple[str, ...] = ()
    """Ids of the mails that it follows, the nearest first."""
    root: str = ""
    """The id of the thread's first mail, as far as this one knows."""
    sender: str = ""
    sender_name: str = ""
    reply_to: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    files: tuple[IncomingFile, ...] = ()
    marks: Mapping[str, str] = field(default_factory=dict)
    """Headers that tell robots from people, by name in lower case."""
    report: Report | None = None
    fault: str | None = None
    """A code when not all of it could be read: ``mail.too_large``, ``mail.unreadable``."""
