"""Overflow between queues: from which wait, estimated wait or length on another queue's members serve it too. Pure.

Waiting is watched by a timer for each item; length is looked at when it changes; the estimated wait, that moves by
itself, once a second while anybody waits. What opens by length or estimate is open to everybody in the queue, and
closes a tenth below where it opened, so that a long queue does not open and close with every call.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from uuid import UUID

from routing.configuration.model import OverflowKind

LOOK_SECONDS = 1.0
"""How often an estimated wait is looked at."""
_SLACK = 64
Measure = Callable[[UUID, int, float], float]
"""Queue, how many wait there, seconds that the first has waited: the estimated wait of one who joins, in seconds."""
Rules = Mapping[UUID, Sequence["OverflowRule"]]


@dataclass(frozen=True, slots=True)
class OverflowRule:
    """Members of ``to`` serve the queue too: after ``threshold`` seconds of waiting, or above it."""

    to: UUID
    kind: OverflowKind
    threshold: int


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an item waits, and since when."""

    line: _Line
    queued_at: float


class _Line:
    """One queue that has rules, and who waits there."""

    def __init__(self, queue_id: UUID, rules: Sequence[OverflowRule]) -> None:
        self.queue_id = queue_id
        self.waiting: dict[UUID, float] = {}
        self.open: frozenset[OverflowRule] = frozenset()
        """Rules by length and estimate that hold now."""
        self.next_look = -math.inf
        self._by_wait = sorted((rule.threshold, rule.to) for rule in rules if rule.kind is OverflowKind.WAIT)
        self._others = [rule for rule in rules if rule.kind is not OverflowKind.WAIT]
        self._estimate = 0.0
        self.is_watched = any(rule.kind is OverflowKind.ESTIMATE for rule in rules)

    def also(self, queued_at: float, now: float) -> frozenset[UUID]:
        """The queues whose members may serve an item too."""
        passed = [to for threshold, to in self._by_wait if queued_at + threshold <= now]
        return frozenset([*passed, *(rule.to for rule in self.open)])

    def next_passing(self, queued_at: float, now: float) -> float | None:
        """When the item's wait passes the next threshold."""
        return next((queued_at + threshold for threshold, _ in self._by_wait if queued_at + threshold > now), None)

    def look(self, now: float, measure: Measure) -> bool:
        """Find the rules that hold now; whether that changed whose members may serve."""
        if self.is_watched and (now >= self.next_look or not self.waiting):
            self._estimate_anew(now, measure)
        return self._keep_those_that_hold(self._others)

    def shrink(self) -> bool:
        """Find the rules that no longer hold; whether that changed whose members may serve."""
        return bool(self.open) and self._keep_those_that_hold(self.open)

    def _keep_those_that_hold(self, rules: Iterable[OverflowRule]) -> bool:
        before = {rule.to for rule in self.open}
        self.open = frozenset(rule for rule in rules if self._holds(rule))
        return before != {rule.to for rule in self.open}

    def _estimate_anew(self, now: float, measure: Measure) -> None:
        if not self.waiting:
            self._estimate, self.next_look = 0.0, -math.inf
            return
        head_wait = max(0.0, now - min(self.waiting.values()))
        self._estimate, self.next_look = measure(self.queue_id, len(self.waiting), head_wait), now + LOOK_SECONDS

    def _holds(self, rule: OverflowRule) -> bool:
        value = len(self.waiting) if rule.kind is OverflowKind.LENGTH else self._estimate
        limit = rule.threshold - rule.threshold // 10 if rule in self.open else rule.threshold
        return bool(self.waiting) and value > limit


class Overflows:
    """Who waits in queues with rules, and whose members may serve them. ``now`` is the latest moment that was told."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.now = -math.inf
        self._lines = {queue_id: _Line(queue_id, found) for queue_id, found in (rules or {}).items() if found}
        self._watched = [line for line in self._lines.values() if line.is_watched]
        self._places: dict[UUID, _Place] = {}
        self._timers: list[tuple[float, int, UUID, _Place]] = []
        self._stirred: dict[_Line, None] = {}
        """Lines whose length has changed."""
        self._serial = count()

    def enter(self, item_id: UUID, queue_id: UUID, queued_at: float) -> frozenset[UUID]:
        """An item waits, perhaps since long; returns the further queues whose members may serve it."""
        line, place = self._lines.get(queue_id), self._places.get(item_id)
        if place is not None and (place.line is not line or place.queued_at != queued_at):
            self.leave(item_id)
        if line is None:
            return frozenset()
        if item_id not in self._places:
            place = self._places[item_id] = _Place(line, queued_at)
            line.waiting[item_id] = queued_at
            self._stirred[line] = None
            self._set_timer(item_id, place)
        return line.also(queued_at, self.now)

    def leave(self, item_id: UUID) -> None:
        """An item waits no longer; an unknown one is no error."""
        place = self._places.pop(item_id, None)
        if place is None:
            return
        del place.line.waiting[item_id]
        self._stirred[place.line] = None
        if len(self._timers) > 2 * len(self._places) + _SLACK:
            self._timers = [timer for timer in self._timers if self._is_valid(timer[2], timer[3])]
            heapq.heapify(self._timers)

    def advance(self, now: float, measure: Measure) -> list[UUID]:
        """Move to a moment; the items for which other queues' members may step in now, or no longer."""
        self.now = max(self.now, now)
        changed = dict.fromkeys(self._passed())
        for line in self._lines_to_look_at():
            if line.look(self.now, measure):
                changed.update(dict.fromkeys(line.waiting))
        return list(changed)

    def shrink(self) -> list[UUID]:
        """The items that only their own queue may serve again, since fewer wait; nothing opens."""
        return [item_id for line in self._stirred if line.shrink() for item_id in line.waiting]

    def next_moment(self) -> float | None:
        """When ``advance`` has something to do at the earliest; None: never, as things stand."""
        if self._stirred:
            return self.now
        moments = [line.next_look for line in self._watched if line.waiting]
        if self._timers:
            moments.append(self._timers[0][0])
        return min(moments, default=None)

    def _lines_to_look_at(self) -> list[_Line]:
        stirred, self._stirred = self._stirred, {}
        due = [line for line in self._watched if line.waiting and line.next_look <= self.now]
        return list(dict.fromkeys([*stirred, *due]))

    def _passed(self) -> Iterator[UUID]:
        while self._timers and self._timers[0][0] <= self.now:
            _, _, item_id, place = heapq.heappop(self._timers)
            if self._is_valid(item_id, place):
                self._set_timer(item_id, place)
                yield item_id

    def _set_timer(self, item_id: UUID, place: _Place) -> None:
        due = place.line.next_passing(place.queued_at, self.now)
        if due is not None:
            heapq.heappush(self._timers, (due, next(self._serial), item_id, place))

    def _is_valid(self, item_id: UUID, place: _Place) -> bool:
        return self._places.get(item_id) is place
