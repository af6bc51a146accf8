"""Where everybody who waits stands, and how much longer he is going to wait. Pure; times are seconds.

Before him are those who are more urgent now, each as far as the same agents could serve both. It is looked at a few at
a time, so that nothing else waits for it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from core.doors import Place
from routing.engine.urgency import Rank
from routing.floor.ahead import may_be_called
from routing.floor.floor import Floor

MOST = 1000
"""So many of each queue, the first that came, are told their place."""
_AT_A_TIME = 10


@dataclass(frozen=True, slots=True)
class _Seen:
    item_id: UUID
    queue_id: UUID
    tier: str
    is_message: bool
    queued_at: float
    rank: Rank
    servers: int

    @property
    def line(self) -> tuple[UUID, bool]:
        return self.queue_id, self.is_message


@dataclass(slots=True)
class _Picture:
    """All who wait, at one moment."""

    lines: dict[tuple[UUID, bool], list[_Seen]] = field(default_factory=lambda: defaultdict(list))
    """By queue, and whether they call or have written."""
    ranks: dict[int, list[Rank]] = field(default_factory=lambda: defaultdict(list))
    """By who could serve them: how urgent they are."""
    oldest: dict[tuple[UUID, bool, str], float] = field(default_factory=dict)
    shared: dict[int, list[tuple[float, list[Rank]]]] = field(default_factory=dict)
    """By who could serve somebody: how far that touches others, and how urgent these are."""

    def put(self, seen: _Seen) -> None:
        self.lines[seen.line].append(seen)
        self.ranks[seen.servers].append(seen.rank)
        key = *seen.line, seen.tier
        self.oldest[key] = min(seen.queued_at, self.oldest.get(key, seen.queued_at))

    def sort(self) -> Iterator[None]:
        for line in self.lines.values():
            line.sort(key=lambda seen: seen.rank, reverse=True)
            yield
        for servers, ranks in self.ranks.items():
            ranks.sort()
            weights = ((_share(servers, theirs), others) for theirs, others in self.ranks.items())
            self.shared[servers] = [(share, others) for share, others in weights if share]
            yield

    def ahead(self, seen: _Seen) -> float:
        """Who goes first, each as far as the same agents could serve him."""
        rank = seen.rank
        return sum(share * (len(ranks) - bisect_right(ranks, rank)) for share, ranks in self.shared[seen.servers])


@dataclass(frozen=True, slots=True)
class View:
    """What a look has shown: places, and those to be called before whom nobody is, each with who could serve him."""

    places: dict[UUID, Place]
    next_to_call: list[tuple[UUID, int]]


def look(floor: Floor, now: float) -> Iterator[View | None]:
    """Look at all who wait. Gives None where something else may be done in between, and at last what was seen."""
    picture = _Picture()
    for count, seen in enumerate(_waiting(floor, now), 1):
        picture.put(seen)
        if count % _AT_A_TIME == 0:
            yield None
    yield from picture.sort()
    places: dict[UUID, Place] = {}
    for line in picture.lines.values():
        for position, seen in enumerate(line, 1):
            place = _place(floor, picture, seen, position, now)
            if place is not None:
                places[seen.item_id] = place
            if position % _AT_A_TIME == 0:
                yield None
    firsts = [line[0] for line in picture.lines.values()]
    yield View(places, [(seen.item_id, seen.servers) for seen in firsts if _is_next(floor, picture, seen)])


def _is_next(floor: Floor, picture: _Picture, seen: _Seen) -> bool:
    item, queue = floor.items.get(seen.item_id), floor.queues.get(seen.queue_id)
    return may_be_called(item, queue) and not picture.ahead(seen)


def _waiting(floor: Floor, now: float) -> Iterator[_Seen]:
    for lines in (floor.lines, floor.message_lines):
        for queue_id in lines:
            for item_id, queued_at in list(islice(lines.of(queue_id).items(), MOST)):
                item, standing = floor.items.get(item_id), floor.engine.standing(item_id, now)
                if item is not None and standing is not None:
                    yield _Seen(item_id, queue_id, item.tier, item.is_message, queued_at, *standing)


def _place(floor: Floor, picture: _Picture, seen: _Seen, position: int, now: float) -> Place | None:
    item = floor.items.get(seen.item_id)
    if item is None:
        return None
    forecast = floor.message_forecast if seen.is_message else floor.forecast
    found = forecast.left(
        seen.item_id, seen.queue_id, seen.tier, waited=max(0.0, now - seen.queued_at),
        head_wait=max(0.0, now - picture.oldest[*seen.line, seen.tier]), ahead=picture.ahead(seen),
        agents=seen.servers.bit_count() * floor.at_once(item.channel), now=now,
    )  # fmt: skip
    return Place(seen.queue_id, item.queued_at, position, found.low, found.likely, found.high)


def _share(mine: int, theirs: int) -> float:
    if mine == theirs:
        return 1.0
    return (mine & theirs).bit_count() / theirs.bit_count() if theirs else 0.0
