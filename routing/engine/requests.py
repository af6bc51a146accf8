"""Waiting items by request class, and the free agents of each requirement.

A *requirement* is (channel, needed bits): it decides who may serve. Under it stand *classes*: items that share
head start, boost and exclusions too, hence one urgency function, so that the oldest of a class always is its
most urgent. A decision compares heads only, however many wait behind them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from uuid import UUID

from routing.engine.values import FreeAgent, WaitingItem

ClassKey = tuple[float, int, frozenset[UUID]]
_SLACK = 64


class RequestClass:
    """Items of one class, oldest first; what was cancelled is dropped when it comes to the head."""

    __slots__ = ("_heap", "_live", "excluded", "key")

    def __init__(self, key: ClassKey) -> None:
        self.key = key
        self.excluded = key[2]
        self._heap: list[tuple[float, UUID]] = []
        self._live: dict[UUID, WaitingItem] = {}

    def __len__(self) -> int:
        return len(self._live)

    def add(self, item: WaitingItem) -> None:
        """Put an item in by its ``queued_at``: one that comes back finds its old place."""
        self._live[item.id] = item
        heapq.heappush(self._heap, (item.queued_at, item.id))

    def discard(self, item_id: UUID) -> None:
        """Cancel in constant time."""
        self._live.pop(item_id, None)
        if len(self._heap) > 2 * len(self._live) + _SLACK:
            self._heap = [(item.queued_at, item.id) for item in self._live.values()]
            heapq.heapify(self._heap)

    def head(self) -> WaitingItem:
        """The oldest item; the class must not be empty."""
        while True:
            queued_at, item_id = self._heap[0]
            item = self._live.get(item_id)
            if item is not None and item.queued_at == queued_at:
                return item
            heapq.heappop(self._heap)


class Requirement:
    """What an item asks of an agent, the classes that wait for it, and the free agents who meet it."""

    __slots__ = ("_agents", "_heap", "bit", "channel", "classes", "needed")

    def __init__(self, bit: int, channel: str, needed: int) -> None:
        self.bit = bit
        self.channel = channel
        self.needed = needed
        self.classes: dict[ClassKey, RequestClass] = {}
        self._heap: list[tuple[float, UUID]] = []
        self._agents: dict[UUID, float] = {}

    def fits(self, channels: frozenset[str], offered: int) -> bool:
        """Whether an agent with these channels and bits may serve it."""
        return self.channel in channels and offered & self.needed == self.needed

    def class_of(self, item: WaitingItem) -> RequestClass:
        """The class of an item, made on first need."""
        key = (item.head_start, item.boost, item.excluded)
        found = self.classes.get(key)
        if found is None:
            found = self.classes[key] = RequestClass(key)
        return found

    def forget_empty(self, request: RequestClass) -> None:
        """Drop a class in which nobody waits any more."""
        if not request:
            self.classes.pop(request.key, None)

    @property
    def free(self) -> int:
        """How many free agents meet it."""
        return len(self._agents)

    def add_agent(self, agent: FreeAgent) -> None:
        """An agent who meets it is free."""
        self._agents[agent.id] = agent.idle_since
        heapq.heappush(self._heap, (agent.idle_since, agent.id))

    def discard_agent(self, agent_id: UUID) -> None:
        """The agent is no longer free."""
        self._agents.pop(agent_id, None)
        if len(self._heap) > 2 * len(self._agents) + _SLACK:
            self._heap = [(since, known) for known, since in self._agents.items()]
            heapq.heapify(self._heap)

    def longest_idle(self, excluded: frozenset[UUID]) -> UUID | None:
        """The free agent who has been idle longest and is not excluded."""
        aside: list[tuple[float, UUID]] = []
        found = None
        while self._heap:
            idle_since, agent_id = self._heap[0]
            if self._agents.get(agent_id) != idle_since:
                heapq.heappop(self._heap)
            elif agent_id in excluded:
                aside.append(heapq.heappop(self._heap))
            else:
                found = agent_id
                break
        for entry in aside:
            heapq.heappush(self._heap, entry)
        return found


def bits(mask: int) -> Iterator[int]:
    """The positions of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
