"""Customers who are to be called: the agent picks up first, then the customer's phone rings, perhaps in vain; or it
rings ahead of him (``routing.floor.ahead``)."""

from __future__ import annotations

from datetime import timedelta

from core.agent import LegEndReason
from core.events import CallLegAnswered, CallLegFailed, CancelRequested, InteractionActivated, InteractionClosed
from core.ids import called_leg_id
from core.interaction import EndReason, InteractionState, QueuedCause
from routing.floor import offers
from routing.floor.ahead import call_of
from routing.floor.change import Change
from routing.floor.rows import Item, QueueRules, Reservation


def reached(change: Change, event: CallLegAnswered) -> None:
    """The customer has answered our call. Nobody but him is left, should the agent have gone in that moment: then he
    waits, first in line. Who was called ahead waits at his place, and an agent who was kept for him is rung now."""
    item = change.item(event.interaction_id)
    if item is None or not item.must_be_called or event.leg_id == item.id:
        return
    if item.state is InteractionState.ACTIVE:
        _talk(change, item, event)
    elif item.state in InteractionState.waiting():
        _wait(change, item, event)


def _talk(change: Change, item: Item, event: CallLegAnswered) -> None:
    talking = change.amend(item, answered_at=min(event.at, change.now))
    if talking.agent_id is not None and talking.reservation_id is not None:
        change.events.append(
            InteractionActivated(
                interaction_id=item.id, agent_id=talking.agent_id, reservation_id=talking.reservation_id,
                version=talking.version,
            )
        )  # fmt: skip


def _wait(change: Change, item: Item, event: CallLegAnswered) -> None:
    reservation = change.reservation(item.reservation_id)
    if reservation is not None:
        offers.rescind_all(change, reservation)
        offers.queue_again(change, reservation, QueuedCause.RESCINDED)
    here = change.item(item.id) or item
    at = min(event.at, change.now)
    ahead = event.leg_id == called_leg_id(call_of(item))
    boost = here.priority_boost if ahead else max(1, here.priority_boost)
    waiting = change.amend(here, answered_at=at, rests_until=None, priority_boost=boost)
    change.events.append(offers.queued_event(waiting, QueuedCause.ARRIVED if ahead else QueuedCause.AGENT_LOST))


def not_reached(change: Change, event: CallLegFailed) -> None:
    """The customer did not answer the call of the agent who is with him now, or the one ahead of any agent."""
    item = change.item(event.interaction_id)
    if item is None or not item.must_be_called:
        return
    if item.state in InteractionState.waiting() and event.leg_id == called_leg_id(call_of(item)):
        _not_reached_ahead(change, item, event.reason)
        return
    reservation = change.reservation(item.reservation_id)
    if reservation is None:
        return
    if item.state is InteractionState.ACTIVE and event.leg_id == called_leg_id(reservation.id):
        given_up(change, item, reservation)


def _not_reached_ahead(change: Change, item: Item, reason: LegEndReason) -> None:
    """An agent who was kept for him is free again. What we have taken back ourselves was no attempt."""
    reservation = change.reservation(item.reservation_id)
    if reservation is not None:
        offers.rescind_all(change, reservation)
        offers.queue_again(change, reservation, QueuedCause.RESCINDED)
    here = change.item(item.id) or item
    if reason is not LegEndReason.CANCELLED:
        _later(change, here)


def cancel(change: Change, event: CancelRequested) -> None:
    """He is not to be called after all: the phones that ring for it stop. Too late once an agent has picked up."""
    item = change.item(event.interaction_id)
    if item is None or not item.must_be_called or item.state not in InteractionState.waiting():
        return
    reservation = change.reservation(item.reservation_id)
    if reservation is not None:
        offers.rescind_all(change, reservation)
    _close(change, item, item.attempts, EndReason.CANCELLED)


def given_up(change: Change, item: Item, reservation: Reservation) -> None:
    """Nobody answered, or the agent did not want to wait any longer: later again, in the old place, or never."""
    change.settle(reservation, released_at=change.now)
    offers.free_agent(change, reservation.agent_id, item.id, change.now)
    _later(change, item)


def _later(change: Change, item: Item) -> None:
    rules = change.floor.queues.get(item.queue_id) or QueueRules(item.queue_id)
    attempts = item.attempts + 1
    if attempts >= rules.callback_attempts:
        _close(change, item, attempts, EndReason.NOT_REACHED)
        return
    rests_until = change.now + timedelta(seconds=rules.callback_pause_seconds)
    columns = {"agent_id": None, "reservation_id": None, "attempts": attempts, "rests_until": rests_until}
    if item.state is InteractionState.QUEUED:
        resting = change.amend(item, **columns)
    else:
        resting = change.move(item, InteractionState.QUEUED, **columns)
    change.events.append(offers.queued_event(resting, QueuedCause.NOT_REACHED))


def _close(change: Change, item: Item, attempts: int, reason: EndReason) -> None:
    now = change.now
    closed = change.move(
        item, InteractionState.CLOSED, end_reason=reason, ended_at=now, closed_at=now, attempts=attempts,
        agent_id=None, reservation_id=None,
    )  # fmt: skip
    change.events.append(
        InteractionClosed(
            interaction_id=item.id, queue_id=item.queue_id, agent_id=None, end_reason=reason, version=closed.version
        )
    )
