"""The announced wait: what the forecast is made of, and that its range holds what it promises."""

from __future__ import annotations

import pytest

from routing.engine.estimate import WaitEstimator, drain_seconds
from routing.simulation.announcing import Told, announce
from routing.simulation.plan import PRODUCT, RULES
from tests.routing.simulation.days import short


def test_the_pace_of_the_agents() -> None:
    assert drain_seconds(9, 20, 300.0) == pytest.approx(150.0)
    assert drain_seconds(0, 0, 300.0) == pytest.approx(600.0)


def test_the_blend_is_the_mean_of_last_and_drain_but_never_less_than_the_head() -> None:
    estimator = WaitEstimator()
    estimator.answered(("x", "any"), 40.0, now=0.0)
    assert estimator.estimate(("x",), head_wait=0.0, drain=20.0, now=1.0).blend == pytest.approx(30.0)
    assert estimator.estimate(("y", "any"), head_wait=70.0, drain=20.0, now=1.0).blend == pytest.approx(70.0)
    assert estimator.estimate(("x",), head_wait=0.0, drain=20.0, now=9999.0).blend == pytest.approx(20.0)


def test_the_range_is_learnt_from_errors() -> None:
    estimator = WaitEstimator()
    for number in range(400):
        estimator.learn(40.0, 40.0 * (0.5 + number % 100 / 100))
    found = estimator.estimate((), head_wait=0.0, drain=40.0, now=0.0)
    assert found.low == pytest.approx(24.0, abs=1.0)
    assert found.likely == pytest.approx(40.0, abs=1.0)
    assert found.high == pytest.approx(56.0, abs=1.0)
    assert found.is_worth_telling


@pytest.mark.long
def test_on_a_day_most_waits_end_inside_the_range() -> None:
    estimator = WaitEstimator()
    later = list[Told]()
    told = [each for number in (1, 2) for each in announce(short(number=number), RULES[PRODUCT].make, estimator, later)]
    assert len(told) > 200
    assert 0.70 <= coverage(told) <= 0.90
    assert len(later) > 50
    assert 0.65 <= coverage(later) <= 0.95, "the range is right while somebody waits, too"


def coverage(told: list[Told]) -> float:
    return sum(each.estimate.low <= each.waited <= each.estimate.high for each in told) / len(told)
