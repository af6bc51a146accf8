"""Who may serve what: needs, the lanes of a need (its demands, falling), and the free agents of a lane by cost.

A lane learns of agents when it is asked: whoever was free only in between never enters its heap.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Generator
from uuid import UUID

from routing.engine.champions import crowned
from routing.engine.choice import passing_cost
from routing.engine.classes import Entry, RequestClass
from routing.engine.roster import Group, Profile, Roster, Seat, Slot
from routing.engine.skills import UNBLENDED, bits
from routing.engine.values import Skills
from routing.engine.weights import Weights

_SLACK = 64
_Published = tuple[int, float, int, int, Seat]
"""Cost within the group, idle since, id, stamp, who."""


class Need:
    """What items ask for before anything is relaxed or insisted on."""

    __slots__ = ("codes", "number", "preferred", "queues", "skills", "slot")

    def __init__(self, number: int, slot: Slot, queues: tuple[UUID, ...], skills: Skills, preferred: Skills) -> None:
        self.number = number
        self.slot = slot
        self.queues = queues
        self.skills = skills
        self.preferred = preferred
        self.codes = tuple(sorted(code for code, _ in skills))


class Lane:
    """Those who meet certain demands: the classes that wait for them, and the free ones among them."""

    __slots__ = (
        "_edition", "_heaps", "_members", "_queues", "_seen", "_size", "_static", "_version", "bit", "champion",
        "champion_until", "head", "need", "needed", "number", "open", "size",
    )  # fmt: skip

    def __init__(self, position: int, need: Need, needed: int, queues: int) -> None:
        self.bit = 1 << position
        self.need = need
        self.number = need.number
        self.needed = needed
        self._queues = queues
        self.open: dict[RequestClass, None] = {}
        """Classes with somebody in them that are open to these agents."""
        self.size = 0
        """How many wait in them."""
        self.champion: RequestClass | None = None
        """The class whose head is the most urgent, until ``champion_until`` at least."""
        self.champion_until = -math.inf
        self.head: Entry | None = None
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

    def attach(self, request: RequestClass) -> None:
        """A class is open to these agents."""
        request.lane = self
        self.open[request] = None
        self.size += request.size
        self.forget_champion()

    def detach(self, request: RequestClass) -> None:
        """A class is no longer open to them, or nobody waits in it."""
        request.lane = None
        del self.open[request]
        self.size -= request.size
        if self.champion is request:
            self.forget_champion()

    def forget_champion(self) -> None:
        """It must be found anew."""
        self.champion, self.champion_until = None, -math.inf

    def find_head(self, now: float) -> Entry:
        """The most urgent item now; somebody must wait in this lane. ``head`` is it until ``champion_until``.

        All weigh the same for an agent, so that it is the same item for every agent whom it does not exclude.
        """
        self.champion, self.champion_until = crowned(self.open, now)
        self.head = self.champion.head()
        return self.head

    def has_servers(self, roster: Roster) -> bool:
        """Whether anybody on duty could serve it, were he free and without other work."""
        found = self._able(roster)
        return bool(found & roster.have.get(0, 0) if self.needed & UNBLENDED else found)

    def free_bits(self, roster: Roster) -> int:
        """The free agents who fit and have room."""
        found = self._able(roster) & roster.room.get(self.need.slot, 0)
        if self.needed & UNBLENDED:
            for channel in roster.policy.capacity.exclusive:
                found &= ~roster.room.get((channel, False), 0)
        return found

    def servers(self, roster: Roster) -> int:
        """All on duty who could serve it, were they free, as a bitmap."""
        return self._able(roster)

    def rejections(self, roster: Roster) -> dict[str, int]:
        """How many of the free agents do not fit, by the first reason."""
        able, free = self._able(roster), roster.free_bits
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


class Lanes:
    """All lanes, and which of them somebody waits in."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._needs: dict[tuple[Slot, tuple[UUID, ...], Skills, Skills], Need] = {}
        self._by_demand: dict[tuple[int, int], Lane] = {}
        self.lanes: list[Lane] = []
        self.waited_for = 0

    def need(self, slot: Slot, queues: tuple[UUID, ...], skills: Skills, preferred: Skills) -> Need:
        """The need of these demands, made on first sight."""
        key = (slot, queues, skills, preferred)
        found = self._needs.get(key)
        if found is None:
            found = self._needs[key] = Need(len(self._needs), *key)
        return found

    def lane(self, need: Need, levels: Skills, *, blend_closed: bool) -> Lane:
        """The lane of a need in which these levels are asked for."""
        book = self._roster.book
        needed = self._roster.slot_bit(need.slot) | (UNBLENDED if blend_closed else 0)
        for code, level in levels:
            needed |= book.needed_level(code, level)
        found = self._by_demand.get((need.number, needed))
        if found is None:
            queues = 0
            for queue_id in need.queues:
                queues |= book.one("queue", queue_id)
            found = self._by_demand[need.number, needed] = Lane(len(self.lanes), need, needed, queues)
            self.lanes.append(found)
        return found

    def open_to(self, seat: Seat) -> int:
        """The lanes with somebody waiting that a free agent may serve, as a bitmap."""
        return self.covers(seat.profile, seat.offered) & self.waited_for

    def covers(self, profile: Profile, offered: int) -> int:
        """The lanes that who offers this may serve, as a bitmap; each lane is looked at once."""
        mask, known = profile.covers.get(offered, (0, 0))
        if known < len(self.lanes):
            for lane in self.lanes[known:]:
                if lane.fits(offered):
                    mask |= lane.bit
            profile.covers[offered] = mask, len(self.lanes)
        return mask
