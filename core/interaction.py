"""The work item: its states, the moves between them, and why it ended. Pure."""

from __future__ import annotations

from enum import StrEnum

CUSTOMER_RINGS_SECONDS = 30
"""How long a customer's phone rings when we call him."""


class InteractionState(StrEnum):
    """Where a piece of work stands."""

    NEW = "new"
    IN_MENU = "in_menu"
    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    HELD = "held"
    WRAPPING = "wrapping"
    CLOSED = "closed"

    @classmethod
    def live(cls) -> frozenset[InteractionState]:
        """States in which the customer is still with us."""
        return frozenset({cls.NEW, cls.IN_MENU, cls.QUEUED, cls.OFFERED, cls.ACTIVE, cls.HELD})

    @classmethod
    def waiting(cls) -> frozenset[InteractionState]:
        """States in which the customer waits for an agent."""
        return frozenset({cls.QUEUED, cls.OFFERED})

    @classmethod
    def served(cls) -> frozenset[InteractionState]:
        """States in which an agent is at work on it."""
        return frozenset({cls.ACTIVE, cls.HELD, cls.WRAPPING})


class EndReason(StrEnum):
    """Why the customer is no longer with us."""

    COMPLETED = "completed"
    ABANDONED_IN_MENU = "abandoned_in_menu"
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    ABANDONED_RINGING = "abandoned_ringing"
    MENU_ENDED = "menu_ended"
    QUEUE_CLOSED = "queue_closed"
    """Turned away: the queue keeps opening hours."""
    QUEUE_FULL = "queue_full"
    """Turned away: too many wait, or for too long."""
    LOST = "lost"
    """The connection vanished while nobody of ours was looking (a restart of the PBX, say)."""
    FAILED = "failed"
    NOT_REACHED = "not_reached"
    """We called as often as was to be tried, and nobody answered."""
    CANCELLED = "cancelled"
    """Work that was to be done (a callback, a follow-up) was taken back."""


class Kind(StrEnum):
    """What is asked of the agent."""

    LIVE = "live"
    """Somebody waits: a call, a chat, a message."""
    CALLBACK = "callback"
    """Somebody waits to be called: keeps the place of the call that he gave up, with equal right."""
    FOLLOW_UP = "follow_up"
    """Nobody waits: work that is due. Never capped, and less urgent than a person."""


class Channel(StrEnum):
    """How the customer reaches us."""

    VOICE = "voice"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    CHAT = "chat"
    EMAIL = "email"


class QueuedCause(StrEnum):
    """Why an interaction entered its queue (again)."""

    ARRIVED = "arrived"
    EXPIRED = "expired"
    REJECTED = "rejected"
    FAILED = "failed"
    AGENT_LOST = "agent_lost"
    RESCINDED = "rescinded"
    NOT_REACHED = "not_reached"
    """A customer whom we called did not answer; he is called again later."""
    REDIRECTED = "redirected"
    """Its queue has closed and sends it to another one."""
    HANDED_OVER = "handed_over"
    """Its agent, or a supervisor, gave it away."""


_S = InteractionState
MOVES: dict[InteractionState, frozenset[InteractionState]] = {
    _S.NEW: frozenset({_S.IN_MENU, _S.QUEUED, _S.CLOSED}),
    _S.IN_MENU: frozenset({_S.QUEUED, _S.CLOSED}),
    _S.QUEUED: frozenset({_S.OFFERED, _S.ACTIVE, _S.CLOSED}),  # active: an answer that overtook its expiry
    _S.OFFERED: frozenset({_S.QUEUED, _S.ACTIVE, _S.CLOSED}),
    _S.ACTIVE: frozenset({_S.HELD, _S.QUEUED, _S.WRAPPING, _S.CLOSED}),
    _S.HELD: frozenset({_S.ACTIVE, _S.QUEUED, _S.WRAPPING, _S.CLOSED}),
    _S.WRAPPING: frozenset({_S.CLOSED}),
    _S.CLOSED: frozenset(),
}
"""From each state, the states that may follow; anything else is refused."""


def sources_of(target: InteractionState) -> frozenset[InteractionState]:
    """The states from which ``target`` may be entered."""
    return frozenset(state for state, targets in MOVES.items() if target in targets)
