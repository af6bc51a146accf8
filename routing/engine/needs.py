"""What is asked for: needs, the lanes that a need has, and which needs an agent can serve."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import itemgetter
from typing import Any
from uuid import UUID

from routing.engine.classes import Entry, RequestClass
from routing.engine.idle import Slot
from routing.engine.lanes import Lane
from routing.engine.roster import Profile, Roster, Seat
from routing.engine.skills import UNBLENDED
from routing.engine.values import Skills

_Asked = tuple[Slot, tuple[UUID, ...], Skills, Skills]
"""Channel and whether interruptible, queues, skills required and preferred."""
NOBODYS = 0
"""The number of no need."""


class Need:
    """What items ask for when nothing is insisted on any more, and the classes of items that ask for it."""

    __slots__ = (
        "bit", "classes", "codes", "head", "members", "needed", "number", "preferred", "queues", "skills", "slot",
        "until", "young",
    )  # fmt: skip

    def __init__(self, number: int, asked: _Asked, needed: int, members: int) -> None:
        self.number = number
        self.bit = 1 << number
        self.slot, self.queues, self.skills, self.preferred = asked
        self.codes = tuple(sorted(code for code, _ in self.skills))
        self.needed = needed
        """The bits that an agent must offer, all of them;"""
        self.members = members
        """and the bits of the queues, one of them."""
        self.classes: dict[RequestClass, None] = {}
        """Those with somebody in them."""
        self.head: Entry | None = None
        """The most urgent of the items that are open to all who can serve the need, until ``until`` at least;"""
        self.young: list[RequestClass] = []
        """the classes whose head is not yet open to all."""
        self.until = math.inf


class Cover:
    """The needs that agents can serve who offer the same; each need is looked at once."""

    __slots__ = ("known", "mask", "pick", "width")

    def __init__(self) -> None:
        self.mask = 0
        self.width = 0
        self.known = 0
        self.pick: Callable[[Any], tuple[Any, ...]] = itemgetter(NOBODYS, NOBODYS)
        """Picks from a list by number of need what belongs to these, and what belongs to nobody."""

    def learn(self, needs: list[Need], offered: int) -> None:
        """Look at the needs that were not looked at yet."""
        numbers = [need.number for need in needs[self.known :] if _meets(need, offered)]
        for number in numbers:
            self.mask |= 1 << number
        self.known = len(needs)
        if numbers:
            every = [number for number in range(self.known) if self.mask >> number & 1]
            self.width = len(every)
            self.pick = itemgetter(NOBODYS, NOBODYS, *every)


class Needs:
    """All needs and their lanes, made on first sight."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._known: dict[_Asked, Need] = {}
        self._lanes: dict[tuple[int, int], Lane] = {}
        nobodys = Need(NOBODYS, (("", False), (), frozenset(), frozenset()), 0, 0)
        self.all: list[Need] = [nobodys]
        """By number."""

    def need(self, slot: Slot, queues: tuple[UUID, ...], skills: Skills, preferred: Skills) -> Need:
        """The need of these demands."""
        key = (slot, queues, skills, preferred)
        found = self._known.get(key)
        if found is None:
            members = 0
            for queue_id in queues:
                members |= self._roster.book.one("queue", queue_id)
            needed = self._bits(slot, frozenset(dict(skills).items()))
            found = self._known[key] = Need(len(self.all), key, needed, members)
            self.all.append(found)
        return found

    def lane(self, need: Need, levels: Skills, *, blend_closed: bool) -> Lane:
        """The lane of a need in which these levels are asked for."""
        needed = self._bits(need.slot, levels) | (UNBLENDED if blend_closed else 0)
        found = self._lanes.get((need.number, needed))
        if found is None:
            found = self._lanes[need.number, needed] = Lane(need, needed)
        return found

    def lanes(self) -> list[Lane]:
        """All there are."""
        return list(self._lanes.values())

    def covered(self, seat: Seat) -> Cover:
        """The needs that a free agent can serve."""
        return self.cover(seat.profile, seat.offered)

    def cover(self, profile: Profile, offered: int) -> Cover:
        """The needs that who offers this can serve."""
        found = profile.covers.get(offered)
        if found is None:
            found = profile.covers[offered] = Cover()
        if found.known < len(self.all):
            found.learn(self.all, offered)
        return found

    def _bits(self, slot: Slot, levels: Skills) -> int:
        needed = self._roster.slot_bit(slot)
        for code, level in levels:
            needed |= self._roster.book.needed_level(code, level)
        return needed


def _meets(need: Need, offered: int) -> bool:
    return offered & need.needed == need.needed and bool(offered & need.members)
