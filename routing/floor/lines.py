"""Who waits in which queue: how many, since when. Pure; times are Unix seconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from uuid import UUID

_NOBODY: Mapping[UUID, float] = MappingProxyType({})


class Lines:
    """The waiting items of every queue, each with the moment at which it was queued."""

    def __init__(self) -> None:
        self._waiting: dict[UUID, dict[UUID, float]] = {}
        self._queue_of: dict[UUID, UUID] = {}

    def enter(self, item_id: UUID, queue_id: UUID, queued_at: float) -> None:
        """An item waits, there and nowhere else."""
        before = self._queue_of.get(item_id)
        if before is not None and before != queue_id:
            self.leave(item_id)
        self._queue_of[item_id] = queue_id
        self._waiting.setdefault(queue_id, {})[item_id] = queued_at

    def leave(self, item_id: UUID) -> None:
        """An item waits no longer; an unknown one is no error."""
        queue_id = self._queue_of.pop(item_id, None)
        if queue_id is None:
            return
        line = self._waiting[queue_id]
        del line[item_id]
        if not line:
            del self._waiting[queue_id]

    def of(self, queue_id: UUID) -> Mapping[UUID, float]:
        """Who waits in a queue, and since when."""
        return self._waiting.get(queue_id, _NOBODY)

    def length(self, queue_id: UUID) -> int:
        """How many wait in a queue."""
        return len(self._waiting.get(queue_id, _NOBODY))

    def head_wait(self, queue_id: UUID, now: float) -> float:
        """How long the first of a queue has waited; 0 where nobody waits."""
        return max(0.0, now - min(self.of(queue_id).values(), default=now))

    def __iter__(self) -> Iterator[UUID]:
        """The queues in which anybody waits."""
        return iter(list(self._waiting))
