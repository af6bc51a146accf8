"""Which free agent is the best: a sum of costs. In whole millionths, so that sums are exact and ties are ties."""

from __future__ import annotations

from collections.abc import Mapping

from routing.engine.capacity import can_take_call, share_used
from routing.engine.policy import Policy
from routing.engine.urgency import speed
from routing.engine.values import FreeAgent, Skills

STANDING = ("speed", "preferred", "membership", "flexibility", "scarce")
PASSING = ("consolidation", "load", "interruption", "occupancy")
TERMS = (*STANDING, *PASSING)
"""Names of the costs; ``occupancy`` is then taken relative to the mean of the agent's group."""
MILLION = 1_000_000

Standing = tuple[int, int, int, int, int]
Passing = tuple[int, int, int, int]


def standing_cost(
    policy: Policy, levels: Mapping[str, int], skills: Skills, preferred: Skills, *, priority: int, worth: float,
    unneeded: int,
) -> Standing:  # fmt: skip
    """What follows from who the agent is. ``worth``: of him elsewhere; ``unneeded``: scarce skills of his."""
    choice = policy.choice
    slower = speed(policy, levels, skills, preferred) - min(policy.speeds)
    lacking = sum(levels.get(code, 0) < level for code, level in preferred)
    return (
        points(choice.speed * slower),
        points(choice.preferred * lacking),
        points(choice.membership * (priority - 1)),
        points(choice.flexibility * worth),
        points(choice.scarce * unneeded),
    )


def passing_cost(policy: Policy, agent: FreeAgent, channel: str, *, interruptible: bool) -> Passing:
    """What follows from what the agent does now and did lately."""
    choice, capacity = policy.choice, policy.capacity
    blocks = channel not in capacity.exclusive and can_take_call(capacity, agent)
    interrupts = not interruptible and any(count for _, count in agent.interruptible)
    return (
        points(choice.consolidation) if blocks else 0,
        points(choice.load * share_used(capacity, agent, interruptible=interruptible)) if agent.load else 0,
        points(choice.interruption) if interrupts else 0,
        occupancy_cost(policy, agent),
    )


def occupancy_cost(policy: Policy, agent: FreeAgent) -> int:
    """What follows from having worked; less the mean of these over the group it is fair."""
    return points(policy.choice.occupancy * agent.occupancy)


def mean_cost(total: int, count: int) -> int:
    """The mean of a group."""
    return total // count if count else 0


def points(cost: float) -> int:
    """A cost in whole millionths."""
    return round(cost * MILLION)
