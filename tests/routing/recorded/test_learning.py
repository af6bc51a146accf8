"""What is learned of a day: duty, patience, pace."""

from __future__ import annotations

from random import Random
from statistics import fmean

import pytest

from core.agent import Presence
from routing.recorded import pace, patience
from routing.recorded.day import Contact
from routing.recorded.duty import Notice, away_after, duty
from routing.recorded.script import Playwright
from tests.routing.recorded.days import call, day_of, usual_day

AVAILABLE, AWAY, OFFLINE = Presence.AVAILABLE, Presence.AWAY, Presence.OFFLINE


def test_breaks_are_gaps() -> None:
    told = [Notice(100, AVAILABLE), Notice(200, AWAY, "lunch"), Notice(300, AVAILABLE), Notice(400, OFFLINE)]
    assert duty(told, 1000) == ((100, 200), (300, 400))


def test_what_stood_before_the_day_holds_and_what_is_open_ends_with_it() -> None:
    assert duty([Notice(-50, AVAILABLE)], 1000) == ((0, 1000),)
    assert duty([Notice(-50, AVAILABLE), Notice(-10, OFFLINE)], 1000) == ()
    assert duty([Notice(2000, AVAILABLE)], 1000) == ()
    assert duty([], 1000) == ()


def test_a_phone_that_cannot_be_rung_is_off_duty() -> None:
    told = [Notice(-1, reachable=False), Notice(0, AVAILABLE), Notice(50, reachable=True), Notice(80, reachable=False)]
    assert duty(told, 1000) == ((50, 80),)


def test_away_since_a_ring_in_vain_belongs_to_the_ring() -> None:
    told = [Notice(0, AVAILABLE), Notice(120, AWAY, "rona"), Notice(150, AVAILABLE), Notice(500, OFFLINE)]
    assert duty(told, 1000) == ((0, 500),)
    assert away_after(told, 120.4) == 30
    assert away_after(told, 300) == 0
    assert away_after(told[:2], 120) == 60
    assert duty([*told[:2], Notice(140, AWAY, "lunch"), Notice(160, AVAILABLE)], 200) == ((0, 140), (160, 200))


def _waited(chance: Random, mean: float, offered: float) -> Contact:
    own, answered = chance.expovariate(1 / mean), chance.expovariate(1 / offered)
    return call(0.0, wait=min(own, answered), agent="lin" if answered < own else None)


@pytest.mark.parametrize("mean", [60.0, 300.0])
def test_patience_is_learned_from_those_who_were_answered_too(mean: float) -> None:
    """The mean of those who left would be far too short: most were answered before."""
    chance = Random(3)
    contacts = [_waited(chance, mean, 30.0) for _ in range(4000)]
    learned = patience.learn(contacts)
    found = fmean(min(900.0, learned.draw(chance)) for _ in range(4000))
    true = fmean(min(900.0, chance.expovariate(1 / mean)) for _ in range(4000))
    assert found == pytest.approx(true, rel=0.25)
    left = [contact.wait for contact in contacts if not contact.answered]
    assert fmean(left) < 0.5 * mean


def test_who_has_waited_draws_beyond_that() -> None:
    learned, chance = patience.learn([call(0.0, wait=12.0)]), Random(1)
    assert min(learned.draw(chance, 77.0) for _ in range(500)) >= 77.0


def test_nobody_of_whom_nothing_is_known_waits_for_ever() -> None:
    assert patience.learn([]).draw(Random(1)) < 1e6


def test_slow_agents_are_known_and_few_calls_make_nobody_slow() -> None:
    usual = [call(0.0, agent="lin", talk=100.0) for _ in range(200)]
    slow = [call(0.0, agent="wu", talk=200.0) for _ in range(200)]
    once = [call(0.0, agent="new", talk=1500.0)]
    paces = pace.learn([*usual, *slow, *once])
    assert paces.of("wu", "cargo") > 1.8 * paces.of("lin", "cargo")
    assert paces.of("new", "cargo") < 2.5
    assert paces.of("lin", "other queue") == paces.of_agent["lin"]
    assert paces.of("nobody", "cargo") == 1.0


def test_a_script_draws_the_same_for_the_same_run_and_keeps_what_was_seen() -> None:
    day = usual_day()
    writer = Playwright(day)
    one, again, other = writer.script(1), writer.script(1), writer.script(2)
    assert one.fates == again.fates
    assert one.fates != other.fates
    assert len(one.fates) == len(day.contacts)
    for fate in one.fates:
        assert abs(fate.at - fate.contact.at) <= 0.5
        assert fate.patience >= fate.contact.wait
        if not fate.contact.answered:
            assert fate.patience == fate.contact.wait


def test_a_day_on_which_nobody_was_answered_can_be_written() -> None:
    fates = Playwright(day_of([call(5.0, wait=3.0)], {})).script(1).fates
    assert [(fate.patience, fate.talk) for fate in fates] == [(3.0, 0.0)]
