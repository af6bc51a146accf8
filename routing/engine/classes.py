"""Waiting items by class: those that share urgency and demands, of whom only the oldest need be compared."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING
from uuid import UUID

from routing.engine.values import WaitingItem

if TYPE_CHECKING:
    from routing.engine.lanes import Lane
    from routing.engine.plans import Plan

_SLACK = 64


class Entry:
    """One waiting item, and where it stands."""

    __slots__ = ("excluded", "item", "number", "plan", "queued_at", "request")

    def __init__(self, item: WaitingItem, plan: Plan) -> None:
        self.item = item
        self.plan = plan
        self.queued_at = item.queued_at
        self.number = item.id.int
        self.excluded = item.excluded
        self.request: RequestClass | None = None
        """Its class; None while it is kept for certain agents."""

    def __lt__(self, _: Entry) -> bool:
        return False  # the same item, put twice: either


class RequestClass:
    """Items of one plan and stage, oldest first; what was cancelled is dropped when it comes to the head."""

    __slots__ = ("_front", "_heap", "_size", "curve", "lane", "plan", "stage", "timer")

    def __init__(self, plan: Plan, stage: int) -> None:
        self.plan = plan
        self.stage = stage
        self.curve = plan.curve
        self.lane: Lane | None = None
        """Whom it is open to; set while anybody waits."""
        self.timer: float | None = None
        """When its head is to be moved on, where that is being watched."""
        self._heap: list[tuple[float, int, Entry]] = []
        self._front: Entry | None = None
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def add(self, entry: Entry) -> None:
        """Put an item in by its ``queued_at``: one that comes back finds its old place."""
        entry.request = self
        self._size += 1
        heapq.heappush(self._heap, (entry.queued_at, entry.number, entry))
        front = self._front
        if front is not None and (entry.queued_at, entry.number) < (front.queued_at, front.number):
            self._front = entry

    def discard(self, entry: Entry) -> None:
        """Cancel in constant time."""
        entry.request = None
        self._size -= 1
        if entry is self._front:
            self._front = None
        if len(self._heap) > 2 * self._size + _SLACK:
            self._heap = [each for each in self._heap if each[2].request is self]
            heapq.heapify(self._heap)

    def head(self) -> Entry:
        """The oldest item; the class must not be empty."""
        if self._front is None:
            while self._heap[0][2].request is not self:
                heapq.heappop(self._heap)
            self._front = self._heap[0][2]
        return self._front

    def first_for(self, agent_id: UUID) -> Entry | None:
        """The oldest item that does not exclude the agent."""
        found = self.head() if self._size else None
        if found is None or agent_id not in found.excluded:
            return found
        aside: list[tuple[float, int, Entry]] = []
        found = None
        while self._heap and found is None:
            top = self._heap[0]
            if top[2].request is not self:
                heapq.heappop(self._heap)
            elif agent_id in top[2].excluded:
                aside.append(heapq.heappop(self._heap))
            else:
                found = top[2]
        for each in aside:
            heapq.heappush(self._heap, each)
        return found

    def entries(self) -> list[Entry]:
        """All that wait here, in no order."""
        return [entry for entry in {id(each[2]): each[2] for each in self._heap}.values() if entry.request is self]
