"""The answer to "why": decisions about an interaction, and why it waits, in codes and figures that the console words.

Part of the wire vocabulary. Moments are UTC; costs and urgencies have no unit and are for comparison only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from agent_desk.views import Label, Wire
from core.agent import ReservationState
from core.interaction import InteractionState


class Count(Wire):
    """So many of them, for this reason."""

    reason: str
    count: int


class SkillAsked(Wire):
    """A skill with the level (1 to 5) that is asked for."""

    code: str
    level: int
    name: Label


class CostTerm(Wire):
    """One part of what an agent costs: ``speed``, ``preferred``, ``membership``, ``flexibility``, ``scarce``,
    ``consolidation``, ``load``, ``interruption``, ``occupancy``."""

    code: str
    cost: float


class CandidateView(Wire):
    """A free agent who was considered; the least ``cost`` won, then the longest idle."""

    agent_id: UUID
    name: str
    chosen: bool
    cost: float
    terms: list[CostTerm]
    """The greatest first."""
    idle_seconds: float


class RivalView(Wire):
    """A waiting interaction that was considered for an agent who became free; the greatest ``urgency`` won."""

    interaction_id: UUID
    customer_name: str
    chosen: bool
    waited_seconds: float
    urgency: float | None
    """None: past its cap, and therefore before all that are not."""
    boost: int
    past_cap: bool


class DecisionRecord(Wire):
    """What was recorded with a decision. ``reasons``: why it fell so, most telling first.

    ``replays``: deciding again from the record gives the same agent and interaction.
    """

    trigger: Literal["item_arrived", "agent_freed"]
    reasons: list[str]
    policy: str
    policy_version: str
    tier: str
    waited_seconds: float
    target_seconds: float
    idle_seconds: float
    skills: list[SkillAsked]
    preferred: list[SkillAsked]
    candidates: int
    """How many were possible; ``agents`` or ``items`` are the best of them (items: of each need the most urgent), the
    chosen first."""
    agents: list[CandidateView]
    items: list[RivalView]
    rejected: list[Count]
    replays: bool


class DecisionView(Wire):
    """One offer of the interaction, and what became of it. Without a ``record``: it was not the engine's, or it
    concerns a colleague of the agent who asks."""

    reservation_id: UUID
    agent_id: UUID
    agent_name: str
    state: ReservationState
    together: bool
    """One of several offers that rang at once."""
    at: datetime
    decided_at: datetime | None
    record: DecisionRecord | None


class KeptFor(Wire):
    """An agent whom a waiting interaction is kept for; without ``until``: for ever."""

    agent_id: UUID
    name: str
    until: datetime | None


class OpeningView(Wire):
    """At this moment more agents may serve. ``opens``: ``level``, ``preferred_skills``, ``call_agents``,
    ``scarce_reserve``, ``idle_reserve``; ``minimum_level``: what is asked for from then on, 0 as the queue asks."""

    at: datetime
    opens: list[str]
    minimum_level: int | None


class WaitingWhy(Wire):
    """Why an interaction waits at the moment ``at``.

    ``would_help``, most telling first: ``somebody_with_the_skills``, ``a_free_agent``, ``a_known_agent``,
    ``a_demanded_agent``, ``relaxation``, ``end_of_reserve``, ``another_agent``, ``asking_again``. ``rejected`` counts
    free agents: ``not_in_queue``, ``skill``, ``no_room``, ``excluded``, ``reserved``.
    """

    at: datetime
    would_help: list[str]
    policy: str
    policy_version: str
    waited_seconds: float
    target_seconds: float
    past_cap: bool
    on_duty: int
    free: int
    could_serve: int
    could_serve_and_free: int
    waiting_alike: int
    """How many wait for the same with the same right, this one included."""
    rejected: list[Count]
    reserved_for: list[Label]
    skills: list[SkillAsked]
    preferred: list[SkillAsked]
    kept_for: list[KeptFor]
    opens: list[OpeningView]


class Why(Wire):
    """GET /api/interactions/{id}/why. Agents see of a decision themselves and figures, supervisors everybody."""

    interaction_id: UUID
    version: int
    state: InteractionState
    queue: Label | None
    decisions: list[DecisionView]
    """In the order in which they were made."""
    waiting: WaitingWhy | None
    """None: it does not wait."""
