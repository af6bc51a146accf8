"""What the record of a decision says, as values: who was considered, by what, who not and why. Pure.

Why a decision fell as it did is told by codes, the most telling first. An item arrived: ``demanded``, ``known``,
``only_candidate``, one of the costs by which the chosen agent was better than the next (``speed`` … ``occupancy``),
``longest_idle``, ``equal``. An agent became free: ``demanded``, ``known``, ``only_waiting``, ``first_in_line``,
``past_cap``, ``waited_longest``, ``most_urgent``. Then ``redirected`` (others had it before) and ``skills``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from routing.engine.choice import MILLION, TERMS
from routing.engine.explain import replay
from routing.engine.values import Trigger

Counts = tuple[tuple[str, int], ...]
Levels = tuple[tuple[str, int], ...]
"""Skill codes and levels, by code."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A free agent who was considered. ``cost`` is the sum of ``terms`` (the greatest first); the least wins."""

    agent_id: UUID
    cost: float
    terms: tuple[tuple[str, float], ...]
    idle_seconds: float


@dataclass(frozen=True, slots=True)
class Rival:
    """A waiting interaction that was considered for a freed agent. ``factor``: what spoke for this agent."""

    interaction_id: UUID
    waited_seconds: float
    urgency: float | None
    """None: past its cap, and therefore before all that are not."""
    factor: float
    boost: int
    past_cap: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """One decision. ``candidates`` were possible; ``agents`` or ``items`` are the best of them (items: of each need the
    most urgent), the chosen first."""

    trigger: Trigger
    reasons: tuple[str, ...]
    at: datetime
    interaction_id: UUID
    agent_id: UUID
    policy: str
    policy_version: str
    tier: str
    waited_seconds: float
    target_seconds: float
    idle_seconds: float
    skills: Levels
    preferred: Levels
    candidates: int
    agents: tuple[Candidate, ...]
    items: tuple[Rival, ...]
    rejected: Counts
    replays: bool
    """Whether deciding again from the record gives the same agent and interaction."""


def explained(record: Any) -> Explained | None:
    """The values of a reservation's record, or None when it is none of the engine's (older, made by hand)."""
    try:
        return _explained(record)
    except (ArithmeticError, AttributeError, KeyError, LookupError, OSError, TypeError, ValueError):
        return None


def reasons(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Why the decision fell so, most telling first. Raises like ``replay`` when it is no record of a decision."""
    return tuple(_reasons(record))


def moment(seconds: float) -> datetime:
    """The moment of Unix seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def levels(found: Mapping[str, Any]) -> Levels:
    """Skills and levels in order."""
    return tuple(sorted((str(code), int(level)) for code, level in found.items()))


def counts(found: Mapping[str, Any]) -> Counts:
    """Reasons with how many, the most frequent first."""
    return tuple(sorted(((str(reason), int(n)) for reason, n in found.items()), key=lambda each: (-each[1], each[0])))


def _explained(record: Mapping[str, Any]) -> Explained:
    trigger, needed, now = Trigger(record["trigger"]), record["needed"], record["at"]
    item, agent, arrived = UUID(record["item"]), UUID(record["agent"]), trigger is Trigger.ITEM_ARRIVED
    considered = record["considered"]
    return Explained(
        trigger=trigger, reasons=reasons(record), at=moment(now), interaction_id=item, agent_id=agent,
        policy=str(record["policy"]), policy_version=str(record["policy_version"]), tier=str(record["tier"]),
        waited_seconds=float(record["waited_seconds"]), target_seconds=float(record["target_seconds"]),
        idle_seconds=float(record["idle_seconds"]), skills=levels(needed["skills"]),
        preferred=levels(needed.get("preferred", {})), candidates=int(record["candidates"]),
        agents=tuple(_candidate(each, now) for each in considered) if arrived else (),
        items=() if arrived else tuple(_rival(each, now) for each in considered),
        rejected=counts(record["rejected"]), replays=replay(record) == (item, agent),
    )  # fmt: skip


def _candidate(found: Mapping[str, Any], now: float) -> Candidate:
    terms = sorted(found["terms"].items(), key=lambda term: (-abs(term[1]), term[0]))
    return Candidate(
        agent_id=UUID(found["agent"]),
        cost=round(sum(found["terms"].values()) / MILLION, 3),
        terms=tuple((str(name), round(part / MILLION, 3)) for name, part in terms),
        idle_seconds=round(now - found["idle_since"], 3),
    )


def _rival(found: Mapping[str, Any], now: float) -> Rival:
    urgency = found["urgency"]
    return Rival(
        interaction_id=UUID(found["item"]),
        waited_seconds=round(now - found["queued_at"], 3),
        urgency=None if urgency is None else round(float(urgency), 3),
        factor=round(float(found["factor"]), 3),
        boost=int(found["boost"]),
        past_cap=bool(found["past_cap"]),
    )


def _reasons(record: Mapping[str, Any]) -> Iterator[str]:
    arrived = record["trigger"] == Trigger.ITEM_ARRIVED
    yield from (name for name in ("demanded", "known") if record.get(name))
    if not record.get("known"):
        yield _why_agent(record) if arrived else _why_item(record)
    if record.get("boost") or record.get("excluded"):
        yield "redirected"
    if record["needed"]["skills"]:
        yield "skills"


def _why_agent(record: Mapping[str, Any]) -> str:
    """What the first of the agents had before the second."""
    if record["candidates"] == 1:
        return "only_candidate"
    best, other = record["considered"][:2]
    ahead = {name: other["terms"].get(name, 0) - best["terms"].get(name, 0) for name in TERMS}
    if sum(ahead.values()) > 0:
        return max(TERMS, key=lambda name: ahead[name])
    return "longest_idle" if best["idle_since"] < other["idle_since"] else "equal"


def _why_item(record: Mapping[str, Any]) -> str:
    """What the first of the interactions had before the others.

    In the record are the most urgent of each need. The first has waited the longest for certain when it is the oldest
    of them, all are there, and within each need age alone counts.
    """
    best, *others = record["considered"]
    if record["candidates"] == 1:
        return "only_waiting"
    if others and best["boost"] > others[0]["boost"]:
        return "first_in_line"
    if others and best["past_cap"] and not others[0]["past_cap"]:
        return "past_cap"
    seen_all = record["heads"] == 1 + len(others)
    oldest = all(best["queued_at"] <= each["queued_at"] and each["classes"] == 1 for each in record["considered"])
    return "waited_longest" if seen_all and oldest else "most_urgent"
