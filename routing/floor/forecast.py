"""How long one who waits, or joins a queue, is going to wait, as far as the writer has seen what became of others.
Pure; times are seconds."""

from __future__ import annotations

from collections.abc import Hashable
from uuid import UUID

from routing.engine.estimate import Estimate, WaitEstimator, drain_seconds

FIRST_LOOK_SECONDS = 3.0
"""Who has waited for less is forecast as one who joins."""
LATER_LOOK_SECONDS = 30.0
"""From how much waiting on what was forecast for the rest is learned from, once for each."""
_UNLEARNED_HANDLE = 180.0
_NEW_SHARE = 0.05


class Forecast:
    """Learns the waits and handling times of each queue; outlives a rebuild of the floor."""

    def __init__(self) -> None:
        self._estimator = WaitEstimator()
        self._handle: dict[UUID, float] = {}
        self._joined: dict[UUID, float] = {}
        """By item: what was forecast when it joined."""
        self._later: dict[UUID, tuple[float, float]] = {}
        """By item: when it was looked at later, and what was forecast then."""

    def answered(
        self, queue_id: UUID, waited: float, now: float, *, tier: str = "", item_id: UUID | None = None
    ) -> None:
        """Somebody was answered after this wait."""
        self._estimator.answered(_keys(queue_id, tier), waited, now)
        joined, later = (known.pop(item_id, None) if item_id else None for known in (self._joined, self._later))
        if isinstance(joined, float):
            self._estimator.learn(joined, waited)
        if isinstance(later, tuple):
            self._estimator.learn_remaining(later[1], max(0.0, now - later[0]))

    def forget(self, item_id: UUID) -> None:
        """Somebody left; what was forecast for him teaches nothing."""
        self._joined.pop(item_id, None)
        self._later.pop(item_id, None)

    def handled(self, queue_id: UUID, seconds: float) -> None:
        """An agent was busy with one item for so long, from the offer to the end of the wrap-up."""
        if seconds <= 0:
            return
        known = self._handle.get(queue_id, _UNLEARNED_HANDLE)
        self._handle[queue_id] = known + _NEW_SHARE * (seconds - known)

    def handling(self, queue_id: UUID) -> float:
        """How long one item of a queue keeps an agent busy, in the mean."""
        return self._handle.get(queue_id, _UNLEARNED_HANDLE)

    def wait(self, queue_id: UUID, *, length: int, head_wait: float, agents: int, now: float) -> float:
        """The wait of one who joins now behind ``length`` others, with so many ``agents`` on duty."""
        drain = drain_seconds(length, agents, self.handling(queue_id))
        return self._estimator.estimate(_keys(queue_id, ""), head_wait=head_wait, drain=drain, now=now).blend

    def left(
        self, item_id: UUID, queue_id: UUID, tier: str, *, waited: float, head_wait: float, ahead: float, agents: int,
        now: float,
    ) -> Estimate:  # fmt: skip
        """How much longer one waits who has waited for ``waited``, with so many (weighted) before him.

        ``head_wait``: how long the first of his queue and tier has waited.
        """
        drain = drain_seconds(ahead, agents, self.handling(queue_id))
        keys = _keys(queue_id, tier)
        if item_id not in self._joined and waited < FIRST_LOOK_SECONDS:
            found = self._estimator.estimate(keys, head_wait=head_wait, drain=drain, now=now)
            self._joined[item_id] = found.blend
            return found
        found = self._estimator.remaining(keys, waited=waited, head_wait=head_wait, drain=drain, now=now)
        if waited >= LATER_LOOK_SECONDS and item_id not in self._later:
            self._later[item_id] = now, found.blend
        return found


def _keys(queue_id: UUID, tier: str) -> tuple[Hashable, ...]:
    """The most particular first."""
    return ("class", queue_id, tier), ("queue", queue_id)
