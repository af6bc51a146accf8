"""Demand against staff, looked at now and then: what an agent is worth elsewhere, and which skills are scarce."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from routing.engine.policy import Policy
from routing.engine.values import Skills

Asked = tuple[str, bool, UUID, Skills]
"""Channel, interruptible, queue, required skills: what demand is counted by."""
_NEGLIGIBLE = 0.01


@dataclass(frozen=True, slots=True)
class Picture:
    """The weights of a while."""

    at: float = float("-inf")
    scarce: frozenset[str] = frozenset()
    worths: tuple[tuple[Asked, float], ...] = ()
    """Load by servers of everything that is asked for: agents needed for it by agents who can."""


class Demand:
    """How much of what is asked for, the older the less."""

    def __init__(self) -> None:
        self.counts: dict[Asked, float] = {}

    def record(self, asked: Asked, count: int) -> None:
        """So many more items."""
        self.counts[asked] = self.counts.get(asked, 0.0) + count

    def fade(self, share: float) -> None:
        """Keep a share of everything."""
        faded = {asked: count * share for asked, count in self.counts.items()}
        self.counts = {asked: count for asked, count in faded.items() if count > _NEGLIGIBLE}


def draw(
    policy: Policy, now: float, demand: Demand, *, servers: Mapping[Asked, int], speakers: Mapping[str, int],
    on_duty: int,
) -> Picture:  # fmt: skip
    """The picture of demand and staff. ``servers``: how many on duty can serve what; ``speakers``: have a skill."""
    effort = dict(policy.effort)
    work = {asked: count * effort.get(asked[0], 1.0) for asked, count in demand.counts.items()}
    total = sum(work.values())
    worths = tuple(
        (asked, amount / total * on_duty / servers[asked]) for asked, amount in work.items() if servers.get(asked)
    )
    reserves = policy.reserves
    few = {code for code, count in speakers.items() if 0 < count <= reserves.scarce_share * on_duty}
    return Picture(now, frozenset(few) if reserves.scarce is None else reserves.scarce, worths)
