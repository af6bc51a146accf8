"""Offers: an interaction is reserved for an agent, and comes back when the offer comes to nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.agent import AwayReason, LegEndReason, Presence, ReservationState, WorkState
from core.events import (
    AgentMissedTwice,
    InteractionQueued,
    ReservationCreated,
    ReservationExpired,
    ReservationRejected,
    ReservationRescinded,
)
from core.ids import new_id
from core.interaction import CUSTOMER_RINGS_SECONDS, InteractionState, Kind, QueuedCause
from routing.engine.values import Decision
from routing.floor import together
from routing.floor.change import Change
from routing.floor.rows import Agent, Item, Reservation


def reserve(change: Change, decision: Decision) -> Reservation | None:
    """Offer the item of a decision to its agent; None when one of the two is not to be had."""
    item, agent = change.item(decision.item_id), change.agent(decision.agent_id)
    queue = change.floor.queues.get(item.queue_id) if item else None
    if item is None or agent is None or queue is None:
        return None
    if item.state is not InteractionState.QUEUED or not agent.is_free:
        return None
    beside = together.colleagues(change, decision, item, queue)
    reservation = _reservation(change, item, agent, decision, joint=bool(beside))
    moved = change.move(item, InteractionState.OFFERED, agent_id=agent.id, reservation_id=reservation.id)
    _ring(change, moved, agent, reservation)
    change.floor.take(decision)
    if item.is_message:
        change.floor.mirror_agent(change.agents[agent.id])
    for colleague in beside:
        change.floor.engine.drop_agent(colleague.id)
        _ring(change, moved, colleague, _reservation(change, item, colleague, decision, joint=True))
    return reservation


def _reservation(change: Change, item: Item, agent: Agent, decision: Decision, *, joint: bool) -> Reservation:
    now, queue = change.now, change.floor.queues[item.queue_id]
    seconds = queue.ring_seconds
    if queue.dials_ahead and item.must_be_called:
        seconds += CUSTOMER_RINGS_SECONDS  # his phone may ring already: the agent's does as soon as he answers
    return Reservation(
        id=new_id(), interaction_id=item.id, agent_id=agent.id, queue_id=item.queue_id, channel=item.channel,
        state=ReservationState.PENDING, created_at=now, deadline_at=now + timedelta(seconds=seconds),
        together=joint, decision=decision.explanation,
    )  # fmt: skip


def _ring(change: Change, item: Item, agent: Agent, reservation: Reservation) -> None:
    change.offered[reservation.id] = reservation
    if item.is_message:
        change.load(agent, item.channel, 1)
    else:
        change.staff(agent, work_state=WorkState.RESERVED, work_since=change.now, interaction_id=item.id)
    change.events.append(
        ReservationCreated(
            reservation_id=reservation.id, interaction_id=item.id, agent_id=agent.id, queue_id=item.queue_id,
            channel=item.channel, customer_id=item.customer_id,
            ring_seconds=change.floor.queues[item.queue_id].ring_seconds,
            deadline_at=reservation.deadline_at, queued_at=item.queued_at, version=item.version,
            kind=item.kind if item.must_be_called else Kind.LIVE,
        )
    )  # fmt: skip


DECLINE_LASTS = timedelta(seconds=60)
"""How long an agent who declined an interaction is not asked again; then he may be, lest the caller be stranded
with the only agent there is."""


TOLD_FROM = 2
"""How many offers in a row an agent misses before it is told."""


def decline(change: Change, reservation: Reservation) -> None:
    """The agent declined: he stays available, and does not get this interaction again for a while."""
    change.events.append(ReservationRejected(**_names(reservation)))
    _withdraw(change, reservation, ReservationState.REJECTED)
    queue_again(change, reservation, QueuedCause.REJECTED, exclude=True)


def expire_unanswered(change: Change, reservation: Reservation) -> None:
    """The phone rang in vain: the agent goes away with the reason ``rona``; the second time in a row is told. Where
    several are rung nobody is to blame: a small team that is busy for a moment stays on duty, and is rung again."""
    change.events.append(ReservationExpired(**_names(reservation), reason=LegEndReason.NO_ANSWER))
    agent = _withdraw(change, reservation, ReservationState.EXPIRED)
    if agent is not None and not reservation.together:
        _count_missed(change, agent, reservation)
    queue_again(change, reservation, QueuedCause.EXPIRED)


def _count_missed(change: Change, agent: Agent, reservation: Reservation) -> None:
    agent = change.staff(agent, missed=agent.missed + 1)
    if agent.missed >= TOLD_FROM:
        missed = AgentMissedTwice(agent_id=agent.id, interaction_id=reservation.interaction_id, missed=agent.missed)
        change.events.append(missed)
    send_away(change, agent, AwayReason.RONA)


def expire_unrung(change: Change, reservation: Reservation, reason: LegEndReason, aside: timedelta) -> None:
    """The phone could not be rung: no fault of the agent, who is set aside for a while."""
    change.events.append(ReservationExpired(**_names(reservation), reason=reason))
    agent = _withdraw(change, reservation, ReservationState.EXPIRED)
    if agent is not None:
        change.staff(agent, set_aside_until=change.now + aside)
    queue_again(change, reservation, QueuedCause.FAILED)


def rescind(change: Change, reservation: Reservation, aside: timedelta | None = None) -> None:
    """Take an offer back; what becomes of the interaction is for the caller to say."""
    change.events.append(ReservationRescinded(**_names(reservation)))
    agent = _withdraw(change, reservation, ReservationState.RESCINDED)
    if agent is not None and aside is not None:
        change.staff(agent, set_aside_until=change.now + aside)


def queue_again(
    change: Change, reservation: Reservation, cause: QueuedCause, *, exclude: bool = False, boost: int | None = None
) -> None:
    """Back into the queue with the old ``queued_at``, if the interaction is still with this reservation. While it
    rings at others too it goes on ringing there."""
    item = change.item(reservation.interaction_id)
    if item is None or not together.is_present(item, reservation):
        return
    if exclude:
        item = replace(item, excluded=item.excluded | {reservation.agent_id}, excluded_until=change.now + DECLINE_LASTS)
    beside = together.others(change, reservation)
    if beside:
        change.amend(item, reservation_id=beside[0].id, agent_id=beside[0].agent_id)
        return
    moved = change.move(
        item, InteractionState.QUEUED, agent_id=None, reservation_id=None,
        priority_boost=max(item.priority_boost, boost or 0),
    )  # fmt: skip
    change.events.append(queued_event(moved, cause))


def rescind_all(change: Change, reservation: Reservation) -> None:
    """Take an offer back wherever it rings."""
    for each in (*together.others(change, reservation), reservation):
        rescind(change, each)


def queued_event(item: Item, cause: QueuedCause) -> InteractionQueued:
    """The event that tells of a waiting interaction."""
    return InteractionQueued(
        interaction_id=item.id, channel=item.channel, queue_id=item.queue_id, customer_id=item.customer_id, cause=cause,
        queued_at=item.queued_at, priority=item.priority, priority_boost=item.priority_boost,
        required_skills=dict(item.skills), tier=item.tier, credit_grade=item.credit_grade,
        account_manager_id=item.account_manager_id, last_agent_id=item.last_agent_id,
        excluded_agents=sorted(item.excluded), version=item.version,
    )  # fmt: skip


def send_away(change: Change, agent: Agent, reason: AwayReason) -> None:
    """Set an agent away; one who has already gone away or offline keeps his own reason."""
    if agent.presence is Presence.AVAILABLE:
        change.staff(agent.with_presence(Presence.AWAY, reason.value, change.now))


def release(change: Change, reservation: Reservation, idle_since: datetime | None = None) -> Agent | None:
    """End an agent's work on what was offered; None when he is at something else by now."""
    if not reservation.is_message:
        return free_agent(change, reservation.agent_id, reservation.interaction_id, idle_since)
    agent = change.agent(reservation.agent_id)
    if agent is None:
        return None
    agent = change.load(agent, reservation.channel, -1)
    return change.staff(agent, idle_since=idle_since or agent.idle_since)


def free_agent(
    change: Change, agent_id: UUID, interaction_id: UUID, idle_since: datetime | None = None
) -> Agent | None:
    """End an agent's work on a call; None when he is at something else by now."""
    agent = change.agent(agent_id)
    if agent is None or agent.interaction_id != interaction_id:
        return None
    return change.staff(
        agent, work_state=WorkState.IDLE, work_since=change.now, interaction_id=None, wrap_up_until=None,
        idle_since=idle_since or agent.idle_since,
    )  # fmt: skip


def _withdraw(change: Change, reservation: Reservation, state: ReservationState) -> Agent | None:
    """Settle a pending offer. The agent keeps his place among the idle: he has not worked."""
    change.settle(reservation, state=state, decided_at=change.now, released_at=change.now)
    return release(change, reservation)


def _names(reservation: Reservation) -> dict[str, Any]:
    return {
        "reservation_id": reservation.id,
        "interaction_id": reservation.interaction_id,
        "agent_id": reservation.agent_id,
        "queue_id": reservation.queue_id,
    }
