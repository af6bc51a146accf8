"""What telephony reports about legs, and what it means for offers, interactions and agents."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from core.agent import AwayReason, LegEndReason, LegRole, ReservationState, WorkState
from core.events import (
    CallLegAnswered,
    CallLegEnded,
    CallLegFailed,
    InteractionActivated,
    InteractionClosed,
    InteractionWrapping,
    ReservationAccepted,
)
from core.interaction import EndReason, InteractionState, QueuedCause
from routing.floor import callbacks, offers, together
from routing.floor.change import Change
from routing.floor.rows import Agent, Item, Reservation

BUSY_ASIDE = timedelta(seconds=10)
"""How long an agent whose phone was busy or could not be rung is offered nothing."""
FAULT_ASIDE = timedelta(seconds=2)
"""The same after a lost claim or a fault of ours, so that nothing spins."""
_TALKING = frozenset({InteractionState.ACTIVE, InteractionState.HELD})
FAULTS = frozenset({LegEndReason.LOST, LegEndReason.GONE})


def answered(change: Change, event: CallLegAnswered) -> None:
    """The agent's leg is bridged with the customer, or waits for him; or he whom we called has answered."""
    if event.role is LegRole.CUSTOMER:
        callbacks.reached(change, event)
        return
    reservation = change.reservation(event.reservation_id)
    if reservation is not None and reservation.state is ReservationState.PENDING:
        accept(change, reservation, event.at)


def accept(change: Change, reservation: Reservation, at: datetime) -> None:
    """The offer is accepted: customer and agent talk, or the customer is called."""
    item, agent = change.item(reservation.interaction_id), change.agent(reservation.agent_id)
    if item is None or agent is None or not together.is_present(item, reservation):
        return
    for slower in together.others(change, reservation):
        offers.rescind(change, slower)
    change.settle(reservation, state=ReservationState.ACCEPTED, decided_at=change.now, released_at=None)
    answered_at = None if item.must_be_called else item.answered_at or min(at, change.now)
    moved = change.move(
        item, InteractionState.ACTIVE, agent_id=agent.id, reservation_id=reservation.id, answered_at=answered_at
    )
    _engage(change, agent, item)
    change.events.append(
        ReservationAccepted(
            reservation_id=reservation.id, interaction_id=item.id, agent_id=agent.id, queue_id=reservation.queue_id
        )
    )
    if not moved.must_be_called:
        change.events.append(
            InteractionActivated(
                interaction_id=item.id, agent_id=agent.id, reservation_id=reservation.id, version=moved.version
            )
        )


def _engage(change: Change, agent: Agent, item: Item) -> None:
    """Whoever took a message has counted it since it was offered."""
    if not item.is_message:
        change.staff(agent, work_state=WorkState.ENGAGED, work_since=change.now, interaction_id=item.id, missed=0)
    elif agent.missed:
        change.loaded.add(agent.id)
        change.staff(agent, missed=0)


def failed(change: Change, event: CallLegFailed) -> None:
    """The agent's leg, or that of a customer whom we called, never came up."""
    if event.role is LegRole.CUSTOMER:
        callbacks.not_reached(change, event)
        return
    reservation = change.reservation(event.reservation_id)
    if reservation is None or reservation.state is not ReservationState.PENDING:
        return
    match event.reason:
        case LegEndReason.NO_ANSWER:
            offers.expire_unanswered(change, reservation)
        case LegEndReason.DECLINED:
            offers.decline(change, reservation)
        case LegEndReason.BUSY | LegEndReason.UNREACHABLE:
            offers.expire_unrung(change, reservation, event.reason, BUSY_ASIDE)
        case _:
            offers.rescind(change, reservation, aside=FAULT_ASIDE)
            offers.queue_again(change, reservation, QueuedCause.RESCINDED)


def ended(change: Change, event: CallLegEnded, *, customer_is_up: bool) -> None:
    """A leg is gone. ``customer_is_up``: whether the customer's leg still stands (asked unless an agent hung up)."""
    item = change.item(event.interaction_id)
    if item is None:
        return
    if event.role is LegRole.CUSTOMER:
        customer_left(change, item, event.reason)
    else:
        _agent_left(change, item, event, customer_is_up)


def customer_left(change: Change, item: Item, reason: LegEndReason) -> None:
    """The customer is gone, wherever the interaction stands. Who is to be called is, as he may, off the line."""
    if item.must_be_called:
        return
    lost = reason in FAULTS
    if item.state is InteractionState.QUEUED:
        close(change, item, EndReason.LOST if lost else EndReason.ABANDONED_IN_QUEUE)
    elif item.state is InteractionState.OFFERED:
        reservation = change.reservation(item.reservation_id)
        if reservation is not None:
            offers.rescind_all(change, reservation)
        close(change, item, EndReason.LOST if lost else EndReason.ABANDONED_RINGING, agent_id=None)
    elif item.state in _TALKING:
        conclude(change, item, EndReason.LOST if lost else EndReason.COMPLETED)


