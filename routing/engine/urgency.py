"""Which waiting item is the most urgent, as such and for one agent.

Among items of one class urgency never falls with waiting, whatever the curve, so that the oldest of a class stands
for all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from routing.engine.policy import Policy, Service, with_kind
from routing.engine.values import ItemKind, Skills

Rank = tuple[int, int, float, float, int]
"""Boost, past the cap, urgency (past the cap: age), age, id: the greater goes first."""


@dataclass(frozen=True, slots=True)
class Curve:
    """How the urgency of an item grows."""

    slope: float
    head_start: float
    target: float
    cap: float | None
    convexity: float
    boost: int

    def at(self, queued_at: float, now: float) -> float:
        """Urgency as such."""
        wait = now - queued_at if now > queued_at else 0.0
        if self.convexity == 1.0:
            return self.slope * wait + self.head_start
        grown: float = (wait / self.target) ** self.convexity
        return self.slope * self.target * grown + self.head_start

    def rank(self, queued_at: float, number: int, now: float, factor: float) -> Rank:
        """The place of an item that ``number`` tells apart from others, for an agent for whom ``factor`` speaks."""
        if self.cap is not None and queued_at + self.cap <= now:
            return self.boost, 1, -queued_at, -queued_at, -number
        if self.convexity == 1.0 and now > queued_at:  # as ``at`` does, without a call
            return self.boost, 0, (self.slope * (now - queued_at) + self.head_start) * factor, -queued_at, -number
        return self.boost, 0, self.at(queued_at, now) * factor, -queued_at, -number


def curve_of(
    policy: Policy, service: Service, *, kind: ItemKind, target: float | None, head_start: float, boost: int
) -> Curve:
    """The curve of an item; its own target makes the slope steeper or flatter."""
    slope, start, cap = with_kind(service, kind, policy.order)
    own = max(0.001, service.target if target is None else target)
    return Curve(slope * service.target / own, start + head_start, own, cap, policy.order.convexity, boost)


def speed(policy: Policy, levels: Mapping[str, int], skills: Skills, preferred: Skills) -> float:
    """Handle time of an agent of these levels relative to the mean: his weakest skill of those that are used."""
    used = [policy.speeds[min(max(levels.get(code, 0), 1), 5) - 1] for code, _ in (*skills, *preferred)]
    return max(used, default=1.0)


def factor(policy: Policy, relative_speed: float, priority: int, *, needs_scarce: bool) -> float:
    """What speaks for giving an item to this agent. ``priority`` is that of his membership."""
    order = policy.order
    found: float = (1.0 / relative_speed) ** order.speed_power * order.membership_factor ** (priority - 1)
    return found * order.scarce_factor if needs_scarce else found
