"""Offers that ring at several agents at once: whoever answers first has the interaction, the others' phones stop.

Each has a reservation of his own. The interaction names one of them while it rings, and in the end the one who has it.
"""

from __future__ import annotations

from uuid import UUID

from core.agent import ReservationState
from core.interaction import InteractionState
from routing.engine.values import Decision
from routing.floor.change import Change
from routing.floor.rows import Agent, Item, QueueRules, Reservation

MOST = 8
"""How many phones ring at once at most."""


def colleagues(change: Change, decision: Decision, item: Item, queue: QueueRules) -> list[Agent]:
    """Who is rung beside the agent of a decision. A customer who is called himself is called by one agent only, and a
    message rings on one screen."""
    if not queue.ring_all or item.must_be_called or item.is_message:
        return []
    engine = change.floor.engine
    fitting = engine.fitting_agents(item.id, change.now.timestamp())
    free = [agent for agent_id in fitting if agent_id != decision.agent_id and (agent := change.agent(agent_id))]
    return [agent for agent in free if agent.is_free][: MOST - 1]


def others(change: Change, reservation: Reservation) -> list[Reservation]:
    """The offers that still ring beside this one, best first."""
    if not reservation.together:
        return []
    live = {**change.floor.reservations, **change.offered}
    beside = [each for each in live.values() if each.interaction_id == reservation.interaction_id]
    standing = [now for each in beside if each.id != reservation.id and (now := change.reservation(each.id))]
    return sorted((r for r in standing if r.state is ReservationState.PENDING), key=lambda r: r.id)


def is_present(item: Item, reservation: Reservation) -> bool:
    """Whether an interaction is, as far as it goes, with this reservation: the only one, or one of those that ring."""
    joint = reservation.together and item.state is InteractionState.OFFERED
    return item.reservation_id == reservation.id or joint


def pending_of(change: Change, agent_id: UUID) -> Reservation | None:
    """What rings an agent's phone."""
    found = (r for r in change.floor.reservations.values() if r.agent_id == agent_id and not r.is_message)
    standing = (now for each in found if (now := change.reservation(each.id)))
    return next((r for r in standing if r.state is ReservationState.PENDING), None)
