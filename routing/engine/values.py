"""What the engine knows of an item, an agent and its own decision. Times are Unix seconds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID


class Trigger(StrEnum):
    """Which of the two questions a decision answers."""

    ITEM_ARRIVED = "item_arrived"
    """An item arrived (or came back): which of the free agents gets it?"""
    AGENT_FREED = "agent_freed"
    """An agent became free: which of the waiting items does he get?"""


@dataclass(frozen=True, slots=True)
class WaitingItem:
    """One interaction that waits in a queue."""

    id: UUID
    channel: str
    queue_id: UUID
    queued_at: float
    skills: frozenset[tuple[str, int]] = frozenset()
    """Pairs of skill code and minimum level (1-5); all are needed."""
    head_start: float = 0.0
    """Seconds of waiting that it is credited with (tier and queue)."""
    boost: int = 0
    """Above 0: goes before every item of a lower boost (put back by a fault of ours)."""
    excluded: frozenset[UUID] = frozenset()
    """Agents that must not get it (they declined it)."""


@dataclass(frozen=True, slots=True)
class FreeAgent:
    """One agent who can be offered something now."""

    id: UUID
    idle_since: float
    channels: frozenset[str]
    queues: frozenset[UUID]
    skills: frozenset[tuple[str, int]] = frozenset()
    """Pairs of skill code and the agent's level (1-5)."""


@dataclass(frozen=True, slots=True)
class Decision:
    """An item for an agent, with what is needed to explain it later."""

    item_id: UUID
    agent_id: UUID
    trigger: Trigger
    explanation: dict[str, Any] = field(default_factory=dict)
