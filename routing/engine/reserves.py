"""Who is kept idle, and for whom: the last speakers of scarce skills, and an idle agent or two of each product.

What was held back is remembered by the skill it waits for, so that those agents are asked again in the very moment
when enough of them are idle, or when it has waited long enough.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

from routing.engine.classes import Entry
from routing.engine.idle import Slot
from routing.engine.lineup import Lineup
from routing.engine.policy import Policy
from routing.engine.roster import Profile, Roster, Seat
from routing.engine.weights import Weights

_Guarded = tuple[str, Slot, int]
"""A skill, what there must be room for, and how many idle agents are kept."""


class Reserves:
    """Answers whether an agent is held back from an item."""

    def __init__(self, roster: Roster, lineup: Lineup, weights: Weights) -> None:
        self._roster = roster
        self._lineup = lineup
        self._weights = weights
        self._wanting: dict[str, set[Slot]] = {}
        """Skills of which too few agents were idle when something was held back."""
        self.ends: list[tuple[float, _Guarded]] = []
        """When something that was held back has waited long enough."""
        self._known_ends: set[tuple[float, _Guarded]] = set()
        self._counts: dict[tuple[str, Slot], int] = {}
        self._counted_at = -1
        self.load: float | None = None
        """The load as told from outside, where it is."""

    @property
    def are_off(self) -> bool:
        """Whether nobody is kept idle: a small team, or more work than can be done."""
        return self._lineup.is_small or is_overloaded(
            self._weights.policy, self.load, self._lineup.pressing, len(self._roster.seats)
        )

    def holds_back(self, profile: Profile, entry: Entry) -> str | None:
        """The skill for which an agent of this profile is held back from an item now, or None."""
        return self.kept_for_better(entry) or self.kept_for_scarce(profile, entry)

    def kept_for_better(self, entry: Entry) -> str | None:
        """The skill of which all that are idle are kept for better tiers, or None."""
        guards, need = entry.plan.guards, entry.plan.need
        end = entry.queued_at + guards.kept_ends
        if guards.kept_idle and end > self._lineup.now:
            for code in need.codes:
                if self._idle(code, need.slot) <= guards.kept_idle:
                    return self._note(end, (code, need.slot, guards.kept_idle))
        return None

    def kept_for_scarce(self, profile: Profile, entry: Entry) -> str | None:
        """The scarce skill of an agent that is not needed here and whose last idle speakers are kept, or None."""
        need, end = entry.plan.need, entry.queued_at + entry.plan.guards.scarce_ends
        if end > self._lineup.now:
            keep = self._weights.policy.reserves.keep_scarce
            for code in self._weights.scarce(profile):
                if code not in need.codes and self._idle(code, need.slot) <= keep:
                    return self._note(end, (code, need.slot, keep))
        return None

    def released_by(self, seat: Seat) -> Iterator[Seat]:
        """An agent became free: the free ones who are perhaps no longer held back, since he has their skill."""
        for code in seat.profile.levels if self._wanting else ():
            for slot in self._wanting.pop(code, ()):
                yield from self._idlers(code, slot)

    def released_until(self, now: float) -> Iterator[Seat]:
        """The free agents who are perhaps no longer held back, since something has waited long enough."""
        while self.ends and self.ends[0][0] <= now:
            due = heapq.heappop(self.ends)
            self._known_ends.discard(due)
            code, slot, keep = due[1]
            if self._idle(code, slot) <= keep:  # else those who made them more have released it
                yield from self._idlers(code, slot)

    def next_end(self) -> float | None:
        """When ``released_until`` has something to tell."""
        return self.ends[0][0] if self.ends else None

    def forget(self) -> bool:
        """Forget what was held back; returns whether anything was."""
        found = bool(self._wanting)
        self._wanting.clear()
        return found

    @property
    def are_wanting(self) -> bool:
        """Whether anything was held back and not yet asked for again."""
        return bool(self._wanting)

    def _note(self, end: float, guarded: _Guarded) -> str:
        code, slot, _ = guarded
        found = self._wanting.get(code)
        if found is None:
            found = self._wanting[code] = set()
        found.add(slot)
        due = (end, guarded)
        if due not in self._known_ends:
            self._known_ends.add(due)
            heapq.heappush(self.ends, due)
        return code

    def _idlers(self, code: str, slot: Slot) -> Iterator[Seat]:
        return self._roster.among(self._roster.has_skill.get(code, 0) & self._roster.idle.room(slot))

    def _idle(self, code: str, slot: Slot) -> int:
        if self._counted_at != self._roster.free_edition:
            self._counts.clear()
            self._counted_at = self._roster.free_edition
        found = self._counts.get((code, slot))
        if found is None:
            able = self._roster.has_skill.get(code, 0) & self._roster.idle.room(slot)
            found = self._counts[code, slot] = able.bit_count()
        return found


def is_overloaded(policy: Policy, load: float | None, pressing: int, on_duty: int) -> bool:
    """Whether there is more work than can be done."""
    reserves = policy.reserves
    return load > reserves.off_load if load is not None else pressing > reserves.off_waiting * on_duty
