"""A day in figures: how it was for customers, by queue and tier, and how busy agents were. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

from routing.recorded.day import LIVE, RecordedDay
from routing.recorded.running import Outcome
from routing.recorded.setting import Setting
from routing.simulation.figures import percentile

_FORGIVEN = 5.0
"""Who gives up sooner than this is left out of the service level."""


class Group(NamedTuple):
    """Whose figures; None: of all."""

    queue: str | None = None
    tier: str | None = None


EVERYBODY = Group()


@dataclass(frozen=True, slots=True)
class Line:
    """How it was for some customers. Shares in percent, times in seconds; waits are over all, also who gave up."""

    contacts: int
    in_target: float
    wait: float
    gave_up: float
    p95: float
    uneven: float
    """Root of the mean square of the waits: long ones count more."""


@dataclass(frozen=True, slots=True)
class Measures:
    """A whole day."""

    lines: Mapping[Group, Line]
    occupancy: float
    """Percent of their time on duty in which agents rang, talked or wrapped up."""
    spread: float = 0.0
    """Standard deviation of that among agents of one team, in points."""

    @property
    def tiers(self) -> list[str]:
        """The tiers that there were."""
        return [group.tier for group in self.lines if group.tier is not None and group.queue is None]

    @property
    def queues(self) -> list[str]:
        """The queues that there were."""
        return [group.queue for group in self.lines if group.queue is not None and group.tier is None]


class _One(NamedTuple):
    group: Group
    answered: bool
    wait: float
    target: float


def merged(found: Sequence[Measures]) -> Measures:
    """Several days as one; ``p95`` is the mean of theirs."""
    lines: dict[Group, list[Line]] = defaultdict(list)
    for each in found:
        for group, line in each.lines.items():
            lines[group].append(line)
    return Measures(
        {group: _together(parts) for group, parts in lines.items()},
        fmean(each.occupancy for each in found), fmean(each.spread for each in found),
    )  # fmt: skip


def _together(parts: list[Line]) -> Line:
    count = sum(part.contacts for part in parts)

    def mean(values: Iterable[float]) -> float:
        return sum(part.contacts * value for part, value in zip(parts, values, strict=True)) / count

    return Line(
        count, mean(part.in_target for part in parts), mean(part.wait for part in parts),
        mean(part.gave_up for part in parts), mean(part.p95 for part in parts),
        math.sqrt(mean(part.uneven**2 for part in parts)),
    )  # fmt: skip


def of_outcome(outcome: Outcome) -> Measures:
    """Of a day that was lived through."""
    ones = [
        _One(Group(contact.queue, contact.tier), case.answered, case.wait, outcome.setting.target(contact))
        for case in outcome.cases
        if (contact := case.fate.contact).kind == LIVE and (case.answered or case.ended >= 0)
    ]
    shares: dict[str, list[float]] = defaultdict(list)
    for desk in outcome.desks:
        if desk.present > 0:
            shares[desk.agent.group].append(100.0 * desk.busy / desk.present)
    busy = sum(desk.busy for desk in outcome.desks)
    present = sum(desk.present for desk in outcome.desks)
    return Measures(_lines(ones), 100.0 * busy / present if present else 0.0, _spread(shares.values()))


def of_recorded(day: RecordedDay, setting: Setting) -> Measures:
    """Of the day as it was, by the targets of a configuration."""
    ones = [
        _One(Group(contact.queue, contact.tier), contact.answered, contact.wait, setting.target(contact))
        for contact in day.contacts
        if contact.kind == LIVE and contact.queue in setting.queues
    ]
    in_vain = sum(ring.seconds for contact in day.contacts for ring in contact.rings)
    busy = in_vain + sum(each.ring + each.talk + each.wrap for each in day.contacts if each.answered)
    away = sum(ring.away for contact in day.contacts for ring in contact.rings)
    present = max(busy, sum(staffer.seconds for staffer in day.staff) - away)
    return Measures(_lines(ones), 100.0 * busy / present if present else 0.0)


def _lines(ones: Iterable[_One]) -> dict[Group, Line]:
    found: dict[Group, list[_One]] = defaultdict(list)
    for one in ones:
        queue, tier = one.group
        for group in (EVERYBODY, Group(queue), Group(tier=tier), one.group):
            found[group].append(one)
    return {group: _line(members) for group, members in found.items()}


def _line(ones: list[_One]) -> Line:
    counted = [one for one in ones if one.answered or one.wait > _FORGIVEN]
    good = sum(one.answered and one.wait <= one.target + 1e-6 for one in counted)
    waits = [one.wait for one in ones]
    return Line(
        contacts=len(ones), in_target=100.0 * good / len(counted) if counted else 100.0, wait=fmean(waits),
        gave_up=100.0 * sum(not one.answered for one in ones) / len(ones), p95=percentile(waits, 0.95),
        uneven=math.sqrt(fmean(wait * wait for wait in waits)),
    )  # fmt: skip


def _spread(groups: Iterable[list[float]]) -> float:
    squares = free = 0.0
    for shares in groups:
        mean = fmean(shares)
        squares += sum((share - mean) ** 2 for share in shares)
        free += len(shares) - 1
    return math.sqrt(squares / free) if free > 0 else 0.0
