"""A day that is lived through again: the recorded comes out, and each rule of a configuration shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from core.agent import ReservationState
from routing.configuration.model import Overflow, OverflowKind, Whole
from routing.recorded.day import Contact
from routing.recorded.demo_day import recorded
from routing.recorded.desk import Case
from routing.recorded.measures import EVERYBODY, Group, of_outcome, of_recorded
from routing.recorded.pace import Paces
from routing.recorded.running import Outcome, run
from routing.recorded.script import Fate, Script
from routing.recorded.setting import setting_of
from tests.routing.recorded.days import DECLINED, MISSED, call, company, day_of, usual_day

ALL_DAY = ((0.0, 86_400.0),)


def fate(contact: Contact, patience: float = 1e6, talk: float = 100.0, wrap: float = 10.0) -> Fate:
    return Fate(contact, contact.at, patience, talk, wrap, ring=2.0)


def live(
    fates: list[Fate], whole: Whole | None = None, duty: Mapping[str, tuple[tuple[float, float], ...]] | None = None
) -> Outcome:
    found = whole or company({"lin": {"cargo": 3}})
    shifts = dict.fromkeys(found.agents, ALL_DAY) if duty is None else duty
    day = day_of([each.contact for each in fates], shifts)
    return run(Script(day, tuple(fates), Paces()), setting_of(found))


def told(case: Case) -> tuple[float, str | None]:
    return round(case.wait, 3), case.desk.code if case.desk else None


def test_calls_are_served_one_after_the_other() -> None:
    outcome = live([fate(call(10.0)), fate(call(20.0)), fate(call(30.0))])
    assert [told(case) for case in outcome.cases] == [(2.0, "lin"), (104.0, "lin"), (206.0, "lin")]
    assert outcome.desks[0].busy == pytest.approx(3 * 112.0)
    assert outcome.desks[0].present == 86_400.0


def test_who_loses_patience_leaves_waiting_or_ringing() -> None:
    outcome = live([fate(call(10.0)), fate(call(20.0), patience=30.0), fate(call(200.0), patience=1.0)])
    assert [told(case) for case in outcome.cases] == [(2.0, "lin"), (30.0, None), (1.0, None)]
    assert [offer.state for offer in outcome.cases[2].offers] == [ReservationState.RESCINDED]
    assert of_outcome(outcome).lines[EVERYBODY].gave_up == pytest.approx(200 / 3)


def test_nobody_is_served_off_duty_and_a_call_outlasts_the_shift() -> None:
    duty = {"lin": ((0.0, 50.0), (300.0, 400.0))}
    outcome = live([fate(call(40.0)), fate(call(60.0)), fate(call(500.0), patience=100.0)], duty=duty)
    assert [told(case) for case in outcome.cases] == [(2.0, "lin"), (242.0, "lin"), (100.0, None)]


def test_a_ring_in_vain_costs_the_caller_and_the_agent() -> None:
    two = company({"lin": {"cargo": 3}, "wu": {"cargo": 3}})
    outcome = live([fate(call(10.0, rings=(MISSED,))), fate(call(31.0))], two)
    assert [told(case) for case in outcome.cases] == [(22.0, "lin"), (71.0 + 20.0, "wu")]
    assert outcome.cases[0].offers[0].agent == "wu"


def test_a_decline_leads_to_another_agent_and_the_only_one_is_asked_again() -> None:
    two = company({"lin": {"cargo": 3}, "wu": {"cargo": 3}})
    declined = live([fate(call(10.0, rings=(DECLINED,)))], two).cases[0]
    assert (declined.wait, {offer.agent for offer in declined.offers}) == (6.0, {"lin", "wu"})
    assert told(live([fate(call(10.0, rings=(DECLINED,)))]).cases[0]) == (66.0, "lin")


def test_who_is_demanded_serves_it_for_a_while_only() -> None:
    two = company({"lin": {"cargo": 3}, "wu": {"cargo": 3}})
    demanding = fate(call(20.0, demanded=("lin",), demanded_for=30.0))
    outcome = live([fate(call(10.0, demanded=("lin",))), demanding], two)
    assert [told(case) for case in outcome.cases] == [(2.0, "lin"), (32.0, "wu")]


def test_overflow_is_that_of_production() -> None:
    whole = company({"lin": {"cargo": 3}, "wu": {"claims": 3, "cargo": 3}})
    agents = dict(whole.agents) | {"wu": replace(whole.agents["wu"], queues={"claims": 1})}
    queue = replace(whole.queues["cargo"], overflow=(Overflow("claims", OverflowKind.WAIT, 30),))
    whole = replace(whole, agents=agents, queues=dict(whole.queues) | {"cargo": queue})
    outcome = live([fate(call(10.0)), fate(call(20.0))], whole)
    assert [told(case) for case in outcome.cases] == [(2.0, "lin"), (32.0, "wu")]


def test_wrap_up_ends_with_the_queues_limit() -> None:
    outcome = live([fate(call(10.0), wrap=500.0), fate(call(20.0))])
    assert told(outcome.cases[1]) == (10.0 + 2.0 + 100.0 + 60.0 + 2.0 - 20.0, "lin")


def test_the_better_tier_goes_first() -> None:
    waiting = [fate(call(20.0)), fate(call(21.0, tier="key"))]
    outcome = live([fate(call(10.0), talk=50.0), *waiting])
    assert outcome.cases[2].started < outcome.cases[1].started


def test_chats_run_side_by_side() -> None:
    whole = company({"lin": {"cargo": 3}})
    whole = replace(whole, agents={"lin": replace(whole.agents["lin"], capacity={"voice": 1, "chat": 2})})
    outcome = live([fate(call(at, channel="chat")) for at in (10.0, 11.0, 12.0)], whole)
    assert [told(case)[0] for case in outcome.cases] == [2.0, 2.0, 102.0 + 10.0]


def test_who_is_not_in_the_configuration_takes_no_part() -> None:
    outcome = live([fate(call(10.0)), fate(call(11.0, queue="gone"))], duty={"lin": ALL_DAY, "ghost": ALL_DAY})
    assert [told(case) for case in outcome.cases] == [(2.0, "lin")]
    assert [desk.code for desk in outcome.desks] == ["lin"]


def test_a_day_lived_through_and_recorded_measures_the_same() -> None:
    day, setting = usual_day(), setting_of(company())
    measures = of_recorded(day, setting)
    assert measures.lines[EVERYBODY].contacts == len(day.contacts) > 300
    assert {Group("cargo"), Group(tier="key"), Group("claims", "key")} <= set(measures.lines)
    assert sum(measures.lines[Group(queue)].contacts for queue in measures.queues) == len(day.contacts)
    fates = [
        Fate(each, each.at, each.wait if not each.answered else 1e6, each.talk, each.wrap, each.ring)
        for each in day.contacts
    ]
    again = run(Script(day, tuple(fates), Paces()), setting)
    assert of_outcome(again).lines[EVERYBODY].in_target == pytest.approx(measures.lines[EVERYBODY].in_target, abs=3)
    assert of_outcome(again).occupancy == pytest.approx(measures.occupancy, abs=3)
    assert len(recorded(again, day).contacts) == len(day.contacts)
