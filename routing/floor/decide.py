"""After a fact: whom it freed and what it queued is matched, inside the same change."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from routing.engine.values import Decision
from routing.floor.change import Change
from routing.floor.offers import reserve
from routing.floor.rows import Reservation

_ROUNDS = 1000
"""How often at most the engine is asked, in one change, what else has become possible."""


def decide(change: Change) -> None:
    """Offer what can be offered now. Before it nobody free fitted anything waiting, so only the new is looked at,
    and what time or the new has opened to others."""
    mirror(change)
    _mirror_again(change, change.floor.overflows.shrink())
    now = change.now.timestamp()
    _ask_for_agents(change, change.floor.engine.free_among((*change.agents, *change.woken_agents)))
    _ask_for_the_opened(change)  # they have waited longer than what is new
    _ask_for_items(change, change.floor.engine.waiting_among((*change.items, *change.woken_items), now))
    _overflow(change)
    _ask_for_the_opened(change)


def decide_all(change: Change, at_most: int) -> bool:
    """Match everybody who is free, longest idle first (after a rebuild); whether ``at_most`` offers left some over."""
    engine, now = change.floor.engine, change.now.timestamp()
    for agent_id in engine.free_agents():
        if len(change.offered) >= at_most:
            return True
        if engine.waiting:
            _offer(change, engine.choose_item(agent_id, now))
    _ask_for_the_opened(change)
    return False


def mirror(change: Change) -> None:
    """Show the engine the rows as they will stand."""
    for item in change.items.values():
        change.floor.mirror_item(item, item.id)
    for agent in change.agents.values():
        change.floor.mirror_agent(agent)


def _overflow(change: Change) -> None:
    """Ask other queues' members to serve what they may now. What its own queue could take is gone by then."""
    now = change.now.timestamp()
    turned = change.floor.turn_overflow(now)
    _mirror_again(change, turned)
    _ask_for_items(change, change.floor.engine.waiting_among(turned, now))


def _mirror_again(change: Change, item_ids: Iterable[UUID]) -> None:
    """Others may serve these items than before."""
    for item_id in item_ids:
        change.floor.mirror_item(change.item(item_id), item_id)


def _ask_for_agents(change: Change, agent_ids: Iterable[UUID]) -> None:
    engine, now = change.floor.engine, change.now.timestamp()
    for agent_id in agent_ids:
        if engine.waiting:
            _offer(change, engine.choose_item(agent_id, now))


def _ask_for_items(change: Change, item_ids: Iterable[UUID]) -> None:
    engine, now = change.floor.engine, change.now.timestamp()
    for item_id in item_ids:
        _offer(change, engine.choose_agent(item_id, now))


def _ask_for_the_opened(change: Change) -> None:
    engine, now = change.floor.engine, change.now.timestamp()
    for _ in range(_ROUNDS):
        opened = engine.relax(now)
        if not opened:
            return
        _ask_for_items(change, engine.waiting_among(opened, now))


def _offer(change: Change, decision: Decision | None) -> None:
    """Carry a decision out. Who takes messages may have room for more, and is asked again."""
    while decision is not None:
        reservation = reserve(change, decision)
        if reservation is None:
            return
        _mirror_again(change, change.floor.overflows.shrink())
        decision = _one_more(change, reservation) if reservation.is_message else None


def _one_more(change: Change, reservation: Reservation) -> Decision | None:
    engine = change.floor.engine
    if not engine.waiting or not engine.is_free(reservation.agent_id):
        return None
    return engine.choose_item(reservation.agent_id, change.now.timestamp())
