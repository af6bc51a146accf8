"""The rules of other engines in their ideal form: no polling, no missed rings, decisions at the very event.

Written from Asterisk's app_queue and FreeSWITCH's mod_callcenter (source) and from the documentation of Twilio
TaskRouter, Genesys Cloud and Amazon Connect; models of those, not the products. A rule is an order of customers, a
choice of agents, and waiting rings (the lowest level that may serve after so many seconds).
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from routing.simulation.day import Day
from routing.simulation.floor import Case, Desk
from routing.simulation.streams import stream
from routing.simulation.world import CHANNELS, SIGNATURES, TIERS

Key = tuple[float, ...]
Order = Callable[[Case, float, Random], Key]
"""The greatest goes first; may not fall while a case waits, relative to younger ones of its class."""
Choice = Callable[[Desk, Case, Random], Key]
"""The smallest is chosen."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rival."""

    order: Order
    choice: Choice
    rings: Sequence[tuple[float, int]] = ((0.0, 1),)
    """(seconds waited, lowest level that may serve from then on), rising times."""
    closest_ring_first: bool = field(default=False)
    """Agents of the level that came first are asked before all others (tiers of mod_callcenter)."""


class Heads:
    """Any rival over one line a class: all of a class have the same rights, so that its oldest decides."""

    def __init__(self, rule: Rule, day: Day, desks: list[Desk]) -> None:
        self.rule = rule
        self.chance = stream("rival", day.number)
        self.lines: list[dict[int, deque[Case]]] = [{} for _ in CHANNELS]
        self.desks: dict[int, Desk] = {}
        self.timers: list[tuple[float, int, Case]] = []

    def queue(self, case: Case, now: float) -> None:
        """See ``Router``."""
        line = self.lines[case.channel].setdefault(case.signature * len(TIERS) + case.tier, deque())
        place = len(line)
        while place and line[place - 1].at > case.at:
            place -= 1
        line.insert(place, case)
        for after, _ in self.rule.rings[1:]:
            if case.at + after > now:
                heapq.heappush(self.timers, (case.at + after, case.number, case))

    def drop(self, case: Case, now: float) -> None:
        """See ``Router``; what waits no longer is dropped when it comes to the head."""

    def open(self, desk: Desk, now: float) -> None:
        """See ``Router``."""
        self.desks[desk.number] = desk

    def close(self, desk: Desk, now: float) -> None:
        """See ``Router``."""
        self.desks.pop(desk.number, None)

    def agent_for(self, case: Case, now: float) -> Desk | None:
        """See ``Router``."""
        least, chance, choice = self._least(case, now), self.chance, self.rule.choice
        number, channel = case.signature, case.channel
        best, best_key = None, None
        for desk in self.desks.values():
            if desk.levels[number] >= least and desk.has_room(channel):
                key = choice(desk, case, chance)
                if best_key is None or key < best_key:
                    best, best_key = desk, key
        return best

    def case_for(self, desk: Desk, now: float) -> Case | None:
        """See ``Router``."""
        best, best_key = None, None
        for channel, lines in enumerate(self.lines):
            if not desk.has_room(channel):
                continue
            for number in list(lines):
                if not desk.levels[number // len(TIERS)]:
                    continue
                head = _head(lines, number)
                if head is None or desk.levels[head.signature] < self._least(head, now):
                    continue
                key = self.rule.order(head, now, self.chance)
                if best_key is None or key > best_key:
                    best, best_key = head, key
        return best

    def next_due(self) -> float | None:
        """See ``Router``."""
        while self.timers and not self.timers[0][2].waiting:
            heapq.heappop(self.timers)
        return self.timers[0][0] if self.timers else None

    def due(self, now: float) -> list[Case]:
        """See ``Router``."""
        found = []
        while self.timers and self.timers[0][0] <= now:
            found.append(heapq.heappop(self.timers)[2])
        return found

    def _least(self, case: Case, now: float) -> int:
        waited = now - case.at + 1e-6
        return next(level for after, level in reversed(self.rule.rings) if waited >= after)


def _head(lines: dict[int, deque[Case]], number: int) -> Case | None:
    line = lines[number]
    while line:
        if line[0].waiting:
            return line[0]
        line.popleft()
    del lines[number]
    return None


# -- orders ------------------------------------------------------------------------------------------


def oldest(case: Case, now: float, chance: Random) -> Key:
    """First come, first served."""
    return (-case.at,)


def unordered(case: Case, now: float, chance: Random) -> Key:
    """Each queue is served by itself: which comes first is chance, inside it the oldest."""
    return (Random(case.signature * 7919 + int(now * 1000)).random(), -case.at)


def strict(case: Case, now: float, chance: Random) -> Key:
    """The better tier always goes first, however long others wait."""
    return (-case.tier, -case.at)


def head_start(seconds: Sequence[float]) -> Order:
    """Age plus so many seconds for the tier."""

    def order(case: Case, now: float, chance: Random) -> Key:
        return (now - case.at + seconds[case.tier], -case.at)

    return order


# -- choices -----------------------------------------------------------------------------------------


def longest_idle(desk: Desk, case: Case, chance: Random) -> Key:
    """Who ended his last contact first, whatever he holds beside it."""
    return (desk.idle_since, desk.number)


def best_level(desk: Desk, case: Case, chance: Random) -> Key:
    """The highest level, then longest idle (penalties)."""
    return (-desk.levels[case.signature], desk.idle_since, desk.number)


def fewest(desk: Desk, case: Case, chance: Random) -> Key:
    """Who has handled the fewest today."""
    return (desk.handled, desk.number)


def anybody(desk: Desk, case: Case, chance: Random) -> Key:
    """By chance."""
    return (chance.random(),)


class Remembering(Heads):
    """Round robin: the one behind who was last served."""

    def __init__(self, rule: Rule, day: Day, desks: list[Desk]) -> None:
        super().__init__(rule, day, desks)
        self.last = [-1] * (SIGNATURES * len(CHANNELS))
        self.count = len(desks)

    def agent_for(self, case: Case, now: float) -> Desk | None:
        """See ``Router``."""
        queue = case.channel * SIGNATURES + case.signature
        able = [each for each in self.desks.values() if each.levels[case.signature] and each.has_room(case.channel)]
        if not able:
            return None
        desk = min(able, key=lambda each: (each.number - self.last[queue] - 1) % self.count)
        self.last[queue] = desk.number
        return desk
