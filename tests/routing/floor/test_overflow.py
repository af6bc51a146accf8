"""When members of other queues serve a queue too: by wait, by length, by the estimated wait."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from core.ids import new_id
from routing.configuration.model import OverflowKind
from routing.floor.forecast import Forecast
from routing.floor.overflow import LOOK_SECONDS, OverflowRule, Overflows

HERE, NEAR, FAR = new_id(), new_id(), new_id()


def after(seconds: int, to: UUID = NEAR) -> OverflowRule:
    return OverflowRule(to, OverflowKind.WAIT, seconds)


def above(length: int, to: UUID = NEAR) -> OverflowRule:
    return OverflowRule(to, OverflowKind.LENGTH, length)


def estimated(seconds: int, to: UUID = NEAR) -> OverflowRule:
    return OverflowRule(to, OverflowKind.ESTIMATE, seconds)


def never(_: UUID, __: int, ___: float) -> float:
    raise AssertionError("nobody asked for an estimate")


class Desk:
    """One queue with its rules, and what was last said of each item."""

    def __init__(self, *rules: OverflowRule) -> None:
        self.overflows = Overflows({HERE: rules})
        self.since: dict[UUID, float] = {}
        self._told: dict[UUID, frozenset[UUID]] = {}
        self.estimate = 0.0
        self.asked = 0

    def enter(self, queued_at: float) -> UUID:
        item_id = new_id()
        self.since[item_id] = queued_at
        self._told[item_id] = self.overflows.enter(item_id, HERE, queued_at)
        return item_id

    def leave(self, item_id: UUID) -> None:
        del self.since[item_id]
        self.overflows.leave(item_id)

    def at(self, now: float) -> set[UUID]:
        changed = self.overflows.advance(now, self._measure)
        self._told |= {item_id: self.overflows.enter(item_id, HERE, self.since[item_id]) for item_id in changed}
        return set(changed)

    def also(self, item_id: UUID) -> set[UUID]:
        return set(self._told[item_id])

    def _measure(self, _: UUID, __: int, ___: float) -> float:
        self.asked += 1
        return self.estimate


def test_an_item_that_has_waited_overflows_step_by_step() -> None:
    desk = Desk(after(10), after(30, FAR))
    item = desk.enter(100.0)
    desk.at(100.0)
    assert desk.overflows.next_moment() == 110.0
    assert (desk.at(109.9), desk.also(item)) == (set(), set())
    assert (desk.at(110.0), desk.also(item)) == ({item}, {NEAR})
    assert desk.overflows.next_moment() == 130.0
    assert (desk.at(131.0), desk.also(item)) == ({item}, {NEAR, FAR})
    assert desk.overflows.next_moment() is None


def test_each_waits_for_itself_and_who_has_left_is_not_named() -> None:
    desk = Desk(after(10))
    early, gone, late = desk.enter(100.0), desk.enter(101.0), desk.enter(105.0)
    desk.leave(gone)
    assert desk.at(112.0) == {early}
    assert desk.also(late) == set()
    assert desk.at(115.0) == {late}


def test_who_comes_back_after_an_offer_keeps_the_wait() -> None:
    desk = Desk(after(10))
    item = desk.enter(100.0)
    desk.at(105.0)
    desk.overflows.leave(item)
    desk.at(120.0)
    assert desk.overflows.enter(item, HERE, 100.0) == {NEAR}
    desk.at(121.0)
    assert desk.overflows.next_moment() is None


def test_no_wait_at_all_overflows_at_once() -> None:
    desk = Desk(after(0))
    item = desk.enter(100.0)
    assert desk.at(100.0) == {item}
    assert desk.also(item) == {NEAR}


def test_length_opens_for_all_who_wait_and_closes_again() -> None:
    desk = Desk(above(2))
    items = [desk.enter(100.0 + number) for number in range(2)]
    assert desk.at(103.0) == set()
    items.append(desk.enter(103.0))
    assert desk.at(103.0) == set(items)
    assert all(desk.also(item) == {NEAR} for item in items)
    desk.leave(items.pop())
    assert desk.at(104.0) == set(items)
    assert all(desk.also(item) == set() for item in items)


def test_who_leaves_closes_and_opens_nothing() -> None:
    desk = Desk(above(1), after(10, FAR))
    items = [desk.enter(100.0), desk.enter(100.0)]
    assert desk.overflows.shrink() == []
    desk.at(105.0)
    desk.leave(items.pop())
    assert desk.overflows.shrink() == items
    assert desk.overflows.enter(items[0], HERE, 100.0) == frozenset()
    desk.enter(106.0)
    assert desk.overflows.shrink() == []
    assert len(desk.at(111.0)) == 2


def test_a_long_queue_closes_a_tenth_below_where_it_opened() -> None:
    desk = Desk(above(20))
    items = [desk.enter(100.0) for _ in range(21)]
    assert len(desk.at(101.0)) == 21
    for _ in range(2):
        desk.leave(items.pop())
        assert desk.at(102.0) == set()
        assert desk.also(items[0]) == {NEAR}
    desk.leave(items.pop())
    assert desk.at(103.0) == set(items)
    assert desk.also(items[0]) == set()


def test_the_estimated_wait_is_looked_at_once_a_second_while_somebody_waits() -> None:
    desk = Desk(estimated(60))
    assert desk.overflows.next_moment() is None
    item = desk.enter(100.0)
    assert desk.at(100.0) == set()
    assert desk.overflows.next_moment() == 100.0 + LOOK_SECONDS
    desk.estimate = 61.0
    assert (desk.at(100.5), desk.asked) == (set(), 1)
    assert (desk.at(101.0), desk.also(item)) == ({item}, {NEAR})
    desk.estimate = 55.0
    assert desk.at(102.0) == set(), "a tenth below it closes, not sooner"
    desk.estimate = 54.0
    assert (desk.at(103.0), desk.also(item)) == ({item}, set())
    desk.leave(item)
    desk.at(104.0)
    assert desk.overflows.next_moment() is None
    desk.estimate = 70.0
    new = desk.enter(104.1)
    assert desk.at(104.1) == {new}, "who comes next is not judged by old news"


def test_a_queue_without_rules_costs_nothing() -> None:
    overflows, item = Overflows({NEAR: ()}), new_id()
    assert overflows.enter(item, HERE, 100.0) == overflows.enter(item, NEAR, 100.0) == frozenset()
    assert overflows.advance(1000.0, never) == []
    assert overflows.next_moment() is None
    overflows.leave(item)


def test_an_item_may_go_to_another_queue() -> None:
    overflows, item = Overflows({HERE: [after(10, FAR)], NEAR: [after(20, FAR)]}), new_id()
    overflows.enter(item, HERE, 100.0)
    overflows.enter(item, NEAR, 100.0)
    assert overflows.advance(110.0, never) == []
    assert overflows.advance(120.0, never) == [item]


@pytest.mark.long
def test_any_history_leads_to_what_the_rules_say() -> None:
    """Against looking at every item at every moment."""
    chance, rules = random.Random(7), (after(5), after(9, FAR), above(4, FAR))
    desk, now = Desk(*rules), 0.0
    for _ in range(3000):
        now += chance.choice((0.0, 0.1, 0.7, 2.0))
        if chance.random() < 0.5 or not desk.since:
            desk.enter(now - chance.choice((0.0, 0.0, 6.0)))
        else:
            desk.leave(chance.choice(list(desk.since)))
        desk.at(now)
        for item, since in desk.since.items():
            expected = {rule.to for rule in rules[:2] if since + rule.threshold <= now}
            expected |= {FAR} if len(desk.since) > 4 else set()
            assert desk.also(item) == expected


def test_timers_of_those_who_left_are_thrown_away() -> None:
    desk = Desk(after(1_000_000))
    for number in range(5000):
        desk.leave(desk.enter(float(number)))
    assert len(desk.overflows._timers) < 200


def test_the_forecast_learns_waits_and_handling_times() -> None:
    forecast = Forecast()
    first = forecast.wait(HERE, length=3, head_wait=0.0, agents=2, now=0.0)
    for _ in range(100):
        forecast.handled(HERE, 60.0)
    faster = forecast.wait(HERE, length=3, head_wait=0.0, agents=2, now=0.0)
    assert faster < first / 2
    assert forecast.wait(HERE, length=3, head_wait=0.0, agents=4, now=0.0) == faster / 2
    forecast.answered(HERE, 10.0, now=0.0)
    assert forecast.wait(HERE, length=3, head_wait=0.0, agents=2, now=1.0) == (faster + 10.0) / 2
    assert forecast.wait(HERE, length=3, head_wait=500.0, agents=2, now=1.0) == 500.0
    forecast.handled(HERE, -1.0)
