"""The rows that routing holds in memory: live interactions, live reservations, agents, queues."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from core.agent import Presence, ReservationState, WorkState
from core.interaction import Channel, EndReason, InteractionState
from routing.engine.values import FreeAgent, ItemKind, KnownAgent, Memberships, Skills, WaitingItem
from routing.floor.overflow import OverflowRule
from routing.floor.services import ServiceClass


@dataclass(frozen=True, slots=True)
class QueueRules:
    """What a queue prescribes. ``priority`` is a head start in seconds; ``targets``: channel to seconds."""

    id: UUID
    skills: Skills = frozenset()
    preferred: Skills = frozenset()
    priority: int = 0
    target_seconds: int = 20
    targets: Mapping[str, int] = field(default_factory=dict)
    ring_seconds: int = 20
    ring_all: bool = False
    """Whether an item rings at several free members at once."""
    wrap_up_seconds: int = 30
    callback_attempts: int = 3
    """How often a customer is called at most who does not answer, and the pause in between:"""
    callback_pause_seconds: int = 300
    dials_ahead: bool = False
    """Whether they are called before an agent is free, as soon as one is forecast."""
    overflow: tuple[OverflowRule, ...] = ()


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
    """Beside what the queue asks for."""
    preferred: Skills = frozenset()
    tier: str = ""
    credit_grade: str | None = None
    account_manager_id: UUID | None = None
    last_agent_id: UUID | None = None
    kind: ItemKind = ItemKind.LIVE
    demanded: frozenset[UUID] | None = None
    """Only these agents may serve it."""
    demanded_until: datetime | None = None
    """Thereafter everybody may; None: for ever."""
    target_seconds: int | None = None
    """Its own, in place of the queue's."""
    excluded: frozenset[UUID] = frozenset()
    """Agents who declined it lately."""
    excluded_until: datetime | None = None
    """When they may be asked again."""
    attempts: int = 0
    """How often the customer was called in vain."""
    rests_until: datetime | None = None
    """Nobody is offered it before."""
    agent_id: UUID | None = None
    reservation_id: UUID | None = None
    end_reason: EndReason | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    wrap_up_until: datetime | None = None
    closed_at: datetime | None = None

    @property
    def must_be_called(self) -> bool:
        """Whether the customer is not on the line, so that he is called when an agent has picked up."""
        return self.kind is not ItemKind.LIVE and self.answered_at is None

    @property
    def is_open(self) -> bool:
        """Whether it may be offered to somebody now."""
        return self.state is InteractionState.QUEUED and self.rests_until is None

    def waiting(self, queue: QueueRules, service: ServiceClass, also: frozenset[UUID] = frozenset()) -> WaitingItem:
        """The item as the engine sees it: what the queue asks for, what it asks for itself, what its customer gets.

        ``also``: further queues whose members may serve it now.
        """
        target = self.target_seconds or queue.targets.get(self.channel, queue.target_seconds)
        return WaitingItem(
            id=self.id,
            channel=self.channel.value,
            queue_id=self.queue_id,
            queued_at=self.queued_at.timestamp(),
            skills=_both(queue.skills, self.skills),
            preferred=_both(queue.preferred, self.preferred),
            head_start=float(self.priority + queue.priority),
            boost=self.priority_boost,
            excluded=self.excluded,
            tier=service.name,
            target=target * service.target_factor,
            known=self._known(service),
            also=also,
            demanded=self.demanded,
            kind=self.kind if self.must_be_called else ItemKind.LIVE,
        )

    def _known(self, service: ServiceClass) -> tuple[KnownAgent, ...]:
        """The account manager, whatever his queues, and then who served last; both for their time only."""
        since, known = self.queued_at.timestamp(), []
        if self.account_manager_id is not None and service.account_manager_seconds:
            until = since + service.account_manager_seconds
            known.append(KnownAgent(self.account_manager_id, until, anywhere=True))
        if self.last_agent_id not in (None, self.account_manager_id) and service.last_agent_seconds:
            known.append(KnownAgent(self.last_agent_id, since + service.last_agent_seconds))
        return tuple(known)


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
    missed: int = 0
    """Rung in vain in a row, since the last answer."""
    set_aside_until: datetime | None = None
    """Not offered anything until then, since the phone refused (kept in memory only)."""
    channels: frozenset[str] = frozenset()
    limits: tuple[tuple[str, int], ...] = ()
    """How many he takes at once of a channel other than voice."""
    queues: Memberships = frozenset()
    skills: Skills = frozenset()
    team: str = ""

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

    def free(self, occupancy: float = 0.0) -> FreeAgent:
        """The agent as the engine sees it, with the share of his time in which he was busy lately."""
        return FreeAgent(
            id=self.id, idle_since=self.idle_since.timestamp(), channels=self.channels, queues=self.queues,
            skills=self.skills, limits=self.limits, group=self.team or ",".join(sorted(self.channels)),
            occupancy=occupancy,
        )  # fmt: skip

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
    together: bool = False
    """Whether it is one of several that ring at once."""
    decision: dict[str, Any] = field(default_factory=dict)


def _both(one: Skills, other: Skills) -> Skills:
    """Every skill of the two at the higher level."""
    if not other:
        return one
    levels = dict(one)
    for code, level in other:
        levels[code] = max(level, levels.get(code, 0))
    return frozenset(levels.items())
