"""The rows that routing holds in memory: live interactions, live reservations, agents, queues."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from core.agent import Presence, ReservationState, WorkState
from core.interaction import Channel, EndReason, InteractionState
from routing.engine.values import FreeAgent, WaitingItem, member_of

Skills = frozenset[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class QueueRules:
    """What a queue prescribes. ``priority`` is a head start in seconds."""

    id: UUID
    skills: Skills = frozenset()
    priority: int = 0
    ring_seconds: int = 20
    wrap_up_seconds: int = 30


@dataclass(frozen=True, slots=True)
class Item:
    """An interaction from the queue to its close. ``priority`` is a head start in seconds."""

    id: UUID
    channel: Channel
    state: InteractionState
    version: int
    customer_id: UUID
    queue_id: UUID
    queued_at: datetime
    priority: int = 0
    priority_boost: int = 0
    skills: Skills = frozenset()
    excluded: frozenset[UUID] = frozenset()
    """Agents who declined it lately."""
    excluded_until: datetime | None = None
    """When they may be asked again."""
    agent_id: UUID | None = None
    reservation_id: UUID | None = None
    end_reason: EndReason | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    wrap_up_until: datetime | None = None
    closed_at: datetime | None = None

    def waiting(self, queue: QueueRules) -> WaitingItem:
        """The item as the engine sees it: what the queue asks for and what the item asks for itself."""
        needed = dict(queue.skills)
        for code, level in self.skills:
            needed[code] = max(level, needed.get(code, 0))
        return WaitingItem(
            id=self.id,
            channel=self.channel.value,
            queue_id=self.queue_id,
            queued_at=self.queued_at.timestamp(),
            skills=frozenset(needed.items()),
            head_start=float(self.priority + queue.priority),
            boost=self.priority_boost,
            excluded=self.excluded,
        )


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent: what was chosen, what follows from work, whether the phone can be rung, and what they can do."""

    id: UUID
    presence: Presence
    presence_reason: str | None
    presence_since: datetime
    work_state: WorkState
    work_since: datetime
    idle_since: datetime
    version: int
    interaction_id: UUID | None = None
    wrap_up_until: datetime | None = None
    reachable: bool = False
    active: bool = True
    set_aside_until: datetime | None = None
    """Not offered anything until then, since the phone refused (kept in memory only)."""
    channels: frozenset[str] = frozenset()
    queues: frozenset[UUID] = frozenset()
    skills: Skills = frozenset()

    @property
    def is_free(self) -> bool:
        """Whether something can be offered to the agent now."""
        return (
            self.presence is Presence.AVAILABLE
            and self.work_state is WorkState.IDLE
            and self.reachable
            and self.active
            and self.set_aside_until is None
        )

    @property
    def is_on_duty(self) -> bool:
        """Whether something may be offered to the agent soon, if not now."""
        return self.presence is Presence.AVAILABLE and self.reachable and self.active

    def free(self) -> FreeAgent:
        """The agent as the engine sees it."""
        return FreeAgent(self.id, self.idle_since.timestamp(), self.channels, member_of(self.queues), self.skills)

    def with_presence(self, presence: Presence, reason: str | None, since: datetime) -> Agent:
        """The agent after a change of presence. Who becomes available has been idle since then, not longer."""
        came_back = presence is Presence.AVAILABLE and self.presence is not Presence.AVAILABLE
        idle_since = since if came_back and self.work_state is WorkState.IDLE else self.idle_since
        return replace(self, presence=presence, presence_reason=reason, presence_since=since, idle_since=idle_since)


@dataclass(frozen=True, slots=True)
class Reservation:
    """A live offer: pending, or accepted and not yet released."""

    id: UUID
    interaction_id: UUID
    agent_id: UUID
    queue_id: UUID
    channel: Channel
    state: ReservationState
    created_at: datetime
    deadline_at: datetime
    decided_at: datetime | None = None
    released_at: datetime | None = None
    decision: dict[str, Any] = field(default_factory=dict)
