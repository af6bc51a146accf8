"""Messages, of which an agent serves several at once: taken on the screen, ended by the customer, let go of."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from core.agent import Presence, ReservationState
from core.events import AcceptRequested, InteractionWrapping
from core.interaction import EndReason, InteractionState, QueuedCause
from core.message_events import CustomerLeftConversation
from routing.floor import calls, offers
from routing.floor.change import Change
from routing.floor.floor import Floor
from routing.floor.rows import Agent, Item, Reservation

_TALKING = frozenset({InteractionState.ACTIVE, InteractionState.HELD})


def accepted(change: Change, event: AcceptRequested) -> None:
    """The agent takes a message that was offered; a call is taken by its phone only."""
    reservation = change.reservation(event.reservation_id)
    if reservation is None or reservation.agent_id != event.agent_id or not reservation.is_message:
        return
    if reservation.state is ReservationState.PENDING:
        calls.accept(change, reservation, event.at)


def customer_left(change: Change, event: CustomerLeftConversation) -> None:
    """The customer writes no more, wherever the interaction stands."""
    item = change.item(event.interaction_id)
    if item is None or not item.is_message:
        return
    if item.state is InteractionState.QUEUED:
        calls.close(change, item, _unserved(event.end_reason, EndReason.ABANDONED_IN_QUEUE))
    elif item.state is InteractionState.OFFERED:
        reservation = change.reservation(item.reservation_id)
        if reservation is not None:
            offers.rescind(change, reservation)
        calls.close(change, item, _unserved(event.end_reason, EndReason.ABANDONED_RINGING), agent_id=None)
    elif item.state in _TALKING:
        _conclude(change, item, event.end_reason)


def _unserved(told: EndReason, abandoned: EndReason) -> EndReason:
    """Nothing is completed that nobody has served."""
    return abandoned if told is EndReason.COMPLETED else told


def _conclude(change: Change, item: Item, end_reason: EndReason) -> None:
    """Wrap-up where the queue grants time for it; until its end the agent holds the message as before."""
    queue = change.floor.queues.get(item.queue_id)
    if queue is None or not queue.wrap_up_seconds or item.agent_id is None:
        calls.finish(change, item, end_reason)
        return
    until = change.now + timedelta(seconds=queue.wrap_up_seconds)
    moved = change.move(
        item, InteractionState.WRAPPING, end_reason=end_reason, ended_at=change.now, wrap_up_until=until
    )
    change.events.append(
        InteractionWrapping(
            interaction_id=item.id, agent_id=item.agent_id, end_reason=end_reason, wrap_up_until=until,
            version=moved.version,
        )
    )  # fmt: skip


def let_go(change: Change, agent: Agent) -> None:
    """An agent has signed off: what was offered goes to the next one, and whom the agent served is first in line."""
    for reservation in _held(change, agent) if agent.load else ():
        item = change.item(reservation.interaction_id)
        if reservation.state is ReservationState.PENDING:
            offers.rescind(change, reservation)
            offers.queue_again(change, reservation, QueuedCause.RESCINDED)
        elif item is not None and item.state in _TALKING:
            change.settle(reservation, released_at=change.now)
            offers.release(change, reservation, change.now)
            offers.queue_again(change, reservation, QueuedCause.AGENT_LOST, boost=1)


def _held(change: Change, agent: Agent) -> list[Reservation]:
    known = [r for r in change.floor.reservations.values() if r.agent_id == agent.id and r.is_message]
    return [now for each in known if (now := change.reservation(each.id))]


def gone(floor: Floor) -> list[UUID]:
    """Who holds messages and is not there: nobody may have heard that they signed off, or left the company."""
    here = floor.agents.values()
    return [agent.id for agent in here if agent.load and (agent.presence is Presence.OFFLINE or not agent.active)]


def let_go_of_the_gone(change: Change) -> None:
    """What those hold goes to others."""
    for agent_id in gone(change.floor):
        agent = change.agent(agent_id)
        if agent is not None:
            let_go(change, agent)
