"""How large, how long, and how bad."""

from __future__ import annotations

from dataclasses import dataclass

_AT_WORK = 0.7
_BESIDE_TALK = 0.5
"""Seconds of an agent that a call takes beside its talk: ringing, wrapping up, offers that come to nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``items`` calls arrive evenly within ``seconds``; meanwhile some of the ``writers`` processes are killed or
    paused, ``fault_every`` (least, most) seconds apart."""

    agents: int = 200
    items: int = 5_000
    seconds: float = 30.0
    writers: int = 3
    fault_every: tuple[float, float] = (2.5, 6.0)
    longest_pause: float = 3.0
    patience: float = 120.0
    """Seconds after the last arrival within which everything must be over."""
    seed: int = 1

    @property
    def per_second(self) -> float:
        """Arrivals."""
        return self.items / self.seconds

    @property
    def talk_seconds(self) -> float:
        """The mean, such that seven of ten agents are at work."""
        return max(0.1, _AT_WORK * self.agents / self.per_second - _BESIDE_TALK)


SHORT = Plan()
FULL = Plan(agents=2_000, items=100_000, seconds=900.0, fault_every=(6.0, 16.0), longest_pause=5.0)
