"""Fits the numbers of a policy to a company's own days, by trying: one step at a time, each kept if it helps.

The same days are lived through with every candidate. What was found is to be judged on days that were not tuned on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from statistics import fmean
from typing import Any

from routing.engine.policy import Choice, Order, Policy, Service
from routing.simulation.day import Day
from routing.simulation.figures import Figures, figures
from routing.simulation.product import Product
from routing.simulation.running import run
from routing.simulation.world import TIERS

Factors = Mapping[str, float]
"""By knob: what the number of the policy that one starts from is multiplied with (slopes: raised to)."""
_OF_SERVICE = ("head_start", "cap", "scarce_wait", "kept_wait", "blend_wait", "preferred_wait")
_OF_ORDER = ("speed_power",)
_OF_CHOICE = ("speed", "flexibility", "scarce", "consolidation", "occupancy")
KNOBS = ("steepness", "relax", *_OF_SERVICE, *_OF_ORDER, *_OF_CHOICE)
_LEAST, _MOST = 0.1, 10.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a policy is judged by: points lost, fewer are better."""

    reference: Figures
    """Figures of the same days under the present rules; nothing may become worse than them for the bottom tier."""
    best_tier: float = 93.0
    """Service level of the best tier, percent."""
    fairness: float = 3.0
    """Standard deviation of occupancy among comparable agents, points."""

    def points(self, found: Figures) -> float:
        """Mean wait and abandonment against the reference, and what is missing of what is wanted."""
        wait = found["mean"] / max(0.1, self.reference["mean"])
        lost = found["abandoned"] / max(0.1, self.reference["abandoned"])
        missing = (
            max(0.0, self.best_tier - found[f"sl_{TIERS[0]}"])
            + max(0.0, self.reference[f"sl_{TIERS[-1]}"] - found[f"sl_{TIERS[-1]}"])
            + max(0.0, self.reference["chat_sl"] - found["chat_sl"])
            + 5.0 * max(0.0, found["occupancy_sd"] - self.fairness)
        )
        tail = max(0.0, found[f"p99_{TIERS[-1]}"] / max(1.0, self.reference[f"p99_{TIERS[-1]}"]) - 1.1)
        return 50.0 * (wait + lost) + 5.0 * missing + 100.0 * tail


@dataclass(frozen=True, slots=True)
class Found:
    """Where a search has ended."""

    factors: Factors
    points: float
    tried: int


@dataclass(frozen=True, slots=True)
class Tuned:
    """What was found."""

    policy: Policy
    factors: Factors
    before: Figures
    after: Figures
    tried: int


def mean_of(found: Sequence[Figures]) -> Figures:
    """Each figure's mean over days."""
    return {name: fmean(day[name] for day in found) for name in found[0]}


def live(days: Iterable[Day], policy: Policy) -> Figures:
    """Mean figures of days under a policy."""
    return mean_of([figures(run(day, lambda made, desks: Product(made, desks, policy))) for day in days])


def turned(policy: Policy, factors: Factors) -> Policy:
    """The policy with its numbers multiplied; what is 0 or none stays so."""

    def scaled(value: float, name: str) -> float:
        return value * factors.get(name, 1.0)

    def service(line: Service) -> Service:
        changed: dict[str, Any] = {
            name: scaled(found, name) for name in _OF_SERVICE if (found := getattr(line, name)) is not None
        }
        relax = tuple(replace(step, until=scaled(step.until, "relax")) for step in line.relax)
        return replace(line, slope=line.slope ** factors.get("steepness", 1.0), relax=relax, **changed)

    order: Order = replace(policy.order, **{name: scaled(getattr(policy.order, name), name) for name in _OF_ORDER})
    choice: Choice = replace(policy.choice, **{name: scaled(getattr(policy.choice, name), name) for name in _OF_CHOICE})
    services = tuple((key, service(line)) for key, line in policy.services)
    return replace(policy, services=services, order=order, choice=choice)


def tune(
    days: Sequence[Day],
    start: Policy,
    wanted: Wanted,
    *,
    tries: int,
    chance: Random,
    told: Callable[[int, float, Factors], None] | None = None,
) -> Tuned:
    """Try so many steps of one or two knobs each; ``told`` hears of every improvement (number, points, factors)."""
    before = live(days, start)
    figures_of: dict[float, Figures] = {}

    def points(factors: Factors, _: float) -> float:
        found = live(days, turned(start, factors))
        figures_of[points_now := wanted.points(found)] = found
        return points_now

    least = wanted.points(before)
    found = search(points, KNOBS, chance, least=least, goes_on=lambda tried: tried < tries, told=told)
    after = figures_of.get(found.points, before) if found.factors else before
    return Tuned(turned(start, found.factors), found.factors, before, after, found.tried)


def search(
    points: Callable[[Factors, float], float],
    knobs: Sequence[str],
    chance: Random,
    *,
    least: float,
    goes_on: Callable[[int], bool],
    told: Callable[[int, float, Factors], None] | None = None,
    first: Iterable[Factors] = (),
) -> Found:
    """Keep every step that loses fewer points than the best so far, while it ``goes_on`` (asked with the tries).

    ``points`` of some factors is told the best, and may answer anything above it as soon as it is above. ``least``:
    points of no change. ``first``: steps to try before chance chooses them; each is taken from the best so far.
    """
    best: Factors = {}
    tried, planned = 0, iter(first)
    while goes_on(tried):
        tried += 1
        step = next(planned, None)
        factors = _step(best, knobs, chance) if step is None else _times(best, step)
        now = points(factors, least)
        if now < least:
            best, least = factors, now
            if told is not None:
                told(tried, least, best)
    return Found(best, least, tried)


def _step(best: Factors, knobs: Sequence[str], chance: Random) -> Factors:
    count = min(len(knobs), chance.choice((1, 1, 2)))
    step = {knob: float(chance.choice((0.5, 0.7, 0.85, 1.2, 1.4, 2.0))) for knob in chance.sample(knobs, count)}
    return _times(best, step)


def _times(best: Factors, step: Factors) -> Factors:
    changed = dict(best)
    for knob, factor in step.items():
        changed[knob] = min(_MOST, max(_LEAST, changed.get(knob, 1.0) * factor))
    return changed
