"""What the boards show: agents, live interactions and today's counts, with the queues' views derived. Pure.

A process holds one board in memory; it is loaded from PostgreSQL and then kept by whole rows read again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from agent_desk.views import AgentView, Label, OutcomeChoice, QueueView, WaitingItem
from core.agent import Presence, WorkState
from core.interaction import EndReason, InteractionState, Kind
from core.message import MESSAGING

ABANDON_GRACE_SECONDS = 5.0
"""Callers who leave sooner count as abandoned but not against the service level."""
COUNTED_MEMORY = timedelta(minutes=10)
"""How far back single interactions are remembered as counted; what ended earlier was counted by the load."""
_ABANDONED = frozenset({EndReason.ABANDONED_IN_QUEUE, EndReason.ABANDONED_RINGING})


@dataclass(frozen=True, slots=True)
class QueueConfig:
    """A queue's unchanging part."""

    id: UUID
    code: str
    name: Label
    target_seconds: int


@dataclass(frozen=True, slots=True)
class Seen:
    """A live or just closed interaction with what its row says beyond the view."""

    item: WaitingItem
    end_reason: EndReason | None
    ended_at: datetime | None
    closed_at: datetime | None


@dataclass(slots=True)
class DayCounts:
    """Sums of one queue since midnight."""

    answered: int = 0
    in_target: int = 0
    abandoned: int = 0
    abandoned_late: int = 0

    def service_level(self) -> float | None:
        """Answered within target over answered plus abandoned after the grace; None while nothing has ended."""
        ended = self.answered + self.abandoned_late
        return round(self.in_target / ended, 4) if ended else None


@dataclass(slots=True)
class Board:
    """One moment of the whole domain, and the day that it belongs to."""

    loaded_at: datetime
    day_start: datetime
    day_end: datetime
    queues: dict[UUID, QueueConfig] = field(default_factory=dict)
    agents: dict[UUID, AgentView] = field(default_factory=dict)
    interactions: dict[UUID, WaitingItem] = field(default_factory=dict)
    days: dict[UUID, DayCounts] = field(default_factory=dict)
    counted: set[UUID] = field(default_factory=set)
    outcomes: list[OutcomeChoice] = field(default_factory=list)

    def put_agent(self, agent: AgentView) -> set[UUID] | None:
        """Take an agent's row. Returns the queues whose view may have changed, or None when it is old or the same."""
        held = self.agents.get(agent.id)
        if held is not None and (agent.version < held.version or agent == held):
            return None
        self.agents[agent.id] = agent
        return set(agent.queues) | (set(held.queues) if held else set())

    def put_interaction(self, seen: Seen) -> set[UUID] | None:
        """Take an interaction's row and count what it ends. Returns as ``put_agent`` does."""
        held, item = self.interactions.get(seen.item.interaction_id), seen.item
        if held is not None and (item.version < held.version or item == held):
            return None
        if held is None and item.state is InteractionState.CLOSED and not self._counts(seen):
            return None
        self._count(seen)
        if item.state is InteractionState.CLOSED:
            self.interactions.pop(item.interaction_id, None)
        else:
            self.interactions[item.interaction_id] = item
        return {queue for queue in (item.queue_id, held.queue_id if held else None) if queue is not None}

    def _count(self, seen: Seen) -> None:
        if not self._counts(seen):
            return
        queue_id, queued_at = seen.item.queue_id, seen.item.queued_at
        assert queue_id is not None and queued_at is not None
        self.counted.add(seen.item.interaction_id)
        day = self.days.setdefault(queue_id, DayCounts())
        if seen.item.answered_at is not None:
            target = self.queues[queue_id].target_seconds if queue_id in self.queues else 0
            day.answered += 1
            day.in_target += (seen.item.answered_at - queued_at).total_seconds() <= target
        else:
            assert seen.ended_at is not None
            day.abandoned += 1
            day.abandoned_late += (seen.ended_at - queued_at).total_seconds() > ABANDON_GRACE_SECONDS

    def _counts(self, seen: Seen) -> bool:
        """Whether this row adds to today's sums for the first time."""
        item = seen.item
        if item.interaction_id in self.counted or item.queue_id is None or item.queued_at is None:
            return False
        if item.kind is not Kind.LIVE:
            return False  # how long somebody waits for our call is no service level
        if item.queued_at < self.day_start or (seen.closed_at and seen.closed_at < self.loaded_at - COUNTED_MEMORY):
            return False
        return item.answered_at is not None or (seen.end_reason in _ABANDONED and seen.ended_at is not None)

    def queue_views(self, only: Iterable[UUID] | None = None) -> list[QueueView]:
        """The queues (or ``only`` some) as the boards show them now, in the order of their codes."""
        chosen = self.queues.keys() if only is None else self.queues.keys() & set(only)
        configs = sorted((self.queues[queue_id] for queue_id in chosen), key=lambda queue: queue.code)
        by_queue: dict[UUID | None, list[WaitingItem]] = {}
        for item in self.interactions.values():
            by_queue.setdefault(item.queue_id, []).append(item)
        return [self._queue_view(config, by_queue.get(config.id, [])) for config in configs]

    def _queue_view(self, config: QueueConfig, items: list[WaitingItem]) -> QueueView:
        unserved = [item for item in items if item.state in InteractionState.waiting()]
        waiting = [item for item in unserved if item.kind is Kind.LIVE or item.answered_at is not None]
        members = [agent for agent in self.agents.values() if config.id in agent.queues]
        day = self.days.get(config.id, DayCounts())
        return QueueView(
            id=config.id,
            code=config.code,
            name=config.name,
            waiting=len(waiting),
            messages_waiting=sum(item.channel in MESSAGING for item in waiting),
            waiting_by_tier=dict(sorted(Counter(item.tier for item in waiting).items())),
            oldest_queued_at=min((item.queued_at for item in waiting if item.queued_at), default=None),
            offered=sum(item.state is InteractionState.OFFERED for item in waiting),
            to_call=len(unserved) - len(waiting),
            active=sum(item.state in (InteractionState.ACTIVE, InteractionState.HELD) for item in items),
            agents_available=sum(can_take_a_call(agent) for agent in members),
            agents_signed_in=sum(agent.presence is not Presence.OFFLINE for agent in members),
            target_seconds=config.target_seconds,
            answered_today=day.answered,
            abandoned_today=day.abandoned,
            service_level=day.service_level(),
        )


def can_take_a_call(agent: AgentView) -> bool:
    """Whether a call offered now would ring: available, idle, phone reachable."""
    return agent.presence is Presence.AVAILABLE and agent.work_state is WorkState.IDLE and agent.phone_reachable
