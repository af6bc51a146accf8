"""Who is more urgent. Any rule that never falls while an item waits keeps heads-only comparison exact."""

from __future__ import annotations

from routing.engine.values import WaitingItem

Urgency = tuple[int, float, float, int]


def urgency(item: WaitingItem, now: float) -> Urgency:
    """Greater goes first: put back by a fault, then seconds waited plus head start, then the older one, then the id."""
    return item.boost, now - item.queued_at + item.head_start, -item.queued_at, -item.id.int
