"""The board's counting, by values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from agent_desk.board import COUNTED_MEMORY, Board, QueueConfig, Seen, can_take_a_call
from agent_desk.views import AgentView, Label, WaitingItem
from core.agent import Presence, WorkState
from core.ids import new_id
from core.interaction import Channel, EndReason, InteractionState, Kind

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
QUEUE = new_id()


def board() -> Board:
    made = Board(loaded_at=NOON, day_start=NOON - timedelta(hours=12), day_end=NOON + timedelta(hours=12))
    made.queues[QUEUE] = QueueConfig(QUEUE, "q", Label(en="Q", zh="Q"), target_seconds=20)
    return made


def seen(state: InteractionState, version: int = 1, key: UUID | None = None, **fields: Any) -> Seen:
    """A row; ``answered``, ``ended`` are seconds after the queue entry at noon."""
    answered, ended = fields.pop("answered", None), fields.pop("ended", None)
    queued_at = fields.pop("queued_at", NOON)
    item = WaitingItem(
        interaction_id=key or new_id(), version=version, state=state, channel=Channel.VOICE, queue_id=QUEUE,
        customer_name="Ann", tier=fields.pop("tier", "gold"), address="+1", agent_id=None, created_at=NOON,
        queued_at=queued_at, answered_at=None if answered is None else queued_at + timedelta(seconds=answered),
        kind=fields.pop("kind", Kind.LIVE), attempts=0, due_at=None,
    )  # fmt: skip
    ended_at = None if ended is None else queued_at + timedelta(seconds=ended)
    closed_at = ended_at if state is InteractionState.CLOSED else None
    return Seen(item, fields.pop("end_reason", None), ended_at, fields.pop("closed_at", closed_at))


def agent(**fields: Any) -> AgentView:
    values = {
        "id": new_id(), "version": 1, "name": "Lin", "presence": Presence.AVAILABLE, "presence_reason": None,
        "presence_since": NOON, "work_state": WorkState.IDLE, "work_since": NOON, "interaction_id": None,
        "phone_reachable": True, "missed": 0, "queues": [QUEUE],
    }  # fmt: skip
    return AgentView(**(values | fields))


def test_who_is_to_be_called_neither_waits_on_the_line_nor_counts_for_the_service_level() -> None:
    made = board()
    made.put_interaction(seen(InteractionState.QUEUED, kind=Kind.CALLBACK))
    made.put_interaction(seen(InteractionState.OFFERED, kind=Kind.FOLLOW_UP))
    made.put_interaction(seen(InteractionState.QUEUED, kind=Kind.CALLBACK, answered=900))
    view = made.queue_views()[0]
    assert (view.waiting, view.to_call, view.offered) == (1, 2, 0)
    assert (view.answered_today, view.service_level) == (0, None)


def test_waiting_is_counted_by_tier_with_the_ringing_ones() -> None:
    made = board()
    made.put_interaction(seen(InteractionState.QUEUED, tier="key", queued_at=NOON + timedelta(seconds=5)))
    made.put_interaction(seen(InteractionState.OFFERED))
    made.put_interaction(seen(InteractionState.ACTIVE, answered=1))
    view = made.queue_views()[0]
    assert (view.waiting, view.offered, view.active) == (2, 1, 1)
    assert view.waiting_by_tier == {"gold": 1, "key": 1}
    assert view.oldest_queued_at == NOON


def test_an_older_row_never_replaces_a_newer_one() -> None:
    made, key = board(), new_id()
    made.put_interaction(seen(InteractionState.OFFERED, 5, key))
    assert made.put_interaction(seen(InteractionState.QUEUED, 4, key)) is None
    assert made.interactions[key].state is InteractionState.OFFERED
    lin = agent(version=3)
    made.put_agent(lin)
    assert made.put_agent(lin.model_copy(update={"version": 2, "name": "Old"})) is None
    assert made.put_agent(lin.model_copy(update={"phone_reachable": False})) == {QUEUE}


def test_the_service_level_counts_answers_and_patient_abandons() -> None:
    made = board()
    made.put_interaction(seen(InteractionState.ACTIVE, answered=20))
    made.put_interaction(seen(InteractionState.ACTIVE, answered=21))
    for seconds in (4, 6):
        made.put_interaction(seen(InteractionState.CLOSED, ended=seconds, end_reason=EndReason.ABANDONED_IN_QUEUE))
    view = made.queue_views()[0]
    assert (view.answered_today, view.abandoned_today, view.service_level) == (2, 2, round(1 / 3, 4))


def test_a_day_without_ends_has_no_service_level() -> None:
    assert board().queue_views()[0].service_level is None


def test_yesterdays_and_forgotten_ones_do_not_count() -> None:
    made = board()
    abandoned = {"ended": 30, "end_reason": EndReason.ABANDONED_IN_QUEUE}
    made.put_interaction(seen(InteractionState.CLOSED, queued_at=made.day_start - timedelta(seconds=1), **abandoned))
    long_ago = NOON - COUNTED_MEMORY - timedelta(minutes=1)
    made.put_interaction(
        seen(InteractionState.CLOSED, queued_at=NOON - timedelta(hours=1), **abandoned, closed_at=long_ago)
    )
    assert made.queue_views()[0].abandoned_today == 0


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30))
def test_each_interaction_counts_once_however_often_it_is_read(order: list[int]) -> None:
    made, keys = board(), [new_id() for _ in range(6)]
    for place in order:
        made.put_interaction(seen(InteractionState.ACTIVE, 3, keys[place], answered=1))
        made.put_interaction(seen(InteractionState.CLOSED, 5, keys[place], answered=1, ended=60))
    assert made.queue_views()[0].answered_today == len(set(order))
    assert not made.interactions


def test_who_can_take_a_call() -> None:
    assert can_take_a_call(agent())
    for fields in (
        {"presence": Presence.AWAY, "presence_reason": "lunch"}, {"work_state": WorkState.WRAPPING},
        {"phone_reachable": False},
    ):  # fmt: skip
        assert not can_take_a_call(agent(**fields))


def test_the_end_of_an_unknown_call_is_no_news() -> None:
    made = board()
    assert made.put_interaction(seen(InteractionState.CLOSED, ended=1, end_reason=EndReason.COMPLETED)) is None
    item = seen(InteractionState.QUEUED)
    assert made.put_interaction(item) == {QUEUE}
    assert made.put_interaction(replace(item)) is None
