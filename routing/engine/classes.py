"""Waiting items by class: those that share urgency and demands, of whom only the oldest need be compared."""

from __future__ import annotations

import heapq
import math
from collections import deque
from typing import TYPE_CHECKING, Any
from uuid import UUID

from routing.engine.values import WaitingItem

if TYPE_CHECKING:
    from routing.engine.lanes import Lane
    from routing.engine.plans import Plan

_SLACK = 64
_Place = tuple[float, int, "Entry"]


class Entry:
    """One waiting item, and where it stands."""

    __slots__ = (
        "capped_at",
        "card",
        "curve",
        "excluded",
        "guarded_until",
        "item",
        "number",
        "plan",
        "queued_at",
        "request",
    )

    def __init__(self, item: WaitingItem, plan: Plan) -> None:
        self.item = item
        self.plan = plan
        self.curve = plan.curve
        self.queued_at = item.queued_at
        self.capped_at = math.inf if plan.curve.cap is None else item.queued_at + plan.curve.cap
        self.guarded_until = item.queued_at + plan.guards_end
        self.number = item.id.int
        self.excluded = item.excluded
        self.request: RequestClass | None = None
        """Its class; None while it is kept for certain agents."""
        self.card: dict[str, Any] | None = None
        """What explanations say of it, once one did."""

    def __lt__(self, _: Entry) -> bool:
        return False  # the same item, put twice: either


class RequestClass:
    """Items of one plan and stage, oldest first; what was cancelled is dropped when it comes to the head.

    Whoever comes in order stands in a line, whoever comes later than it should (put back) in a heap beside it.
    """

    __slots__ = ("_late", "_line", "curve", "ends", "front", "lane", "plan", "size", "stage", "timer")

    def __init__(self, plan: Plan, stage: int) -> None:
        self.plan = plan
        self.stage = stage
        self.curve = plan.curve
        self.ends = plan.stages[stage].ends
        self.lane: Lane | None = None
        """Whom it is open to; set while anybody waits."""
        self.timer: float | None = None
        """When its head is to be moved on, where that is being watched."""
        self.front: Entry | None = None
        """The oldest item, where it is known; ``head`` finds it."""
        self.size = 0
        self._line: deque[_Place] = deque()
        self._late: list[_Place] = []

    def add(self, entry: Entry) -> None:
        """Put an item in by its ``queued_at``: one that comes back finds its old place."""
        entry.request = self
        self.size += 1
        if self.lane is not None:
            self.lane.size += 1
        place = (entry.queued_at, entry.number, entry)
        if not self._line or self._line[-1] < place:
            self._line.append(place)
        else:
            heapq.heappush(self._late, place)
        front = self.front
        if front is None or (entry.queued_at, entry.number) < (front.queued_at, front.number):
            self.front = entry if front is not None else None
            if self.lane is not None:
                self.lane.forget_champion()

    def discard(self, entry: Entry) -> None:
        """Cancel in constant time."""
        entry.request = None
        self.size -= 1
        lane = self.lane
        if lane is not None:
            lane.size -= 1
        if entry is self.front:
            self.front = None
            if lane is not None and lane.champion is self:
                lane.forget_champion()
        if len(self._line) + len(self._late) > 2 * self.size + _SLACK:
            self._line = deque(place for place in self._line if place[2].request is self)
            self._late = [place for place in self._late if place[2].request is self]
            heapq.heapify(self._late)

    def head(self) -> Entry:
        """The oldest item; the class must not be empty."""
        if self.front is None:
            line, late = self._line, self._late
            while line and line[0][2].request is not self:
                line.popleft()
            while late and late[0][2].request is not self:
                heapq.heappop(late)
            self.front = (late if not line or (late and late[0] < line[0]) else line)[0][2]
        return self.front

    def first_for(self, agent_id: UUID) -> Entry | None:
        """The oldest item that does not exclude the agent."""
        found = self.head() if self.size else None
        if found is None or agent_id not in found.excluded:
            return found
        for _, _, entry in heapq.merge(self._line, sorted(self._late)):
            if entry.request is self and agent_id not in entry.excluded:
                return entry
        return None
