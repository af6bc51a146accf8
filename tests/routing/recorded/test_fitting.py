"""The tuner finds a weight that is clearly wrong, shows it on days that it has not seen, and refuses on too little."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from statistics import fmean

import pytest

from core.errors import Refusal
from routing.configuration.difference import difference
from routing.configuration.export import export
from routing.configuration.model import ANY_GRADE, Policies, ServicePolicy, Whole
from routing.configuration.read import read
from routing.recorded.compare import of_line
from routing.recorded.day import RecordedDay
from routing.recorded.fitting import Budget, Proposal, fit, refuse_if_too_few
from routing.recorded.measures import Group
from routing.recorded.setting import setting_of
from routing.recorded.tuning_words import far_from_recorded, told
from routing.recorded.turning import knobs_for, turned
from routing.simulation.intervals import paired
from tests.routing.configuration.files import NOTHING
from tests.routing.recorded.days import SAME_FOR_ALL, company, made_day

_PLAIN = {ANY_GRADE: ServicePolicy(weight=Decimal(1), head_start_seconds=0)}
NOBODY_FIRST: Policies = {tier: dict(_PLAIN) for tier in SAME_FOR_ALL}
"""All tiers are served alike, whoever is called the best."""
BUSY = {f"a{n}": {"cargo": 3} for n in range(5)}


def read_whole(text: str) -> Whole:
    """What a file says; whether it strands a queue does not matter here."""
    return NOTHING.with_sections_of(read(text, "UTC")[0])


class Clock:
    """Moves on by a step with every candidate."""

    def __init__(self, tries: int) -> None:
        self.now, self.tries = 0.0, tries / 0.7

    def budget(self) -> Budget:
        return Budget(lambda: self.now, 0.0, float(self.tries), self.told)

    def told(self, share: float, tried: int) -> None:
        assert 0 <= share <= 1
        self.now += 1.0


def _days(whole: Whole, count: int = 3) -> list[RecordedDay]:
    return [made_day(whole, number, 0.92) for number in range(1, count + 1)]


def _calm(whole: Whole) -> Whole:
    """Nobody is that late that only age counts, and a target that a better place in the line can reach."""
    queues = {code: replace(queue, target_seconds=60) for code, queue in whole.queues.items()}
    return replace(whole, queues=queues)


@pytest.fixture(scope="module")
def found() -> Proposal:
    whole = _calm(company(BUSY, NOBODY_FIRST))
    return fit(_days(whole), whole, Clock(8).budget())


@pytest.mark.long
def test_a_head_start_that_is_clearly_missing_is_found(found: Proposal) -> None:
    changed = {(change.code, field.field) for change in found.changes for field in change.fields}
    assert changed & {("key/any", "head_start_seconds"), ("key/any", "weight")}
    assert found.helps
    wait = of_line(Group(tier="key"), "wait")
    change = paired([wait(each) for each in found.then], [wait(each) for each in found.now])
    assert change.mean + change.within < 0
    assert fmean(map(wait, found.then)) < 0.85 * fmean(map(wait, found.now))


@pytest.mark.long
def test_it_is_shown_on_days_that_were_not_tuned_on(found: Proposal) -> None:
    assert (found.tuned_on, found.shown_on) == (["2026-11-01", "2026-11-03"], ["2026-11-02"])
    text = "\n".join(told(found))
    assert "~ policy key/any" in text
    assert "head_start_seconds: 0 → " in text or "weight: 1 → " in text
    assert [line.split()[:2] for line in text.splitlines() if line.startswith("  tier")] == [
        ["tier", tier] for tier in SAME_FOR_ALL
    ]
    assert far_from_recorded(found.recorded, found.now) is None


@pytest.mark.long
def test_what_is_proposed_is_a_configuration_that_can_be_written(found: Proposal) -> None:
    assert difference(read_whole(export(found.wanted)), found.wanted) == []


@pytest.mark.long
def test_what_is_good_already_is_left_alone() -> None:
    whole = company(BUSY)
    proposal = fit(_days(whole), whole, Clock(1).budget())
    assert proposal.changes == [] or proposal.wanted != whole
    none = replace(proposal, changes=[], wanted=whole)
    assert not none.helps
    assert "nothing to change" in "\n".join(told(none))


def test_too_little_is_refused_with_a_reason() -> None:
    day = made_day(company(), 1)
    few = replace(day, contacts=day.contacts[:100])
    idle = replace(day, contacts=tuple(replace(contact, wait=1.0, rings=()) for contact in day.contacts))
    for days, code in (
        ([day, day], "tune.too_few_days"),
        ([few, few, few], "tune.too_few_contacts"),
        ([idle, idle, idle], "tune.nobody_waits"),
    ):
        with pytest.raises(Refusal) as refused:
            refuse_if_too_few(days)
        assert refused.value.code == code


@pytest.mark.long
def test_every_knob_turns_something_and_none_turns_nothing() -> None:
    whole, days = company(), [made_day(company(), 1)]
    assert turned(whole, {}) == whole == turned(whole, {"choice.speed": 1.0})
    for knob in knobs_for(whole, days):
        for factor in (0.1, 10.0):
            wanted = turned(whole, {knob: factor})
            assert setting_of(wanted).policy.version != setting_of(whole).policy.version, knob
            assert difference(read_whole(export(wanted)), wanted) == []


def test_a_weight_of_nothing_is_turned_as_if_it_had_its_usual_value() -> None:
    whole = replace(company(policies=NOBODY_FIRST), tuning={"choice": {"speed": 0.0}})
    assert turned(whole, {"choice.speed": 2.0}).tuning == {"choice": {"speed": 20.8}}
    policy = turned(whole, {"policies.key.head_start_seconds": 2.0}).policies["key"][ANY_GRADE]
    assert (policy.head_start_seconds or 0) > 50


def test_knobs_that_mean_nothing_here_are_left_alone() -> None:
    knobs = knobs_for(company(), [made_day(company(), 1)])
    assert not {"choice.consolidation", "service.blend_wait", "service.relax", "service.preferred_wait"} & set(knobs)
    assert {"policies.key.weight", "service.cap", "order.speed_power"} <= set(knobs)
    assert "policies.standard.weight" not in knobs
