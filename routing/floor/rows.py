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

Load = tuple[tuple[str, int], ...]
"""Channel and how many of it, where there are any; sorted."""
_CALLS = frozenset({Channel.VOICE.value})
_USUAL_MOST = 3
"""Messages at once of a channel for which the agent has no limit of his own."""


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
        return self.kind is not ItemKind.LIVE and self.answered_at is None and self.channel is Channel.VOICE

    @property
    def is_message(self) -> bool:
        """Whether an agent may serve several like it at once: anything but a call."""
        return self.channel is not Channel.VOICE

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
            kind=self.kind if self.answered_at is None else ItemKind.LIVE,
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
    """An agent: what was chosen, what follows from work, whether the phone can be rung, and what they can do.

    ``work_state`` and ``interaction_id`` are about the one call, ``load`` about the messages beside.
    """

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
    load: Load = ()
    load_since: datetime | None = None
    """When the load last changed (kept in memory only)."""
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
        """Whether something can be offered to the agent now, if the load leaves room for it: a call as far as the phone
        can be rung, messages without one."""
        return (
            self.presence is Presence.AVAILABLE
            and self.work_state is WorkState.IDLE
            and (self.reachable or bool(self.open_channels))
            and self.active
            and self.set_aside_until is None
        )

    @property
    def is_on_duty(self) -> bool:
        """Whether something may be offered to the agent soon, if not now."""
        here = self.presence is Presence.AVAILABLE and self.active
        return here and (self.reachable or bool(self.open_channels))

    @property
    def open_channels(self) -> frozenset[str]:
        """What the agent can be reached by: without a phone, everything but calls."""
        return self.channels if self.reachable else self.channels - _CALLS

    @property
    def share_of_load(self) -> float:
        """How much of what they take at once they hold, 0 to 1."""
        most = dict(self.limits)
        return min(1.0, sum(count / max(1, most.get(channel, _USUAL_MOST)) for channel, count in self.load))

    def with_load(self, channel: str, change: int, since: datetime) -> Agent:
        """The agent with so many more messages of a channel, or fewer, never below none."""
        load = dict(self.load)
        load[channel] = max(0, load.get(channel, 0) + change)
        return replace(self, load=tuple(sorted(each for each in load.items() if each[1])), load_since=since)

    def free(self, occupancy: float = 0.0) -> FreeAgent:
        """The agent as the engine sees it, with the share of his time in which he was busy lately."""
        return FreeAgent(
            id=self.id, idle_since=self.idle_since.timestamp(), channels=self.open_channels, queues=self.queues,
            skills=self.skills, load=self.load, limits=self.limits, occupancy=occupancy,
            group=self.team or ",".join(sorted(self.channels)),
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

    @property
    def is_message(self) -> bool:
        """Whether it counts to the agent's load; a call is the agent's whole work."""
        return self.channel is not Channel.VOICE


def _both(one: Skills, other: Skills) -> Skills:
    """Every skill of the two at the higher level."""
    if not other:
        return one
    levels = dict(one)
    for code, level in other:
        levels[code] = max(level, levels.get(code, 0))
    return frozenset(levels.items())
