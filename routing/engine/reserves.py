"""Who is kept idle, and for whom: the last speakers of scarce skills, and an idle agent or two of each product.

What was held back is remembered by what it waits for, so that it is asked for again in the very moment when there
are enough idle agents.
"""

from __future__ import annotations

from collections.abc import Iterator

from routing.engine.lanes import Need
from routing.engine.lineup import Lineup
from routing.engine.policy import Policy
from routing.engine.roster import Profile, Roster, Seat, Slot
from routing.engine.stages import Stage
from routing.engine.weights import Weights


class Reserves:
    """Answers whether an agent is held back from an item."""

    def __init__(self, roster: Roster, lineup: Lineup, weights: Weights) -> None:
        self._roster = roster
        self._lineup = lineup
        self._weights = weights
        self._wanting: dict[str, set[Slot]] = {}
        """Skills of which too few agents were idle when something was held back, with what there must be room for."""
        self.load: float | None = None
        """The load as told from outside, where it is."""

    @property
    def are_off(self) -> bool:
        """Whether nobody is kept idle: a small team, or more work than can be done."""
        return self._lineup.is_small or is_overloaded(
            self._weights.policy, self.load, self._lineup.pressing, len(self._roster.seats)
        )

    def kept_for_better(self, need: Need, stage: Stage) -> str | None:
        """The skill of which all that are idle are kept for better tiers, or None."""
        for code in need.codes if stage.kept_idle else ():
            if self._idle(code, need.slot) <= stage.kept_idle:
                self._wanting.setdefault(code, set()).add(need.slot)
                return code
        return None

    def kept_for_scarce(self, profile: Profile, need: Need) -> str | None:
        """The scarce skill of an agent that is not needed here and whose last idle speakers are kept, or None."""
        keep = self._weights.policy.reserves.keep_scarce
        for code in self._weights.scarce(profile):
            if code not in need.codes and self._idle(code, need.slot) <= keep:
                self._wanting.setdefault(code, set()).add(need.slot)
                return code
        return None

    def released_by(self, seat: Seat) -> Iterator[Seat]:
        """An agent became free: the free ones who are perhaps no longer held back, since he has their skill."""
        for code in seat.profile.levels if self._wanting else ():
            for slot in self._wanting.pop(code, ()):
                yield from self._roster.among(self._roster.has_skill.get(code, 0) & self._roster.room.get(slot, 0))

    def nothing_is_kept(self) -> bool:
        """Forget what was held back; returns whether anything was."""
        found = bool(self._wanting)
        self._wanting.clear()
        return found

    @property
    def holds_back(self) -> bool:
        """Whether anything was held back and not yet asked for again."""
        return bool(self._wanting)

    def _idle(self, code: str, slot: Slot) -> int:
        return (self._roster.has_skill.get(code, 0) & self._roster.room.get(slot, 0)).bit_count()


def is_overloaded(policy: Policy, load: float | None, pressing: int, on_duty: int) -> bool:
    """Whether there is more work than can be done."""
    reserves = policy.reserves
    return load > reserves.off_load if load is not None else pressing > reserves.off_waiting * on_duty
