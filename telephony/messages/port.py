"""Whoever carries a message of ours to the customer: one adapter a provider; the twin is in ``console``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from core.message import MessageState
from telephony.messages.accounts import Account


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """Something attached, whole."""

    id: UUID
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message that is due. ``message_id`` serves the provider as idempotency key where it knows such a thing."""

    message_id: UUID
    conversation_id: UUID
    to: str
    key: str
    subject: str
    body: str
    at: datetime
    last_inbound_at: datetime | None = None
    files: Sequence[OutgoingFile] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    is_automatic: bool = False
    """Nobody wrote it: a notice or an automatic answer."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it. ``state``: sent, or further when that is known at once."""

    external_id: str | None
    state: MessageState = MessageState.SENT


class RefusedForGood(Exception):
    """The provider will never take this message; ``code`` says why (``provider.code``)."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class NotNow(Exception):
    """The provider did not take it now: the network, a limit; try again ``after_seconds`` from now, or by the usual
    growing pauses."""

    def __init__(self, code: str, after_seconds: float | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.after_seconds = after_seconds


class Provider(Protocol):
    """Carries messages of one provider's accounts."""

    async def send(self, account: Account, outgoing: Outgoing) -> Sent:
        """Hand one message over. Raises ``RefusedForGood`` or ``NotNow``."""
