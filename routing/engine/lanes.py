"""Who may serve what: needs, the lanes of a need (its demands, falling), and the free agents of a lane by cost.

A lane learns of agents when it is asked: whoever was free only in between never enters its heap.
"""

from __future__ import annotations

import heapq
from collections.abc import Generator
from typing import TYPE_CHECKING

from routing.engine.choice import passing_cost
from routing.engine.roster import Group, Roster, Seat
from routing.engine.skills import UNBLENDED, bits
from routing.engine.weights import Weights

if TYPE_CHECKING:
    from routing.engine.needs import Need

_SLACK = 64
_Published = tuple[int, float, int, int, Seat]
"""Cost within the group, idle since, id, stamp, who."""


class Lane:
    """Those who meet certain demands, and the free ones among them."""

    __slots__ = (
        "_edition", "_heaps", "_members", "_queues", "_seen", "_size", "_static", "_version", "need", "needed",
    )  # fmt: skip

    def __init__(self, need: Need, needed: int) -> None:
        self.need = need
        self.needed = needed
        self._queues = need.members
        self._heaps: dict[Group, list[_Published]] = {}
        self._size = 0
        self._seen = -1
        self._version = -1
        self._edition = -1
        self._members = 0
        self._static = 0

    def fits(self, offered: int) -> bool:
        """Whether who offers this may serve it."""
        return offered & self.needed == self.needed and bool(offered & self._queues)

    @property
    def places(self) -> int:
        """How many places in heaps are taken, by those too who are no longer free."""
        return self._size

    def has_servers(self, roster: Roster) -> bool:
        """Whether anybody on duty could serve it, were he free and without other work."""
        found = self._able(roster)
        return bool(found & roster.have.get(0, 0) if self.needed & UNBLENDED else found)

    def free_bits(self, roster: Roster) -> int:
        """The free agents who fit and have room."""
        found = self._able(roster) & roster.idle.room(self.need.slot)
        if self.needed & UNBLENDED:
            for channel in roster.policy.capacity.exclusive:
                found &= ~roster.idle.room((channel, False))
        return found

    def servers(self, roster: Roster) -> int:
        """All on duty who could serve it, were they free, as a bitmap."""
        return self._able(roster)

    def rejections(self, roster: Roster) -> dict[str, int]:
        """How many of the free agents do not fit, by the first reason."""
        able, free = self._able(roster), roster.idle.bits
        members, skilled = (free & self._members).bit_count(), (free & able).bit_count()
        found = {
            "not_in_queue": roster.free_count - members,
            "skill": members - skilled,
            "no_room": skilled - self.free_bits(roster).bit_count(),
        }
        return {reason: count for reason, count in found.items() if count}

    def ranked(self, roster: Roster, weights: Weights) -> Generator[tuple[int, Seat]]:
        """Free agents who fit, with their cost, best first. The generator must be closed."""
        self._catch_up(roster, weights)
        aside: list[tuple[Group, _Published]] = []
        try:
            while (best := self._best()) is not None:
                group, top = best
                aside.append((group, heapq.heappop(self._heaps[group])))
                yield top[0] - group.mean, top[4]
        finally:
            for group, top in aside:
                if top[4].stamp == top[3]:
                    heapq.heappush(self._heaps[group], top)
                else:
                    self._size -= 1

    def cost(self, seat: Seat, weights: Weights) -> int:
        """What an agent costs, before the mean of his group is taken off."""
        channel, interruptible = self.need.slot
        passing = passing_cost(weights.policy, seat.agent, channel, interruptible=interruptible)
        return weights.standing(seat.profile, self.need)[1] + sum(passing)

    # -- inside ----------------------------------------------------------------------------------

    def _able(self, roster: Roster) -> int:
        """On duty with the queue, the skills and the channel, whether blended or not."""
        if self._edition != roster.edition:
            found = 0
            for position in bits(self._queues):
                found |= roster.have.get(position, 0)
            self._members = found
            for position in bits(self.needed & ~UNBLENDED):
                found &= roster.have.get(position, 0)
            self._static, self._edition = found, roster.edition
        return self._static

    def _best(self) -> tuple[Group, _Published] | None:
        best: tuple[Group, _Published] | None = None
        best_key: tuple[int, float, int] | None = None
        for group, heap in self._heaps.items():
            while heap and heap[0][4].stamp != heap[0][3]:
                heapq.heappop(heap)
                self._size -= 1
            if heap:
                top = heap[0]
                key = top[0] - group.mean, top[1], top[2]
                if best_key is None or key < best_key:
                    best, best_key = (group, top), key
        return best

    def _catch_up(self, roster: Roster, weights: Weights) -> None:
        behind = self._seen - roster.published_before
        if self._version != weights.version or behind < 0 or self._size > 2 * roster.free_count + _SLACK:
            self._publish_all(roster, weights)
        else:
            for seat, stamp in roster.published[behind:]:
                if seat.stamp == stamp and self.fits(seat.offered):
                    heapq.heappush(self._heaps.setdefault(seat.group, []), self._entry(seat, weights))
                    self._size += 1
        self._seen = roster.published_before + len(roster.published)

    def _publish_all(self, roster: Roster, weights: Weights) -> None:
        self._heaps = {}
        self._size = 0
        for seat in roster.among(self.free_bits(roster)):
            self._heaps.setdefault(seat.group, []).append(self._entry(seat, weights))
            self._size += 1
        for heap in self._heaps.values():
            heapq.heapify(heap)
        self._version = weights.version

    def _entry(self, seat: Seat, weights: Weights) -> _Published:
        return self.cost(seat, weights), seat.agent.idle_since, seat.number, seat.stamp, seat
