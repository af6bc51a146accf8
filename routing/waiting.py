"""Why an interaction still waits and what would help, as values from what the engine says of it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from routing.explanation import Counts, Levels, counts, levels, moment


@dataclass(frozen=True, slots=True)
class Opening:
    """At this moment something is given up, so that more agents may serve. ``minimum_level``: asked for from then on
    (0: as the queue asks); ``opens``: ``level``, ``preferred_skills``, ``call_agents``, ``scarce_reserve``,
    ``idle_reserve``."""

    at: datetime
    opens: tuple[str, ...]
    minimum_level: int | None


@dataclass(frozen=True, slots=True)
class Kept:
    """An agent whom the interaction is kept for; ``until`` None: for nobody else ever (demanded)."""

    agent_id: UUID
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How it stands with a waiting interaction.

    ``would_help``, most telling first: ``somebody_with_the_skills``, ``a_free_agent``, ``a_known_agent``,
    ``a_demanded_agent``, ``relaxation``, ``end_of_reserve``, ``another_agent``, ``asking_again``. ``rejected`` counts
    free agents by reason: ``not_in_queue``, ``skill``, ``no_room``, ``excluded``, ``reserved``.
    """

    at: datetime
    would_help: tuple[str, ...]
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
    rejected: Counts
    reserved_for: tuple[str, ...]
    """Skills whose last idle agents are kept from it for now."""
    skills: Levels
    preferred: Levels
    kept_for: tuple[Kept, ...]
    opens: tuple[Opening, ...]


def waiting(answer: Mapping[str, Any], at: datetime) -> Waiting | None:
    """The values of what ``Engine.why_waiting`` said at a moment; None when it said that the item does not wait."""
    if not answer:
        return None
    needed = answer["needed"]
    return Waiting(
        at=at, would_help=tuple(answer["would_help"]), policy=answer["policy"],
        policy_version=answer["policy_version"], waited_seconds=answer["waited_seconds"],
        target_seconds=answer["target_seconds"], past_cap=answer["past_cap"], on_duty=answer["on_duty"],
        free=answer["free"], could_serve=answer["could_serve"], could_serve_and_free=answer["could_serve_and_free"],
        waiting_alike=answer.get("waiting_alike", 1), rejected=counts(answer["rejected"]),
        reserved_for=tuple(answer.get("reserved_for", ())), skills=levels(needed["skills"]),
        preferred=levels(needed.get("preferred", {})), kept_for=tuple(_kept(answer)),
        opens=tuple(sorted(_openings(answer), key=lambda opening: opening.at)),
    )  # fmt: skip


def _kept(answer: Mapping[str, Any]) -> Iterator[Kept]:
    for agent_id in answer.get("demanded", ()):
        yield Kept(UUID(agent_id), None)
    for known in answer.get("known", ()):
        yield Kept(UUID(known["agent"]), moment(known["until"]))


def _openings(answer: Mapping[str, Any]) -> Iterator[Opening]:
    for found in answer.get("opens", ()):
        if "at" in found:  # else it is never given up
            level = found.get("minimum_level")
            yield Opening(moment(found["at"]), (*(("level",) if level is not None else ()), *found["opens"]), level)
