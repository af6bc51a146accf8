"""The plan of the benchmark: what may be left out of it, and what is made of rules with fewer days."""

from __future__ import annotations

import pytest

from routing.simulation.plan import PRODUCT, Results, experiments, is_enough, trials


def test_the_luck_of_the_days_is_taken_out_of_a_rule_with_fewer_days() -> None:
    found = {f"day/{day}/fifo": {"mean": mean} for day, mean in ((1, 10.0), (2, 14.0), (3, 30.0))}
    found |= {f"day/{day}/random": {"mean": mean} for day, mean in ((1, 11.0), (2, 15.0))}
    assert Results(found).mean("day", "random", "mean") == pytest.approx(19.0)
    assert Results(found).mean("day", "fifo", "mean") == pytest.approx(18.0)


def test_who_stops_early_has_a_share_of_every_experiment() -> None:
    plan = experiments()
    todo = list(trials(plan))
    half = {trial.key for trial in todo[: len(todo) * 6 // 10]}
    assert is_enough(plan, half)
    assert not is_enough(plan, {trial.key for trial in todo[: len(todo) // 5]})
    results = Results({key: {"sl": 80.0} for key in half})
    for experiment in plan:
        days = [trial.day for trial in todo if trial.key in half and trial.experiment == experiment.name]
        assert 0 < max(days) <= experiment.days
        assert len(results.series(experiment.name, experiment.rules[0], "sl")) == max(days)


def test_every_day_is_lived_through_once_under_each_of_its_rules() -> None:
    todo = [trial.key for trial in trials(experiments())]
    assert len(todo) == len(set(todo))
    assert sum(key.startswith("day/") and key.endswith(f"/{PRODUCT}") for key in todo) == 30
