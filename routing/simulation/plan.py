"""Which days the benchmark lives through, in which worlds and under which rules; none was seen by the tuner."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from routing.simulation.catalogue import REFERENCE, RIVALS, Entry
from routing.simulation.day import Day, make_day
from routing.simulation.figures import Figures, figures
from routing.simulation.product import Product
from routing.simulation.running import run
from routing.simulation.world import World, benchmark, even_speed, hard, one_pool, starving

PRODUCT = "hotline"
RULES: Mapping[str, Entry] = {**RIVALS, PRODUCT: Entry("**Hotline**", Product)}
MATRICES = (101, 102, 103, 104, 105)
TRAINING_MATRICES = (1, 2, 3, 4, 5)
FIRST_TRAINING_DAY = 1000
LOADS = (0.85, 0.95, 1.05, 1.15)
FEWER = (95, 94)
POOLS = (60, 65, 70)
POOL_PER_HOUR, POOL_HANDLE, POOL_PATIENCE = 768.0, 300.0, 240.0
_CLOSE_RIVALS = (REFERENCE, "strict", "weight_penalty")
_ALWAYS = (*_CLOSE_RIVALS, "p4_fifo", "p4_strict", PRODUCT)
"""Rules that goals are measured by; the others need fewer days, see ``Results.mean``."""
_LEAST_SHARE = 0.4
"""Of the days of every experiment: a run that is short of time leaves out the last ones of all, but keeps these."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """A question: one world, some days, some rules."""

    name: str
    world: World
    days: int
    rules: Sequence[str]
    spare: Sequence[str] = ()
    """Rules for the first ``spare_days`` days only."""
    spare_days: int = 0

    def on(self, day: int) -> Sequence[str]:
        """The rules of a day."""
        return (*self.rules, *self.spare) if day <= self.spare_days else self.rules


@dataclass(frozen=True, slots=True)
class Trial:
    """One day of an experiment under one rule."""

    experiment: str
    world: World
    day: int
    rule: str

    @property
    def key(self) -> str:
        """Names it among all."""
        return f"{self.experiment}/{self.day}/{self.rule}"

    @property
    def matrix(self) -> int:
        """The company of this day."""
        return MATRICES[self.day % len(MATRICES)]

    @property
    def about(self) -> tuple[World, int, int]:
        """What the day is made from."""
        return self.world, self.matrix, self.day

    def live(self, day: Day) -> Figures:
        """Live through the day, which was made from ``about``."""
        return figures(run(day, RULES[self.rule].make))


def experiments(share: float = 1.0) -> list[Experiment]:
    """The whole benchmark; a share of the days for a quicker look."""

    def days(count: int) -> int:
        return max(2, round(count * share))

    world = benchmark()
    found = [
        Experiment("day", world, days(30), _ALWAYS, [rule for rule in RULES if rule not in _ALWAYS], days(12)),
        Experiment("hard", hard(world), days(15), (*_CLOSE_RIVALS, "p4_strict", PRODUCT)),
        Experiment("starving", starving(world), days(8), (*_CLOSE_RIVALS, "callcenter_tuned", PRODUCT)),
        Experiment("even_speed", replace(even_speed(world), volume=world.volume * 0.97), days(16),
                   (REFERENCE, PRODUCT)),
    ]  # fmt: skip
    found += [
        Experiment(f"load_{load}", replace(world, volume=world.volume * load), days(4), (*_CLOSE_RIVALS, PRODUCT))
        for load in LOADS
    ]
    found += [Experiment(f"agents_{count}", replace(world, agents=count), days(10), (PRODUCT,)) for count in FEWER]
    found += [
        Experiment(f"pool_{count}", one_pool(count, POOL_PER_HOUR, POOL_HANDLE, POOL_PATIENCE), days(20), (REFERENCE,))
        for count in POOLS
    ]
    return found


def trials(plan: Sequence[Experiment]) -> Iterator[Trial]:
    """All of them, day by day; all experiments come on alike: whoever stops early has the same share of each."""
    days = [((day - 1) / each.days, place, day) for place, each in enumerate(plan) for day in range(1, each.days + 1)]
    for _, place, day in sorted(days):
        experiment = plan[place]
        for rule in experiment.on(day):
            yield Trial(experiment.name, RULES[rule].world(experiment.world), day, rule)


def is_enough(plan: Sequence[Experiment], lived: Container[str]) -> bool:
    """Whether so many days of every experiment were lived through (keys of trials) that figures may be drawn."""
    return all(
        Trial(each.name, each.world, day, rule).key in lived
        for each in plan
        for day in range(1, math.ceil(each.days * _LEAST_SHARE) + 1)
        for rule in each.on(day)
    )


def live_all(todo: Sequence[Trial]) -> Iterator[tuple[Trial, Figures]]:
    """Live through days in turn; a day that several rules share is made once."""
    about, day = None, None
    for trial in todo:
        if day is None or trial.about != about:
            about, day = trial.about, make_day(*trial.about)
        yield trial, trial.live(day)


class Results:
    """Figures by experiment, rule and day."""

    def __init__(self, found: Mapping[str, Figures]) -> None:
        self._found = found

    def series(self, experiment: str, rule: str, name: str) -> list[float]:
        """A figure on each day, in the order of days."""
        prefix, suffix = f"{experiment}/", f"/{rule}"
        days = sorted(int(key.split("/")[1]) for key in self._found if key.startswith(prefix) and key.endswith(suffix))
        return [self._found[f"{experiment}/{day}/{rule}"][name] for day in days]

    def mean(self, experiment: str, rule: str, name: str) -> float:
        """A figure's mean over days.

        A rule that was not measured on all days has the reference's mean and its own mean difference to that on the
        days that both have: the luck of those days is taken out.
        """
        values, reference = self.series(experiment, rule, name), self.series(experiment, REFERENCE, name)
        luck = fmean(reference) - fmean(reference[: len(values)]) if len(values) < len(reference) else 0.0
        return fmean(values) + luck
