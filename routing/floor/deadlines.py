"""What is overdue: offers without an answer, wrap-ups without an end, exclusions, pauses and time aside that are
over, queues that close for those too who wait, and items that waiting has opened to more agents."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from core.agent import ReservationState
from core.interaction import EndReason, InteractionState
from routing.floor import calls, closing, offers
from routing.floor.change import Change
from routing.floor.floor import Floor
from routing.floor.rows import Item, Reservation

ANSWER_GRACE = timedelta(seconds=3)
"""How long after its deadline an offer waits for telephony's word before we end it ourselves."""


def any_due(floor: Floor, now: datetime) -> bool:
    """Whether anything is overdue."""
    return bool(
        _unanswered(floor, now) or _unfinished(floor, now) or _changed_by_time(floor, now) or floor.aside_over(now)
        or opens(floor, now) or closing.any_due(floor, now)
    )  # fmt: skip


def sweep(change: Change, now: datetime) -> None:
    """Settle everything that was overdue at ``now``; what becomes so while this is repeated is for the next sweep."""
    for reservation in _unanswered(change.floor, now):
        offers.expire_unanswered(change, reservation)
    for item in _unfinished(change.floor, now):
        calls.finish(change, item, item.end_reason or EndReason.COMPLETED)
    for agent in change.floor.aside_over(now):
        change.floor.put_agent(replace(agent, set_aside_until=None))
        change.wake_agent(agent.id)
    for item in _changed_by_time(change.floor, now):
        change.floor.put_item(_as_of(item, now))
        change.wake_item(item.id)
    closing.send_away(change)


def opens(floor: Floor, now: datetime) -> bool:
    """Whether waiting has opened agents to somebody: the decision that follows every change asks for them."""
    times = (floor.engine.next_timer(), floor.next_opening())
    return any(due is not None and due <= now.timestamp() for due in times)


def _unanswered(floor: Floor, now: datetime) -> list[Reservation]:
    live = floor.reservations.values()
    return [r for r in live if r.state is ReservationState.PENDING and r.deadline_at + ANSWER_GRACE <= now]


def _unfinished(floor: Floor, now: datetime) -> list[Item]:
    wrapping = [item for item in floor.items.values() if item.state is InteractionState.WRAPPING]
    return [item for item in wrapping if item.wrap_up_until is not None and item.wrap_up_until <= now]


def _changed_by_time(floor: Floor, now: datetime) -> list[Item]:
    """Whose exclusions, pause or demand for certain agents is over."""
    return [
        item
        for item in floor.items.values()
        if (item.excluded_until and item.excluded_until <= now)
        or (item.rests_until and item.rests_until <= now)
        or (item.demanded_until and item.demanded_until <= now)
    ]


def _as_of(item: Item, now: datetime) -> Item:
    if item.excluded_until and item.excluded_until <= now:
        item = replace(item, excluded=frozenset(), excluded_until=None)
    if item.rests_until and item.rests_until <= now:
        item = replace(item, rests_until=None)
    if item.demanded_until and item.demanded_until <= now:
        item = replace(item, demanded=None, demanded_until=None)
    return item
