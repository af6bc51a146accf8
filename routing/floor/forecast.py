"""How long one who joins a queue is going to wait, as far as the writer has seen what became of others. Pure."""

from __future__ import annotations

from uuid import UUID

from routing.engine.estimate import WaitEstimator, drain_seconds

_UNLEARNED_HANDLE = 180.0
_NEW_SHARE = 0.05


class Forecast:
    """Learns the waits and handling times of each queue; outlives a rebuild of the floor. Times are seconds."""

    def __init__(self) -> None:
        self._estimator = WaitEstimator()
        self._handle: dict[UUID, float] = {}

    def answered(self, queue_id: UUID, waited: float, now: float) -> None:
        """Somebody was answered after this wait."""
        self._estimator.answered((queue_id,), waited, now)

    def handled(self, queue_id: UUID, seconds: float) -> None:
        """An agent was busy with one item for so long, from the offer to the end of the wrap-up."""
        if seconds <= 0:
            return
        known = self._handle.get(queue_id, _UNLEARNED_HANDLE)
        self._handle[queue_id] = known + _NEW_SHARE * (seconds - known)

    def wait(self, queue_id: UUID, *, length: int, head_wait: float, agents: int, now: float) -> float:
        """The wait of one who joins now behind ``length`` others, with so many ``agents`` on duty."""
        drain = drain_seconds(length, agents, self._handle.get(queue_id, _UNLEARNED_HANDLE))
        return self._estimator.estimate((queue_id,), head_wait=head_wait, drain=drain, now=now).blend
