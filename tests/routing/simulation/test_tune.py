"""The tuner turns what it says, and never ends with something worse than it began with."""

from __future__ import annotations

from random import Random

import pytest

from routing.engine.policy import Policy
from routing.simulation.catalogue import REFERENCE, RIVALS
from routing.simulation.figures import figures
from routing.simulation.product import policy_for
from routing.simulation.running import run
from routing.simulation.tune import KNOBS, Wanted, live, tune, turned
from routing.simulation.world import benchmark
from tests.routing.simulation.days import short


def test_no_factor_changes_nothing() -> None:
    assert turned(policy_for(benchmark()), {}) == policy_for(benchmark())


@pytest.mark.parametrize("knob", [knob for knob in KNOBS if knob != "preferred_wait"])
def test_every_knob_turns_something_and_survives_json(knob: str) -> None:
    start = policy_for(benchmark())
    found = turned(start, {knob: 2.0})
    assert found != start
    assert Policy.from_json(found.as_json()) == found


@pytest.mark.long
def test_a_crooked_policy_is_made_better() -> None:
    days = [short()]
    reference = figures(run(days[0], RIVALS[REFERENCE].make))
    wanted = Wanted(reference)
    crooked = turned(policy_for(benchmark()), {"kept_wait": 10.0, "scarce_wait": 5.0, "relax": 5.0})
    heard: list[float] = []
    found = tune(days, crooked, wanted, tries=6, chance=Random(1), told=lambda _, points, __: heard.append(points))
    assert found.before == live(days, crooked)
    assert found.after == live(days, found.policy)
    assert wanted.points(found.after) <= wanted.points(found.before)
    assert heard == sorted(heard, reverse=True)
