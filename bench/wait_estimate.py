"""``./hotline bench wait-estimate``: what callers are told about their wait, and what then comes true.

Simulated days with 6 % more demand than the benchmark day, under the product's own rules. Counted is every call that
waited and was answered, also those whose wait is too short to be worth telling.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import fmean

from bench.figures import keep, say
from routing.engine.estimate import WaitEstimator
from routing.simulation.announcing import LATER, Told, announce
from routing.simulation.catalogue import REFERENCE
from routing.simulation.day import make_day
from routing.simulation.plan import MATRICES, RULES
from routing.simulation.world import benchmark

_MORE_DEMAND = 1.06
_NEAR = 15.0
_FORECASTS: dict[str, Callable[[Told], float]] = {
    "blend, corrected": lambda told: told.estimate.likely,
    "blend": lambda told: told.estimate.blend,
    "line over pace of its agents": lambda told: told.drain,
    "head of the line": lambda told: told.head_wait,
}


def measure(rule: str, days: int, later: list[Told]) -> list[Told]:
    """All who waited and were answered, over some days; the estimator learns through all of them.

    ``later`` gets those who were looked at again while they waited.
    """
    world = benchmark()
    world = replace(world, volume=world.volume * _MORE_DEMAND)
    estimator, found = WaitEstimator(), list[Told]()
    for day in range(1, days + 1):
        made = make_day(world, MATRICES[day % len(MATRICES)], day)
        found += announce(made, RULES[rule].make, estimator, later)
        say(f"{rule}: day {day} of {days}")
    return found


def error(told: Sequence[Told], forecast: Callable[[Told], float]) -> tuple[float, float]:
    """Mean absolute error in seconds, and the percentage that was off by at most 15 s."""
    errors = [abs(forecast(each) - each.waited) for each in told]
    return fmean(errors), 100.0 * sum(found <= _NEAR for found in errors) / len(errors)


def coverage(told: Sequence[Told]) -> float:
    """The percentage whose wait ended inside the range."""
    return 100.0 * sum(each.estimate.low <= each.waited <= each.estimate.high for each in told) / len(told)


def main() -> None:
    """Measure, keep the figures, print the result."""
    parser = argparse.ArgumentParser(prog="hotline bench wait-estimate")
    parser.add_argument("--days", type=int, default=8)
    options = parser.parse_args()
    again: dict[str, list[Told]] = {REFERENCE: [], "hotline": []}
    found = {rule: measure(rule, options.days, later) for rule, later in again.items()}
    kept: dict[str, dict[str, float]] = {}
    for rule, told in found.items():
        print(f"{rule}: {len(told)} calls waited {fmean(each.waited for each in told):.1f} s in the mean")
        for name, forecast in _FORECASTS.items():
            mean, near = error(told, forecast)
            kept[f"{rule}, {name}"] = {"mae_s": mean, "within_15s_pct": near}
            print(f"  {name:30} off by {mean:5.1f} s, {near:4.1f} % within 15 s")
        worth = [each for each in told if each.estimate.is_worth_telling]
        print(f"  {coverage(told):.1f} % inside the range; of the {len(worth)} told a number, {coverage(worth):.1f} %")
        mean, near = error(again[rule], _FORECASTS["blend, corrected"])
        kept[f"{rule}, after {LATER:g} s"] = {"mae_s": mean, "within_15s_pct": near}
        print(f"  the rest, after {LATER:g} s of waiting: off by {mean:.1f} s, {near:.1f} % within 15 s, "
              f"{coverage(again[rule]):.1f} % inside the range")  # fmt: skip
    say(f"raw figures: {keep('wait-estimate', {'figures': kept})}")
    ours = found["hotline"]
    mean, near = error(ours, lambda told: told.estimate.likely)
    print(f"RESULT wait-estimate mae_s={mean:.1f} within_15s_pct={near:.1f} coverage80_pct={coverage(ours):.1f}")


if __name__ == "__main__":
    main()
