"""How the demands of an item fall while it waits: stages with an end, measured by its own target."""

from __future__ import annotations

import math
from dataclasses import dataclass

from routing.engine.policy import Service
from routing.engine.values import Skills


@dataclass(frozen=True, slots=True)
class Stage:
    """What holds until ``ends`` seconds after the item was queued."""

    ends: float
    minimum_level: int = 0
    preferred: bool = False
    blend_closed: bool = False
    scarce_closed: bool = False
    kept_idle: int = 0


def stages_of(service: Service, target: float, cap: float | None) -> tuple[Stage, ...]:
    """All stages in their order; the last never ends and holds nothing back. All is open at the cap."""
    latest = math.inf if cap is None else cap
    limits = {
        "preferred": service.preferred_wait, "blend": service.blend_wait, "scarce": service.scarce_wait,
        "kept": service.kept_wait if service.kept_idle else 0.0,
    }  # fmt: skip
    ends = {name: min(share * target, latest) for name, share in limits.items()}
    steps = [(min(step.until * target, latest), step.minimum_level) for step in service.relax]
    found = [
        Stage(
            ends=end,
            minimum_level=next((level for until, level in steps if end <= until), 0),
            preferred=end <= ends["preferred"],
            blend_closed=end <= ends["blend"],
            scarce_closed=end <= ends["scarce"],
            kept_idle=service.kept_idle if end <= ends["kept"] else 0,
        )
        for end in sorted({*ends.values(), *(until for until, _ in steps)})
        if end > 0.0
    ]
    return (*found, Stage(ends=math.inf))


def stage_at(stages: tuple[Stage, ...], queued_at: float, now: float) -> int:
    """Which of the stages holds now."""
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
