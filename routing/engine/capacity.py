"""What an agent has room for: one call, or several messages, or a weighted mix."""

from __future__ import annotations

from routing.engine.policy import Capacity
from routing.engine.values import FreeAgent

_ROUNDING = 1e-6


def has_room(capacity: Capacity, agent: FreeAgent, channel: str, *, interruptible: bool) -> bool:
    """Whether the agent can take one more of a channel.

    What he may be called away from takes no room from what he may not be called away from.
    """
    if channel not in agent.channels:
        return False
    held = held_beside(agent, interruptible=interruptible)
    limit = dict(agent.limits).get(channel)
    if limit is not None and held.get(channel, 0) >= limit:
        return False
    if any(count and each in capacity.exclusive for each, count in held.items()):
        return False
    if channel in capacity.exclusive:
        return not any(held.values())
    return _used(capacity, agent, held) + _cost(capacity, agent, channel) <= capacity.total + _ROUNDING


def held_beside(agent: FreeAgent, *, interruptible: bool) -> dict[str, int]:
    """What the agent holds and would go on with beside a new item."""
    held = dict(agent.load)
    if not interruptible:
        for channel, count in agent.interruptible:
            held[channel] = max(0, held.get(channel, 0) - count)
    return held


def share_used(capacity: Capacity, agent: FreeAgent, *, interruptible: bool) -> float:
    """The share of his capacity (0 to 1) that is taken."""
    if not agent.load:
        return 0.0
    return min(1.0, _used(capacity, agent, held_beside(agent, interruptible=interruptible)) / capacity.total)


def can_take_call(capacity: Capacity, agent: FreeAgent) -> bool:
    """Whether an exclusive item could be given to the agent now: then a message would stand in its way."""
    return any(
        has_room(capacity, agent, channel, interruptible=False) for channel in agent.channels & capacity.exclusive
    )


def _used(capacity: Capacity, agent: FreeAgent, held: dict[str, int]) -> float:
    return sum(count * _cost(capacity, agent, channel) for channel, count in held.items() if count)


def _cost(capacity: Capacity, agent: FreeAgent, channel: str) -> float:
    """Whose own limit is wider than the policy's has room for that many, where he holds nothing else."""
    cost, limit = capacity.cost(channel), dict(agent.limits).get(channel)
    return min(cost, capacity.total / limit) if limit else cost
