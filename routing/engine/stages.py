"""How the demands of an item fall while it waits: stages with an end, and reserves that end, all by its own target."""

from __future__ import annotations

import math
from dataclasses import dataclass

from routing.engine.policy import Service
from routing.engine.values import Skills


@dataclass(frozen=True, slots=True)
class Stage:
    """Whom the item is open to until ``ends`` seconds after it was queued."""

    ends: float
    minimum_level: int = 0
    preferred: bool = False
    blend_closed: bool = False


@dataclass(frozen=True, slots=True)
class Guards:
    """How long agents are held back from the item: seconds after it was queued, 0 for not at all."""

    scarce_ends: float = 0.0
    kept_idle: int = 0
    kept_ends: float = 0.0

    @property
    def end(self) -> float:
        """When none of them holds any more."""
        return max(self.scarce_ends, self.kept_ends)


def stages_of(service: Service, target: float, cap: float | None) -> tuple[Stage, ...]:
    """All stages in their order; the last never ends and is open to all who can. All is open at the cap."""
    latest = math.inf if cap is None else cap
    preferred, blend = (min(share * target, latest) for share in (service.preferred_wait, service.blend_wait))
    steps = [(min(step.until * target, latest), step.minimum_level) for step in service.relax]
    found = [
        Stage(
            ends=end,
            minimum_level=next((level for until, level in steps if end <= until), 0),
            preferred=end <= preferred,
            blend_closed=end <= blend,
        )
        for end in sorted({preferred, blend, *(until for until, _ in steps)})
        if end > 0.0
    ]
    return (*found, Stage(ends=math.inf))


def guards_of(service: Service, target: float, cap: float | None) -> Guards:
    """The reserves that an item meets; none holds at the cap."""
    latest = math.inf if cap is None else cap
    kept = min(service.kept_wait * target, latest) if service.kept_idle else 0.0
    return Guards(min(service.scarce_wait * target, latest), service.kept_idle if kept > 0.0 else 0, kept)


def stage_at(stages: tuple[Stage, ...], queued_at: float, now: float) -> int:
    """Which of the stages holds now."""
    if len(stages) == 1 or queued_at + stages[-2].ends <= now:
        return len(stages) - 1
    for number, stage in enumerate(stages):
        if queued_at + stage.ends > now:
            return number
    return len(stages) - 1


def demanded_levels(skills: Skills, preferred: Skills, stage: Stage) -> Skills:
    """The levels that an agent must have in this stage."""
    wanted = dict(skills)
    if stage.preferred:
        for code, level in preferred:
            wanted[code] = max(level, wanted.get(code, 0))
    return frozenset((code, max(level, stage.minimum_level)) for code, level in wanted.items())
