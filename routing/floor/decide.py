"""After a fact: whom it freed and what it queued is matched, inside the same change."""

from __future__ import annotations

from routing.floor.change import Change
from routing.floor.offers import reserve


def decide(change: Change) -> None:
    """Offer what can be offered now. Before it nobody free fitted anything waiting, so only the new is looked at."""
    mirror(change)
    now = change.now.timestamp()
    engine = change.floor.engine
    for agent_id in engine.free_among((*change.agents, *change.woken_agents)):
        decision = engine.choose_item(agent_id, now)
        if decision is not None:
            reserve(change, decision)
    for item_id in engine.waiting_among((*change.items, *change.woken_items), now):
        decision = engine.choose_agent(item_id, now)
        if decision is not None:
            reserve(change, decision)


def decide_all(change: Change) -> None:
    """Match everybody who is free, longest idle first (after a rebuild)."""
    now = change.now.timestamp()
    engine = change.floor.engine
    for agent_id in engine.free_agents():
        if not engine.waiting:
            return
        decision = engine.choose_item(agent_id, now)
        if decision is not None:
            reserve(change, decision)


def mirror(change: Change) -> None:
    """Show the engine the rows as they will stand."""
    for item in change.items.values():
        change.floor.mirror_item(item, item.id)
    for agent in change.agents.values():
        change.floor.mirror_agent(agent)
