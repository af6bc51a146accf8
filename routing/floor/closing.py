"""Closing time in a queue that closes for those too who wait: they go to another queue, or are told to go. Pure.

Whose agent is being rung keeps him; whom a fault of ours has put back into the queue is served all the same, and who is
to be called has no line to be thrown out of.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from core.doors import Admission
from core.events import InteractionTurnedAway
from core.interaction import QueuedCause
from routing.floor import calls, offers
from routing.floor.change import Change
from routing.floor.doors import Standing
from routing.floor.floor import Floor
from routing.floor.rows import Item


def any_due(floor: Floor, now: datetime) -> bool:
    """Whether somebody waits in a queue that has closed for him."""
    return any(_who_must_go(floor, queue_id) for queue_id in floor.doors.closing(now))


def send_away(change: Change) -> None:
    """Everybody for whom a queue has closed goes where it says."""
    for queue_id in change.floor.doors.closing(change.now):
        for item in _who_must_go(change.floor, queue_id):
            if item.id not in change.items:
                _go(change, item, change.floor.doors.admit(queue_id, change.now, _standing(change)))


def _who_must_go(floor: Floor, queue_id: UUID) -> list[Item]:
    here = [floor.items[item_id] for item_id in floor.lines.of(queue_id)]
    return [item for item in here if not item.priority_boost and not item.must_be_called]


def _go(change: Change, item: Item, admission: Admission) -> None:
    if admission.queue_id == item.queue_id and admission.refused is None:
        return
    if admission.refused is None:
        moved = change.redirect(item, admission.queue_id)
        change.events.append(offers.queued_event(moved, QueuedCause.REDIRECTED))
        return
    calls.close(change, item, admission.refused)
    change.events.append(
        InteractionTurnedAway(
            interaction_id=item.id,
            queue_id=admission.queue_id,
            end_reason=admission.refused,
            version=change.items[item.id].version,
        )
    )


def _standing(change: Change) -> Standing:
    floor, now = change.floor, change.now.timestamp()
    return Standing(floor.lines.length, lambda queue_id: floor.wait_of_one_more(queue_id, now))
