"""The engine: what it promises, one promise at a time."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.engine.matcher import Engine
from routing.engine.values import FreeAgent, Trigger, WaitingItem, member_of

QUEUES = [UUID(int=number) for number in (1, 2)]
PEOPLE = [UUID(int=100 + number) for number in range(8)]
CALLS = [UUID(int=1000 + number) for number in range(24)]


def an_item(number: int = 1, **values: object) -> WaitingItem:
    return WaitingItem(**{"id": CALLS[number], "channel": "voice", "queue_id": QUEUES[0], "queued_at": 0.0, **values})


def an_agent(number: int = 1, **values: object) -> FreeAgent:
    channels, queues = frozenset({"voice"}), member_of(QUEUES)
    return FreeAgent(**{"id": PEOPLE[number], "idle_since": 0.0, "channels": channels, "queues": queues, **values})


def test_the_longest_idle_of_equals_gets_the_call() -> None:
    engine = Engine()
    engine.put_agent(an_agent(1, idle_since=1.0, skills=frozenset({("fr", 1)})))
    engine.put_agent(an_agent(2, idle_since=2.0, skills=frozenset({("fr", 3)})))
    engine.put_agent(an_agent(3, idle_since=3.0, skills=frozenset({("fr", 3)})))
    engine.put_item(an_item(skills=frozenset({("fr", 2)})))

    decision = engine.choose_agent(CALLS[1], now=10.0)

    assert decision is not None
    assert (decision.agent_id, decision.trigger) == (PEOPLE[2], Trigger.ITEM_ARRIVED)
    assert decision.explanation["candidates"] == 2
    assert decision.explanation["idle_seconds"] == 8.0


def test_boost_goes_before_head_start_and_head_start_before_age() -> None:
    engine = Engine()
    engine.put_item(an_item(1, queued_at=0.0))
    engine.put_item(an_item(2, queued_at=50.0, head_start=60.0))
    engine.put_item(an_item(3, queued_at=90.0, boost=1))
    engine.put_agent(an_agent(1))

    order = []
    for _ in range(3):
        decision = engine.choose_item(PEOPLE[1], now=100.0)
        assert decision is not None
        order.append(decision.item_id)
        engine.drop_item(decision.item_id)

    assert order == [CALLS[3], CALLS[2], CALLS[1]]


def test_who_comes_back_finds_the_old_place() -> None:
    engine = Engine()
    for number in (1, 2, 3):
        engine.put_item(an_item(number, queued_at=float(number)))
    engine.put_agent(an_agent(1))
    engine.put_agent(an_agent(2))
    first = engine.choose_item(PEOPLE[1], now=9.0)
    assert first is not None
    engine.take(first)

    engine.put_item(an_item(1, queued_at=1.0, excluded=frozenset({PEOPLE[1]})))

    again = engine.choose_item(PEOPLE[2], now=9.0)
    assert again is not None
    assert again.item_id == CALLS[1]


def test_an_excluded_agent_is_passed_over_and_keeps_his_place() -> None:
    engine = Engine()
    engine.put_agent(an_agent(1, idle_since=1.0))
    engine.put_agent(an_agent(2, idle_since=2.0))
    engine.put_item(an_item(1, excluded=frozenset({PEOPLE[1]})))
    engine.put_item(an_item(2))

    passed_over, next_one = engine.choose_agent(CALLS[1], 5.0), engine.choose_agent(CALLS[2], 5.0)

    assert passed_over is not None and passed_over.agent_id == PEOPLE[2]
    assert next_one is not None and next_one.agent_id == PEOPLE[1]


def test_nobody_fits_and_nothing_is_known() -> None:
    engine = Engine()
    engine.put_item(an_item(1, skills=frozenset({("fr", 4)})))
    engine.put_agent(an_agent(1, skills=frozenset({("fr", 3)})))
    engine.put_agent(an_agent(2, skills=frozenset({("fr", 5)}), queues=member_of({QUEUES[1]})))
    engine.put_agent(an_agent(3, skills=frozenset({("fr", 5)}), channels=frozenset()))

    assert engine.choose_agent(CALLS[1], 1.0) is None
    assert engine.choose_item(PEOPLE[1], 1.0) is None
    assert engine.choose_agent(CALLS[9], 1.0) is None
    assert engine.choose_item(PEOPLE[7], 1.0) is None
    engine.drop_item(CALLS[9])
    engine.drop_agent(PEOPLE[7])


@pytest.mark.long
@given(st.lists(st.tuples(st.booleans(), st.sampled_from(CALLS)), max_size=300))
def test_memory_does_not_grow_with_what_is_gone(steps: list[tuple[bool, UUID]]) -> None:
    engine = Engine()
    for coming, call in steps * 3:
        if coming:
            engine.put_item(an_item(id=call, queued_at=float(call.int)))
        else:
            engine.drop_item(call)
    for _ in range(200):
        engine.put_agent(an_agent(1))
        engine.put_item(an_item(1))
        engine.drop_item(CALLS[1])
        engine.choose_agent(CALLS[1], 1.0)
    lineup, roster = engine._board.lineup, engine._board.roster
    held = sum(request.places for request in lineup.classes()) + sum(lane.places for lane in lineup.needs.lanes())
    assert held <= 2 * (engine.waiting + engine.free) + 2 * 65
    assert len(roster.published) <= 1024 + 2 * engine.free + 1
