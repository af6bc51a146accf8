"""What a change would have done to a recorded day: the present comes near the record, a better one shows, in words."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

import pytest

from core.errors import Refusal
from routing.configuration.model import Agent, Whole
from routing.recorded import words
from routing.recorded.compare import compare, difference, far_off, of_line, single
from routing.recorded.measures import EVERYBODY, Group
from routing.recorded.setting import setting_of
from routing.simulation.intervals import interval
from tests.routing.recorded.days import call, company, day_of, usual_day

CARGO = of_line(Group("cargo"), "in_target")


def _with_skill(whole: Whole) -> Whole:
    """One of the claims' agents learns cargo."""
    agent = whole.agents["a5"]
    taught = replace(agent, skills={"claims": 4, "cargo": 4}, queues={"claims": 1, "cargo": 1})
    return replace(whole, agents=dict(whole.agents) | {"a5": taught})


@pytest.mark.long
def test_the_present_configuration_comes_near_the_record_within_its_interval() -> None:
    found = compare(usual_day(), company(), company(), runs=6)
    recorded = of_line(EVERYBODY, "in_target")(found.recorded)
    assert single([of_line(EVERYBODY, "in_target")(each) for each in found.now]).holds(recorded)
    assert far_off(found) == []
    assert difference(found, of_line(EVERYBODY, "wait")).mean == 0
    told = "\n".join(words.check_lines(found))
    assert "comes near what was recorded" in told
    assert "WARNING" not in told


@pytest.mark.long
def test_one_more_agent_with_the_skill_helps_and_is_told_so() -> None:
    found = compare(usual_day(), company(), _with_skill(company()), runs=5)
    change = difference(found, CARGO)
    assert change.mean - change.within > 2
    table = "\n".join(words.change_lines(found))
    assert [line.split()[:2] for line in table.splitlines()][1:4] == [
        ["everybody", f"{len(usual_day().contacts)}"], ["queue", "cargo"], ["tier", "key"]
    ]  # fmt: skip
    said = " ".join(words.in_words(found))
    assert "more of 100 contacts would have been answered in target" in said
    assert "Better: queue cargo (+" in said


@pytest.mark.long
def test_a_skill_that_is_taken_away_is_told_as_worse() -> None:
    found = compare(usual_day(), _with_skill(company()), company(), runs=4)
    assert "Worse: queue cargo (−" in " ".join(words.in_words(found))


@pytest.mark.long
def test_a_simulation_that_is_far_off_is_warned_of() -> None:
    """Recorded under a configuration with an agent more than there are now."""
    day = usual_day()
    slow = replace(day, contacts=tuple(replace(each, wait=each.wait + 60.0) for each in day.contacts if each.answered))
    found = compare(slow, company(), company(), runs=3)
    told = "\n".join(words.check_lines(found, changed_since=True))
    assert "WARNING: the simulation is far off in: answered in target, mean wait" in told
    assert "may be why" in told


@pytest.mark.long
def test_a_new_agent_works_the_hours_of_a_colleague() -> None:
    whole = company()
    more = replace(whole, agents=dict(whole.agents) | {"new": Agent("New", skills={"cargo": 3}, queues={"cargo": 1})})
    found = compare(usual_day(), whole, more, runs=3)
    assert difference(found, CARGO).mean > 2
    assert [note for note in found.notes if note.startswith("new is new: taken to work the hours of ")]


@pytest.mark.long
def test_what_cannot_be_told_is_noted() -> None:
    whole, day = company(), usual_day()
    queues = {"cargo": replace(whole.queues["cargo"], target_seconds=40, hours="office")}
    agents = {code: replace(each, queues={"cargo": 1}) for code, each in whole.agents.items() if code != "a0"}
    wanted = replace(whole, queues=queues, agents=agents)
    strange = replace(day, left_out=3, staff=(*day.staff, *day_of([], {"ghost": ((0.0, 1.0),)}).staff))
    notes = " ".join(compare(strange, whole, wanted, runs=2).notes)
    for part in (
        "3 contacts are not part",
        "their queue is not in",
        "ghost",
        "target of cargo changes",
        "hours is not",
    ):
        assert part in notes


def test_a_day_with_a_single_contact_can_be_told() -> None:
    found = compare(day_of([call(10.0, wait=3.0)], {"a0": ((0.0, 50.0),)}), company(), company(), runs=2)
    told = [*words.check_lines(found), *words.change_lines(found), *words.in_words(found), words.title(found)]
    assert "1 contacts, 1 agents on duty" in told[-1]
    assert all(len(line) < 200 for line in told)


def test_a_day_of_other_queues_cannot_be_told() -> None:
    with pytest.raises(Refusal, match=r"day\.nothing_to_replay"):
        compare(day_of([call(10.0, queue="gone")], {}), company(), company())


@pytest.mark.long
def test_the_same_runs_are_drawn_for_both() -> None:
    """A change that changes nothing of routing leaves every figure as it is."""
    whole = company()
    renamed = replace(whole, agents={code: replace(each, name="X") for code, each in whole.agents.items()})
    found = compare(usual_day(), whole, renamed, runs=3)
    assert found.now == found.then
    assert setting_of(whole) == setting_of(renamed)


@pytest.mark.parametrize("values", [[1.0, 2.0, 4.0]])
def test_one_more_day_strays_wider_than_the_mean_of_days(values: list[float]) -> None:
    assert single(values).mean == fmean(values)
    assert single(values).within == pytest.approx(2 * interval(values).within)
