"""What holds of every rule on every day: everybody ends somewhere, nobody does more than he can, the order is kept."""

from __future__ import annotations

import pytest

from routing.simulation.day import Day
from routing.simulation.figures import figures
from routing.simulation.floor import Case, Desk
from routing.simulation.plan import PRODUCT, RULES
from routing.simulation.running import Outcome, run
from tests.routing.simulation.days import short, short_and_hard


def outcome(rule: str, day: Day) -> tuple[Outcome, list[str]]:
    """A day under a rule, and what was done wrongly on it."""
    wrong: list[str] = []

    def watch(what: str, case: Case, desk: Desk | None, now: float) -> None:
        if desk is None:
            return
        if desk.calls > desk.max_calls or desk.chats > desk.max_chats or (desk.calls and desk.chats):
            wrong.append(f"{desk.number} holds {desk.calls} calls and {desk.chats} chats")
        if what == "started" and not desk.levels[case.signature]:
            wrong.append(f"{desk.number} lacks the skill of {case.number}")

    return run(day, RULES[rule].make, watch), wrong


@pytest.mark.parametrize("rule", list(RULES))
def test_every_customer_is_served_or_gives_up_and_nobody_overworks(rule: str) -> None:
    day = short_and_hard()
    found, wrong = outcome(rule, day)
    assert wrong == []
    assert len(found.cases) >= len(day.contacts)
    for case in found.cases:
        assert case.ended >= 0
        assert not case.waiting
        assert case.wait <= case.contact.patience + 1e-6
    assert all(desk.calls == desk.chats == 0 for desk in found.desks)
    assert all(desk.busy <= desk.present + 1e-6 for desk in found.desks)


@pytest.mark.long
@pytest.mark.parametrize("rule", ["fifo", "random", "weight_penalty", PRODUCT])
def test_the_same_day_has_the_same_end(rule: str) -> None:
    day = short_and_hard()
    assert figures(outcome(rule, day)[0]) == figures(outcome(rule, day)[0])


def test_first_come_is_first_served_among_those_who_ask_for_the_same() -> None:
    found, _ = outcome("fifo", short())
    lines: dict[tuple[int, int], list[Case]] = {}
    for case in found.cases:
        if case.started >= 0:
            lines.setdefault((case.channel, case.signature), []).append(case)
    for line in lines.values():
        starts = [case.started for case in line]
        assert starts == sorted(starts)


def test_strict_priority_helps_the_best_tier_and_costs_the_bottom() -> None:
    day = short()
    fifo, strict = (figures(outcome(rule, day)[0]) for rule in ("fifo", "strict"))
    assert strict["sl_vip"] > fifo["sl_vip"]
    assert strict["worst_bronze"] > fifo["worst_bronze"]


def test_a_missed_ring_costs_the_customer_no_place() -> None:
    found, _ = outcome("fifo", short_and_hard())
    late = [case for case in found.cases if case.contact.missed and case.started >= 0]
    assert late
    assert all(case.wait >= 15.0 * case.contact.missed for case in late)
    assert all(case.at == case.contact.at for case in late)


@pytest.mark.long
def test_the_product_is_kinder_than_its_reference() -> None:
    day = short()
    ours, theirs = (figures(outcome(rule, day)[0]) for rule in (PRODUCT, "fifo"))
    assert ours["sl_vip"] > theirs["sl_vip"] + 5
    assert ours["mean"] < theirs["mean"]
    assert ours["sl_french"] >= theirs["sl_french"]
