"""Who is called ahead of an agent: only who is next, when somebody will be free in time, and no longer than that."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.agent import Presence, WorkState
from core.events import InteractionDialledAhead, InteractionDialWithdrawn
from core.ids import ahead_call_id, called_leg_id, is_ahead_call, new_id
from core.interaction import Channel, InteractionState, Kind
from routing.floor.ahead import Ahead, Order, give
from routing.floor.change import Change
from routing.floor.floor import Floor
from routing.floor.rows import Agent, Item, QueueRules
from routing.floor.waits import View, look

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
QUEUE = QueueRules(new_id(), dials_ahead=True, wrap_up_seconds=30)


def agent(work_state: WorkState = WorkState.WRAPPING, **columns: Any) -> Agent:
    given = {"wrap_up_until": NOON + 8 * SECOND} | columns
    return Agent(
        id=new_id(), presence=Presence.AVAILABLE, presence_reason=None, presence_since=NOON, work_state=work_state,
        work_since=NOON, idle_since=NOON, version=1, reachable=True, channels=frozenset({"voice"}),
        queues=frozenset({(QUEUE.id, 1)}), **given,
    )  # fmt: skip


def waits(age: int = 60, **columns: Any) -> Item:
    given = {"kind": Kind.CALLBACK, "queue_id": QUEUE.id} | columns
    return Item(
        id=new_id(), channel=Channel.VOICE, state=InteractionState.QUEUED, version=4, customer_id=new_id(),
        queued_at=NOON - age * SECOND, **given,
    )  # fmt: skip


def floor_of(*there: Item | Agent, queue: QueueRules = QUEUE) -> Floor:
    floor = Floor(queues={queue.id: queue})
    for each in there:
        if isinstance(each, Agent):
            floor.put_agent(each)
        else:
            floor.put_item(each)
    return floor


def seen(floor: Floor, now: datetime = NOON) -> list[tuple[UUID, int]]:
    (view,) = [found for found in look(floor, now.timestamp()) if isinstance(found, View)]
    return view.next_to_call


def orders(floor: Floor, ahead: Ahead | None = None, now: datetime = NOON) -> list[Order]:
    return (ahead or Ahead()).orders(floor, seen(floor, now), now.timestamp())


def test_he_is_called_when_a_wrap_up_ends_in_time() -> None:
    callback = waits()
    floor = floor_of(callback, agent())
    (order,) = orders(floor)
    assert (order.item_id, order.withdrawn) == (callback.id, False)
    assert order.call_id == ahead_call_id(callback.id, 0)
    change = Change(floor, NOON, "test")
    give(change, [order])
    (event,) = change.events
    assert isinstance(event, InteractionDialledAhead)
    assert event.version == callback.version + 1 == change.items[callback.id].version


@pytest.mark.parametrize(
    "busy",
    [
        agent(wrap_up_until=NOON + 11 * SECOND), agent(WorkState.RESERVED), agent(WorkState.ENGAGED),
        replace(agent(), presence=Presence.AWAY), replace(agent(), reachable=False),
    ],
)  # fmt: skip
def test_he_is_not_called_when_nobody_will_be_free(busy: Agent) -> None:
    assert orders(floor_of(waits(), busy)) == []


def test_of_many_who_talk_somebody_ends_in_time() -> None:
    queue = replace(QUEUE, wrap_up_seconds=0)
    talks = [waits(kind=Kind.LIVE, queue_id=queue.id) for _ in range(40)]
    talks = [replace(talk, state=InteractionState.ACTIVE) for talk in talks]
    busy = [agent(WorkState.ENGAGED, wrap_up_until=None, interaction_id=talk.id) for talk in talks]
    assert len(orders(floor_of(waits(), *talks, *busy, queue=queue))) == 1
    assert orders(floor_of(waits(), *talks[:5], *busy[:5], queue=queue)) == []
    assert orders(floor_of(waits(), *talks, *busy, queue=QUEUE)) == [], "they have to wrap up first"


def test_no_earlier_arrival_of_equal_right_is_passed() -> None:
    callback, here = waits(60), waits(61, kind=Kind.LIVE)
    assert orders(floor_of(callback, here, agent())) == []
    assert [order.item_id for order in orders(floor_of(callback, replace(here, queued_at=NOON), agent()))] == [
        callback.id
    ]
    first, second = waits(61), waits(60)
    assert [order.item_id for order in orders(floor_of(first, second, agent(), agent()))] == [first.id]


@pytest.mark.parametrize(
    "other",
    [
        waits(rests_until=NOON + 60 * SECOND), waits(answered_at=NOON), waits(kind=Kind.FOLLOW_UP),
        waits(kind=Kind.LIVE),
    ],
)  # fmt: skip
def test_only_who_waits_to_be_called_back_is(other: Item) -> None:
    assert orders(floor_of(other, agent())) == []


def test_queues_that_do_not_ask_for_it_call_their_agents_first() -> None:
    assert orders(floor_of(waits(), agent(), queue=replace(QUEUE, dials_ahead=False))) == []


def test_the_call_is_ordered_once_and_withdrawn_when_the_forecast_slips() -> None:
    callback, soon = waits(), agent()
    floor, ahead = floor_of(callback, soon), Ahead()
    first = orders(floor, ahead)
    ahead.note(first, NOON.timestamp())
    assert orders(floor, ahead, NOON + SECOND) == []

    floor.put_agent(replace(soon, presence=Presence.AWAY))
    (slipped,) = orders(floor, ahead, NOON + 2 * SECOND)
    assert slipped == replace(first[0], withdrawn=True)
    change = Change(floor, NOON, "test")
    give(change, [slipped])
    assert isinstance(change.events[0], InteractionDialWithdrawn)
    ahead.note([slipped], NOON.timestamp())
    floor.put_agent(soon)
    assert orders(floor, ahead, NOON + 3 * SECOND) == [], "his phone has rung once for this attempt"

    floor.put_item(replace(callback, attempts=1))
    assert [order.call_id for order in orders(floor, ahead, NOON + 4 * SECOND)] == [ahead_call_id(callback.id, 1)]


def test_somebody_more_urgent_who_comes_meanwhile_is_a_slip_but_an_agent_kept_for_him_is_none() -> None:
    callback = waits()
    floor, ahead = floor_of(callback, agent()), Ahead()
    ahead.note(orders(floor, ahead), NOON.timestamp())
    floor.put_item(replace(callback, state=InteractionState.OFFERED))
    assert orders(floor, ahead, NOON + SECOND) == []
    floor.put_item(callback)
    floor.put_item(waits(kind=Kind.LIVE, priority=600))
    assert [order.withdrawn for order in orders(floor, ahead, NOON + SECOND)] == [True]


def test_what_has_moved_on_is_not_called() -> None:
    callback = waits()
    floor = floor_of(callback, agent())
    given = orders(floor)
    floor.put_item(replace(callback, state=InteractionState.OFFERED))
    change = Change(floor, NOON, "test")
    give(change, given)
    assert (change.events, bool(change)) == ([], False)


def test_a_call_ahead_is_told_from_one_for_a_reservation() -> None:
    one = new_id()
    assert is_ahead_call(ahead_call_id(one, 0)) and not is_ahead_call(one)
    assert len({ahead_call_id(one, 0), ahead_call_id(one, 1), called_leg_id(one)}) == 3
