"""The page and its pictures come out of any results, and a miss is called one."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from routing.simulation.figures import Figures, figures
from routing.simulation.goals import goals, goals_when_hard, summary
from routing.simulation.plan import MATRICES, PRODUCT, RULES, TRAINING_MATRICES, Results, experiments, trials
from routing.simulation.report import document, pictures
from routing.simulation.running import run
from tests.routing.simulation.days import short


@pytest.fixture(scope="module")
def day() -> Figures:
    """Figures of a real hour."""
    return figures(run(short(), RULES["fifo"].make))


def results(day: Figures, **ours: float) -> Results:
    """All days alike, those of the product with some other figures; bounds are better than the reference."""
    found = {}
    for trial in trials(experiments(0.1)):
        better = {"mean": day["mean"] / 3, "sl_vip": 97.0} if trial.rule.startswith("p4") else {}
        found[trial.key] = {**day, **better, **(ours if trial.rule == PRODUCT else {})}
    return Results(found)


def test_a_rule_like_the_reference_misses_the_goals(day: Figures) -> None:
    met = {goal.number: goal.met for goal in goals(results(day))}
    assert set(met) == {f"G{number}" for number in range(1, 10)}
    assert met["G2"]
    assert not met["G1"]
    assert not met["G3"]
    assert not met["G9"]


def test_a_better_one_meets_them(day: Figures) -> None:
    found = results(
        day, sl=day["sl"] + 5, sl_vip=97.0, sl_bronze=day["sl_bronze"] + 1, mean=0.6 * day["mean"],
        abandoned=0.6 * day["abandoned"], sl_french=75.0, sl_spanish=80.0, occupancy_sd=2.5,
    )  # fmt: skip
    assert [goal.number for goal in [*goals(found), *goals_when_hard(found)] if not goal.met] == []
    assert summary(found).agents_saved_pct == 6
    assert summary(found).mean_wait_vs_fifo == pytest.approx(0.6)


def test_the_page_ends_in_the_result(day: Figures) -> None:
    found = results(day)
    page = document(found)
    assert f"RESULT routing-quality {summary(found).line}" in page
    assert "**no**" in page
    for entry in RULES.values():
        assert entry.title in page


def test_the_pictures_are_sound_and_named_on_the_page(day: Figures) -> None:
    found = results(day)
    for name, picture in pictures(found).items():
        assert name in document(found)
        assert ET.fromstring(picture).tag.endswith("svg")


def test_no_company_is_both_for_tuning_and_for_testing() -> None:
    assert not set(MATRICES) & set(TRAINING_MATRICES)
