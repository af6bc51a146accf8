"""A message of a conversation: which way it goes, who wrote it, how far it has got. Pure."""

from __future__ import annotations

from enum import StrEnum

from core.interaction import Channel

MESSAGING = frozenset({Channel.SMS, Channel.WHATSAPP, Channel.CHAT, Channel.EMAIL})
"""Channels on which an agent can serve several at once."""
LONGEST_BODY = 32_000
"""Characters of text that are kept of one message."""


class Direction(StrEnum):
    """Seen from us."""

    IN = "in"
    OUT = "out"


class Author(StrEnum):
    """Who wrote it."""

    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"
    """An automatic answer or a notice of ours."""


class MessageState(StrEnum):
    """How far it has got."""

    RECEIVED = "received"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


_S = MessageState
_ORDER = (_S.QUEUED, _S.SENDING, _S.SENT, _S.DELIVERED, _S.READ)
_ARRIVED = frozenset({_S.DELIVERED, _S.READ})
MOVES: dict[MessageState, frozenset[MessageState]] = {
    _S.RECEIVED: frozenset(),
    _S.FAILED: frozenset({_S.QUEUED}),
    **{
        state: frozenset(_ORDER[place + 1 :]) | (frozenset() if state in _ARRIVED else frozenset({_S.FAILED}))
        for place, state in enumerate(_ORDER)
    },
}
"""Only forwards, whatever order the reports come in; what failed may be tried again. ``sending`` that came to nothing
is queued again by whoever sends, who holds the lease."""


def sources_of(target: MessageState) -> frozenset[MessageState]:
    """The states from which ``target`` may be entered."""
    return frozenset(state for state, targets in MOVES.items() if target in targets)
