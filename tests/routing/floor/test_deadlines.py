"""What is overdue, when the sweep has to be repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.ids import new_id
from core.interaction import Channel, EndReason, InteractionState
from routing.floor.change import Change
from routing.floor.deadlines import sweep
from routing.floor.floor import Floor
from routing.floor.rows import Item

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def wrapping(until: datetime) -> Item:
    return Item(
        id=new_id(), channel=Channel.VOICE, state=InteractionState.WRAPPING, version=4, customer_id=new_id(),
        queue_id=new_id(), queued_at=NOON - 60 * SECOND, end_reason=EndReason.COMPLETED, wrap_up_until=until,
    )  # fmt: skip


def test_a_repeated_sweep_takes_nothing_more_than_the_first() -> None:
    """Else it would meet new rows that have moved on each time, as long as memory lags."""
    floor, due, due_later = Floor(), wrapping(NOON), wrapping(NOON + SECOND)
    floor.put_item(due)
    floor.put_item(due_later)
    change = Change(floor, NOON + 2 * SECOND, "test")

    sweep(change, NOON)

    assert set(change.items) == {due.id}
    assert change.items[due.id].closed_at == NOON + 2 * SECOND
