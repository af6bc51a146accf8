"""Fits a configuration's weights and head starts to a company's own days, and shows it on days that it has not seen.

The search lives through some days with every candidate; what it has found is judged on the others. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from core.errors import Refusal
from routing.configuration.difference import Change, difference
from routing.configuration.model import Whole
from routing.recorded.compare import in_order
from routing.recorded.day import LIVE, RecordedDay
from routing.recorded.measures import EVERYBODY, Group, Measures, merged, of_outcome, of_recorded
from routing.recorded.running import run
from routing.recorded.script import Playwright, Script
from routing.recorded.setting import setting_of
from routing.recorded.turning import knobs_for, turned
from routing.simulation.intervals import Interval, paired
from routing.simulation.tune import Factors, search

LEAST_DAYS = 3
LEAST_CONTACTS = 500
LEAST_WAITED = 50
_WAITED = 5.0
FEW_TRIES = 40
"""Fewer candidates leave much untried."""
_CLEAR = 1.0
"""Points by which a number must help, lest it be left alone."""
_SEARCHING, _JUDGING = 0.7, 0.2
"""Shares of the time."""
_JUDGING_RUNS = 4
_FEW = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a day is judged by: points lost, fewer are better. ``reference``: the day under what holds now."""

    reference: Measures
    tiers: Sequence[str]
    """The most valuable first."""
    best_tier: float = 93.0
    """Percent answered in target that the best tier shall have."""

    def points(self, found: Measures) -> float:
        """Waits and abandonment against what is, what the tiers miss, and nobody's ruin."""
        own, now = found.lines[EVERYBODY], self.reference.lines[EVERYBODY]
        wait, lost = own.wait / max(1.0, now.wait), own.gave_up / max(0.5, now.gave_up)
        unfair = max(0.0, found.spread - max(3.0, self.reference.spread))
        return 50.0 * (wait + lost) + self._of_tiers(found) + self._of_queues(found) + 2.0 * unfair

    def _of_tiers(self, found: Measures) -> float:
        tiers = [tier for tier in self.tiers if self._counts(Group(tier=tier))]
        if not tiers:
            return 0.0
        best, last = (Group(tier=tier) for tier in (tiers[0], tiers[-1]))
        missing = max(0.0, self.best_tier - found.lines[best].in_target)
        wait = found.lines[best].wait / max(1.0, self.reference.lines[best].wait)
        fallen = sum(max(0.0, self._fall(found, Group(tier=tier)) - 1.0) for tier in tiers)
        tail = found.lines[last].uneven / max(5.0, self.reference.lines[last].uneven)
        return 3.0 * missing + 20.0 * wait + 3.0 * fallen + 20.0 * tail + 100.0 * max(0.0, tail - 1.15)

    def _of_queues(self, found: Measures) -> float:
        """A queue may lose a little for the others."""
        groups = [group for group in (Group(queue) for queue in found.queues) if self._counts(group)]
        return 2.0 * sum(max(0.0, self._fall(found, group) - 2.0) for group in groups)

    def _counts(self, group: Group) -> bool:
        line = self.reference.lines.get(group)
        return line is not None and line.contacts >= _FEW

    def _fall(self, found: Measures, group: Group) -> float:
        return self.reference.lines[group].in_target - found.lines[group].in_target


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found. ``now`` and ``then``: the judging days, several times each, under the one and the other."""

    wanted: Whole
    changes: list[Change]
    tuned_on: list[str]
    """Dates."""
    shown_on: list[str]
    recorded: list[Measures]
    """The judging days as they were."""
    now: list[Measures]
    then: list[Measures]
    tiers: list[str]
    gain: Interval
    """Points saved on the judging days, with the 95 % interval."""
    tried: int

    @property
    def helps(self) -> bool:
        """Whether it is worth applying: it got better where nobody had looked before."""
        return bool(self.changes) and self.gain.mean > 0 and self.gain.mean > 0.5 * min(self.gain.within, 1e6)


def refuse_if_too_few(days: Sequence[RecordedDay]) -> None:
    """Refusals: ``tune.too_few_days``, ``tune.too_few_contacts``, ``tune.nobody_waits``."""
    if len(days) < LEAST_DAYS:
        raise Refusal("tune.too_few_days", f"{len(days)} recorded days are too few: {LEAST_DAYS} are needed at least")
    contacts = [contact for day in days for contact in day.contacts]
    if len(contacts) < LEAST_CONTACTS:
        text = f"{len(contacts)} contacts on {len(days)} days are too few: {LEAST_CONTACTS} are needed at least"
        raise Refusal("tune.too_few_contacts", text)
    waited = sum(contact.wait > _WAITED for contact in contacts)
    if waited < LEAST_WAITED:
        text = f"only {waited} of {len(contacts)} contacts waited for more than {_WAITED:.0f} s"
        raise Refusal("tune.nobody_waits", f"{text}: whatever the weights, there is nothing to win")


class _Stage:
    """Some days with what is needed to judge candidates on them; days are judged as one, so that few of a tier on each
    are enough on all."""

    def __init__(self, days: Sequence[RecordedDay], whole: Whole, tiers: Sequence[str], runs: range) -> None:
        self.dates = [day.date for day in days]
        writers = [Playwright(day) for day in days]
        self.scripts: list[Script] = [writer.script(number) for number in runs for writer in writers]
        self.now = list(self.lived(whole))
        self._tiers = tiers
        self._steps = [self._points(self.now[:count], self.now[:count]) for count in range(1, len(self.now) + 1)]
        """Points of what holds now, after each day."""

    @property
    def present(self) -> float:
        """Points of what holds now."""
        return self._steps[-1]

    def lived(self, whole: Whole) -> Iterator[Measures]:
        """Day by day, run by run."""
        setting = setting_of(whole)
        return (of_outcome(run(script, setting)) for script in self.scripts)

    def points(self, whole: Whole, best: float) -> float:
        """Of a candidate; one that is far above the best after some of the days is lived no further."""
        found: list[Measures] = []
        for present, measures in zip(self._steps, self.lived(whole), strict=True):
            found.append(measures)
            now = self._points(self.now[: len(found)], found)
            if now > present * best / self.present * 1.2 + 10.0:
                return float("inf")
        return now

    def gain(self, then: Sequence[Measures]) -> Interval:
        """Points saved by what would be, run by run."""
        count = len(self.dates)
        spans = [slice(first, first + count) for first in range(0, len(then), count)]
        now = [self._points(self.now[span], self.now[span]) for span in spans]
        return paired(now, [self._points(self.now[span], then[span]) for span in spans])

    def _points(self, reference: Sequence[Measures], found: Sequence[Measures]) -> float:
        return Wanted(merged(reference), self._tiers).points(merged(found))


@dataclass(frozen=True, slots=True)
class Budget:
    """How long it may take: a clock in seconds, what it showed at the begin, and the seconds. ``told`` hears the
    share (0 to 1) of the search that is over, and the candidates tried."""

    now: Callable[[], float]
    began: float
    seconds: float
    told: Callable[[float, int], None] | None = None

    def goes_on(self, tried: int) -> bool:
        """Whether to try another candidate."""
        share = (self.now() - self.began) / (self.seconds * _SEARCHING)
        if self.told is not None:
            self.told(min(1.0, share), tried)
        return share < 1.0

    def most_days(self, each: float) -> int:
        """On how many days candidates can be tried, where one takes so many seconds."""
        return max(1, int(self.seconds * _SEARCHING / FEW_TRIES / each))

    def judging(self, days: int, each: float) -> tuple[int, int]:
        """On how many of the days, and how often, there is time to judge."""
        lives = max(2, int(self.seconds * _JUDGING / 2.0 / each))
        count = max(1, min(days, lives // 2))
        return count, max(2, min(_JUDGING_RUNS, lives // count))


def fit(days: Sequence[RecordedDay], live: Whole, budget: Budget, *, number: int = 1) -> Proposal:
    """The best that is found in about that time. Raises as ``refuse_if_too_few``."""
    days = [day for day in (_known(each, live) for each in days) if any(each.kind == LIVE for each in day.contacts)]
    refuse_if_too_few(days)
    tuning_days, judging_days = _split(days)
    tiers = in_order(sorted({contact.tier for day in days for contact in day.contacts}), live)
    each = _seconds_of(max(days, key=lambda day: len(day.contacts)), live, budget)
    stage = _Stage(tuning_days[: budget.most_days(each)], live, tiers, range(1, 2))
    sweep = [{knob: factor} for factor in (2.0, 0.5) for knob in knobs_for(live, days)]
    found = search(
        lambda factors, best: stage.points(turned(live, factors), best), knobs_for(live, days), Random(number),
        least=stage.present, goes_on=budget.goes_on, first=sweep,
    )  # fmt: skip
    wanted = turned(live, _pruned(stage, live, found.factors))
    count, runs = budget.judging(len(judging_days), each)
    judge = _Stage(judging_days[:count], live, tiers, range(101, 101 + runs))
    then = list(judge.lived(wanted)) if wanted != live else judge.now
    recorded, changes = [of_recorded(day, setting_of(live)) for day in judging_days[:count]], difference(live, wanted)
    gain = judge.gain(then)
    return Proposal(wanted, changes, stage.dates, judge.dates, recorded, judge.now, then, tiers, gain, found.tried)


def _seconds_of(day: RecordedDay, live: Whole, budget: Budget) -> float:
    """How long it takes to live through a day."""
    began = budget.now()
    of_outcome(run(Playwright(day).script(1), setting_of(live)))
    return max(1e-3, budget.now() - began)


def _known(day: RecordedDay, live: Whole) -> RecordedDay:
    """The day without contacts whose queue is no more."""
    return replace(day, contacts=tuple(each for each in day.contacts if each.queue in live.queues))


def _split(days: Sequence[RecordedDay]) -> tuple[list[RecordedDay], list[RecordedDay]]:
    """Two thirds to tune on, every third to show it on."""
    return [day for place, day in enumerate(days) if place % 3 != 1], list(days[1::3])


def _pruned(stage: _Stage, live: Whole, factors: Factors) -> Factors:
    """Without the numbers that hardly help: what changes should be worth it."""
    kept, never = dict(factors), float("inf")
    best = stage.points(turned(live, kept), never) if kept else 0.0
    for knob in sorted(kept, key=lambda each: abs(kept[each] - 1.0)):
        without = {name: factor for name, factor in kept.items() if name != knob}
        points = stage.points(turned(live, without), never)
        if points <= best + _CLEAR:
            kept, best = without, min(best, points)
    return kept
