"""How busy agents have been lately, so that work is shared fairly. Pure; kept in memory only.

A share of the time on duty that fades with a half-life: what was an hour ago counts a little less than what is now.
After a takeover everybody begins alike, for fairness is a soft rule and the past of one shift evens out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.agent import Presence, WorkState
from routing.floor.rows import Agent

HALF_LIFE_SECONDS = 7200.0
RETELL_SECONDS = 60.0
"""How often the engine is told again of those who stay idle: their share falls while nothing happens."""


@dataclass(frozen=True, slots=True)
class Share:
    """``value`` (0 to 1) at ``at`` (Unix seconds); since then ``busy`` (1), idle (0), partly so (in between: messages),
    or off duty (None: it stands still)."""

    value: float = 0.0
    at: float = 0.0
    busy: float | None = None

    def until(self, now: float) -> float:
        """The share at a later moment."""
        if self.busy is None or now <= self.at:
            return self.value
        heading = float(self.busy)
        return heading + (self.value - heading) * math.exp2((self.at - now) / HALF_LIFE_SECONDS)

    def then(self, busy: float | None, at: float) -> Share:
        """The share from a moment on in which work begins, ends, or the agent comes or goes."""
        return self if busy == self.busy else Share(self.until(at), max(at, self.at), busy)


def moved(share: Share, agent: Agent) -> Share:
    """The share of an agent as his row stands."""
    at = max(agent.work_since, agent.presence_since)
    if agent.load_since is not None:
        at = max(at, agent.load_since)
    return share.then(_busy(agent), at.timestamp())


def _busy(agent: Agent) -> float | None:
    """None for who is off duty; who still talks, or writes, when he goes away is busy."""
    if agent.work_state is not WorkState.IDLE:
        return True
    if agent.load:
        return agent.share_of_load
    return False if agent.presence is Presence.AVAILABLE else None
