"""Waiting items by class: those that share urgency and demands, of whom only the oldest need be compared."""

from __future__ import annotations

import math
from bisect import bisect_right, insort
from typing import TYPE_CHECKING
from uuid import UUID

from routing.engine.values import WaitingItem

if TYPE_CHECKING:
    from routing.engine.lanes import Lane
    from routing.engine.plans import Plan

_SLACK = 64
_FEW = 8
_Place = tuple[float, int, "Entry"]
Step = tuple[float, "Lane"]
"""An age in seconds, and the lane that an item is open to from then on, beside those before."""


class Entry:
    """One waiting item, and where it stands."""

    __slots__ = ("_name", "excluded", "item", "number", "plan", "queued_at", "request")

    def __init__(self, item: WaitingItem, plan: Plan) -> None:
        self.item = item
        self.plan = plan
        self.queued_at = item.queued_at
        self.number = item.id.int
        self.excluded = item.excluded
        self.request: RequestClass | None = None
        """Its class; None while it is kept for certain agents, and when it waits no longer."""
        self._name: str | None = None

    @property
    def name(self) -> str:
        """Its id in letters."""
        found = self._name
        if found is None:
            found = self._name = str(self.item.id)
        return found

    def __lt__(self, _: Entry) -> bool:
        return False  # the same item, put twice: either


class RequestClass:
    """Items of one plan in the order of their age. The older one is, the more agents it is open to.

    So an agent who may not have the oldest, since it is too young for him, may have none of them. What was cancelled
    is skipped when it comes to the head; whoever comes later than it should (put back) is sorted in when that matters.
    """

    __slots__ = (
        "_first", "_late", "_line", "capped_from", "changes_at", "edition", "front", "open_from", "plan", "size",
        "steps", "timer",
    )  # fmt: skip

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        curve = plan.curve
        self.capped_from = math.inf if curve.cap is None or curve.boost else curve.cap
        """The age from which age alone counts; infinite for those who go before others whatever their age."""
        self.size = 0
        self.front: Entry | None = None
        """The oldest item, where it is known; ``head`` finds it."""
        self.steps: tuple[Step, ...] = ()
        """By age, whom items are open to; found anew when ``edition`` is no longer that of the lineup."""
        self.open_from = 0.0
        """The age from which an item is open to all who can serve it."""
        self.changes_at = math.inf
        """The age at which an item is open to more agents than at first."""
        self.edition = -1
        self.timer = math.inf
        """When the next item is to be open to more agents, where that is being watched."""
        self._line: list[_Place] = []
        self._first = 0
        """Before it nobody stands in the line any more."""
        self._late: list[_Place] = []

    def add(self, entry: Entry) -> bool:
        """Put an item in by its ``queued_at``; returns whether there may be another head now."""
        entry.request = self
        self.size += 1
        line, place = self._line, (entry.queued_at, entry.number, entry)
        if not line or line[-1] < place:
            line.append(place)
        else:
            self._late.append(place)
        front = self.front
        if front is not None and (
            entry.queued_at > front.queued_at or (entry.queued_at == front.queued_at and entry.number > front.number)
        ):
            return False
        self.front = None
        return True

    def discard(self, entry: Entry) -> None:
        """Cancel; hardly ever more than a mark."""
        entry.request = None
        self.size -= 1
        if entry is self.front:
            self.front = None
        if len(self._line) - self._first + len(self._late) > 2 * self.size + _SLACK:
            self._line = [place for place in self._line[self._first :] if place[2].request is self]
            self._late = [place for place in self._late if place[2].request is self]
            self._first = 0

    def head(self) -> Entry:
        """The oldest item; the class must not be empty."""
        if self.front is None:
            if self._late:
                self._sort_in()
            line, first = self._line, self._first
            while line[first][2].request is not self:
                first += 1
            self.front = line[first][2]
            if first > _SLACK and 2 * first > len(line):
                del line[:first]
                first = 0
            self._first = first
        return self.front

    def first_for(self, agent_id: UUID) -> Entry | None:
        """The oldest item that does not exclude the agent."""
        found = self.head() if self.size else None
        if found is None or agent_id not in found.excluded:
            return found
        if self._late:
            self._sort_in()
        for number in range(self._first, len(self._line)):
            entry = self._line[number][2]
            if entry.request is self and agent_id not in entry.excluded:
                return entry
        return None

    def is_open_to(self, entry: Entry, offered: int, now: float) -> bool:
        """Whether who offers this may have one of the items by now."""
        for age, lane in self.steps:
            if entry.queued_at + age > now:
                return False
            if lane.fits(offered):
                return True
        return False

    def lanes_at(self, entry: Entry, now: float) -> list[Lane]:
        """Those that one of the items is open to by now: hardly ever more than one, which has all the others in it."""
        found: list[Lane] = []
        for age, lane in self.steps:
            if found and entry.queued_at + age > now:
                break
            found = [each for each in found if each.needed & lane.needed != lane.needed]
            found.append(lane)
        return found

    def opened(self, age: float, since: float, now: float) -> list[Entry]:
        """The items that came to an age after ``since`` and until now."""
        line = self._line
        start, end = (self._at_age(age, moment) for moment in (since, now))
        return [line[number][2] for number in range(start, end) if line[number][2].request is self]

    def next_at(self, age: float, now: float) -> float | None:
        """When the next item comes to an age; None: all that wait have."""
        number = self._at_age(age, now)
        return self._line[number][0] + age if number < len(self._line) else None

    def _at_age(self, age: float, now: float) -> int:
        """How far the line goes back to that has come to an age."""
        if self._late:
            self._sort_in()
        return bisect_right(self._line, now, self._first, key=lambda place: place[0] + age)

    def _sort_in(self) -> None:
        line, late = self._line, self._late
        if len(late) <= _FEW:
            for place in late:
                insort(line, place, self._first)
        else:
            self._line = sorted(line[self._first :] + late)
            self._first = 0
        self._late = []

    @property
    def places(self) -> int:
        """How many places are remembered, of those too who wait no longer."""
        return len(self._line) + len(self._late)