def _agent_left(change: Change, item: Item, event: CallLegEnded, customer_is_up: bool) -> None:
    reservation = change.reservation(event.reservation_id)
    if reservation is None or not together.is_present(item, reservation):
        return
    if reservation.state is ReservationState.PENDING:
        offers.rescind(change, reservation, aside=FAULT_ASIDE)
        offers.queue_again(change, reservation, QueuedCause.RESCINDED)
    elif item.must_be_called and event.reason is LegEndReason.HANGUP:
        callbacks.given_up(change, item, reservation)
    elif item.state in _TALKING and event.reason is not LegEndReason.HANGUP and (customer_is_up or item.must_be_called):
        _put_back(change, reservation, lost=event.reason in FAULTS)
    elif item.state in _TALKING:
        conclude(change, item, EndReason.COMPLETED)


def _put_back(change: Change, reservation: Reservation, *, lost: bool) -> None:
    """Agent and customer were parted, by a phone that vanished (``lost``: the agent goes away) or by telephony, that
    took the offer for void: the customer goes first in line."""
    change.settle(reservation, released_at=change.now)
    agent = offers.free_agent(change, reservation.agent_id, reservation.interaction_id, change.now)
    if agent is not None and lost:
        offers.send_away(change, agent, AwayReason.CONNECTION_LOST)
    offers.queue_again(change, reservation, QueuedCause.AGENT_LOST if lost else QueuedCause.RESCINDED, boost=1)


def conclude(change: Change, item: Item, end_reason: EndReason) -> None:
    """The talk is over: wrap-up where the queue grants time for it, else the end at once."""
    queue = change.floor.queues.get(item.queue_id)
    seconds = queue.wrap_up_seconds if queue else 0
    agent = change.agent(item.agent_id) if item.agent_id else None
    if not seconds or agent is None or agent.interaction_id != item.id:
        finish(change, item, end_reason)
        return
    until = change.now + timedelta(seconds=seconds)
    moved = change.move(
        item, InteractionState.WRAPPING, end_reason=end_reason, ended_at=change.now, wrap_up_until=until
    )
    change.staff(agent, work_state=WorkState.WRAPPING, work_since=change.now, wrap_up_until=until)
    change.events.append(
        InteractionWrapping(
            interaction_id=item.id, agent_id=agent.id, end_reason=end_reason, wrap_up_until=until, version=moved.version
        )
    )


def finish(change: Change, item: Item, end_reason: EndReason) -> None:
    """Close an interaction that an agent has served, and free the agent."""
    reservation = change.reservation(item.reservation_id)
    if reservation is not None:
        change.settle(reservation, released_at=change.now)
        offers.release(change, reservation, change.now)
    close(change, item, end_reason)


def close(change: Change, item: Item, end_reason: EndReason, **columns: None) -> None:
    """Close an interaction."""
    moved = change.move(
        item, InteractionState.CLOSED, end_reason=item.end_reason or end_reason, ended_at=item.ended_at or change.now,
        closed_at=change.now, wrap_up_until=None, **columns,
    )  # fmt: skip
    change.events.append(
        InteractionClosed(
            interaction_id=item.id, queue_id=item.queue_id, agent_id=moved.agent_id,
            end_reason=moved.end_reason or end_reason, version=moved.version,
        )
    )  # fmt: skip


def revive(change: Change, reservation: Reservation, at: datetime) -> None:
    """The agent's answer overtook the end of its offer: who talks, talks. Any newer offer is taken back."""
    item, agent = change.item(reservation.interaction_id), change.agent(reservation.agent_id)
    if item is None or agent is None or item.state not in InteractionState.waiting():
        return
    newer = change.reservation(item.reservation_id)
    if newer is not None:
        offers.rescind_all(change, newer)
        offers.queue_again(change, newer, QueuedCause.RESCINDED)
    _release_other_offer(change, agent.id)
    _talk_after_all(change, reservation, at)


def _release_other_offer(change: Change, agent_id: UUID) -> None:
    reservation = together.pending_of(change, agent_id)
    if reservation is not None:
        offers.rescind(change, reservation)
        offers.queue_again(change, reservation, QueuedCause.RESCINDED)


def _talk_after_all(change: Change, reservation: Reservation, at: datetime) -> None:
    item, agent = change.item(reservation.interaction_id), change.agent(reservation.agent_id)
    if item is None or agent is None or agent.work_state is not WorkState.IDLE:
        return
    change.items[item.id] = replace(item, reservation_id=reservation.id)
    accept(change, reservation, at)
