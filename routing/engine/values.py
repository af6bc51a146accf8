"""What the engine knows of an item, an agent and its own decision. Times are Unix seconds, levels 1 to 5."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from core.interaction import Kind

Skills = frozenset[tuple[str, int]]
"""Pairs of skill code and level."""
Memberships = frozenset[tuple[UUID, int]]
"""Pairs of queue and membership priority: 1 is the agent's first duty, a greater number a later one."""


class Trigger(StrEnum):
    """Which of the two questions a decision answers."""

    ITEM_ARRIVED = "item_arrived"
    """An item arrived (or came back): which of the free agents gets it?"""
    AGENT_FREED = "agent_freed"
    """An agent became free: which of the waiting items does he get?"""


ItemKind = Kind
"""What is asked of the agent; see ``core.interaction``."""


@dataclass(frozen=True, slots=True)
class KnownAgent:
    """An agent who is to have the item first: the account manager, the one who spoke last."""

    agent_id: UUID
    until: float
    """Until then it is kept for those known, while one of them is on duty. Thereafter everybody may serve it."""
    anywhere: bool = False
    """He serves it though he is no member of its queue and lacks its skills."""


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """One interaction that waits in a queue."""

    id: UUID
    channel: str
    queue_id: UUID
    queued_at: float
    skills: Skills = frozenset()
    """Minimum levels; all are needed."""
    head_start: float = 0.0
    """Seconds that it is credited with beside what its tier gives (queue priority)."""
    boost: int = 0
    """Above 0: goes before every item of a lower boost (put back by a fault of ours)."""
    excluded: frozenset[UUID] = frozenset()
    """Agents that must not get it (they declined it)."""
    tier: str = ""
    preferred: Skills = frozenset()
    """Wanted levels; insisted on for a while only, see ``Service.preferred_wait``."""
    demanded: frozenset[UUID] | None = None
    """Only these agents may serve it, whatever their queues and skills; their order is that of the choice."""
    known: tuple[KnownAgent, ...] = ()
    """Who gets it first, the first named before the next."""
    also: frozenset[UUID] = frozenset()
    """Further queues whose members may serve it now (overflow)."""
    target: float | None = None
    """Seconds within which it should be answered; None: as the policy says for its channel and tier."""
    interruptible: bool = False
    """Work that its agent may be called away from."""
    kind: ItemKind = ItemKind.LIVE


@dataclass(frozen=True, slots=True)
class FreeAgent:
    """One agent who can take at least one more item. He is put again whenever any of this changes."""

    id: UUID
    idle_since: float
    channels: frozenset[str]
    """What he may serve at all; whether there is room for one more is for the policy to say."""
    queues: Memberships
    skills: Skills = frozenset()
    load: tuple[tuple[str, int], ...] = ()
    """Pairs of channel and number of items that he holds now."""
    interruptible: tuple[tuple[str, int], ...] = ()
    """How many of those he may be called away from."""
    limits: tuple[tuple[str, int], ...] = ()
    """Pairs of channel and the most that this agent holds of it, be it more or less than the policy's."""
    occupancy: float = 0.0
    """Share of his time (0 to 1) that he was at work lately."""
    group: str = ""
    """Agents of one group are compared in occupancy: the same channels, much the same work."""


class Decision:
    """An item for an agent, with what is needed to explain it later and to decide it again."""

    __slots__ = ("_explanation", "_noted", "_tell", "agent_id", "item_id", "trigger")

    def __init__(
        self, item_id: UUID, agent_id: UUID, trigger: Trigger, tell: Callable[..., dict[str, Any]] = dict,
        noted: tuple[Any, ...] = (),
    ) -> None:  # fmt: skip
        self.item_id = item_id
        self.agent_id = agent_id
        self.trigger = trigger
        self._tell = tell
        self._noted = noted
        self._explanation: dict[str, Any] | None = None

    @property
    def explanation(self) -> dict[str, Any]:
        """The record. It is written when first asked for, of what was noted in the moment of the decision."""
        if self._explanation is None:
            self._explanation = self._tell(*self._noted)
        return self._explanation

    def __repr__(self) -> str:
        return f"Decision({self.trigger.value}: {self.item_id} for {self.agent_id})"


def member_of(queues: Iterable[UUID], priority: int = 1) -> Memberships:
    """Memberships of one priority."""
    return frozenset((queue_id, priority) for queue_id in queues)
