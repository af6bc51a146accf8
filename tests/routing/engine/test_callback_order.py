"""Callbacks among callers of equal right: the order of arrival, whoever waits on the line and whoever does not."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from routing.engine.matcher import Engine
from routing.engine.values import FreeAgent, ItemKind, WaitingItem, member_of

QUEUE = UUID(int=1)
NOW = 1_000.0


def _item(number: int, kind: ItemKind, queued_at: float) -> WaitingItem:
    return WaitingItem(id=UUID(int=100 + number), channel="voice", queue_id=QUEUE, queued_at=queued_at, kind=kind)


def _agent(number: int, idle_since: float) -> FreeAgent:
    return FreeAgent(
        id=UUID(int=10_000 + number), idle_since=idle_since, channels=frozenset({"voice"}), queues=member_of([QUEUE])
    )


@pytest.mark.parametrize("seed", range(20))
def test_nobody_is_passed_by_a_later_arrival_of_equal_right(seed: int) -> None:
    dice = random.Random(seed)
    engine, arrivals = Engine(), sorted(dice.uniform(0.0, NOW - 1.0) for _ in range(30))
    items = [_item(n, dice.choice((ItemKind.LIVE, ItemKind.CALLBACK)), at) for n, at in enumerate(arrivals)]
    for item in dice.sample(items, len(items)):
        engine.put_item(item)
    served = []
    for number in range(len(items)):
        agent = _agent(number, NOW + number)
        engine.put_agent(agent)
        decision = engine.choose_item(agent.id, NOW + number)
        assert decision is not None
        served.append(decision.item_id)
        engine.take(decision)
    assert served == [item.id for item in items]


def test_a_callback_that_comes_back_after_a_pause_has_its_old_place() -> None:
    engine = Engine()
    rested = _item(1, ItemKind.CALLBACK, 100.0)
    for number, at in ((2, 50.0), (3, 150.0), (4, 300.0)):
        engine.put_item(_item(number, ItemKind.LIVE, at))
    first = _agent(1, NOW)
    engine.put_agent(first)
    decision = engine.choose_item(first.id, NOW)
    assert decision is not None and decision.item_id == UUID(int=102), "while it rests the others are served"
    engine.take(decision)
    engine.put_item(rested)
    second = _agent(2, NOW)
    engine.put_agent(second)
    decision = engine.choose_item(second.id, NOW + 1)
    assert decision is not None and decision.item_id == rested.id


def test_a_follow_up_yields_to_whoever_has_begun_to_wait_for_us() -> None:
    engine, agent = Engine(), _agent(1, NOW)
    engine.put_item(_item(1, ItemKind.FOLLOW_UP, NOW - 12.0))
    engine.put_item(_item(2, ItemKind.CALLBACK, NOW - 5.0))
    engine.put_agent(agent)
    decision = engine.choose_item(agent.id, NOW)
    assert decision is not None and decision.item_id == UUID(int=102)
