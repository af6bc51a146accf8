"""The doors of queues for whoever lets customers in: what is configured, and what the writer in this process knows.

Where the writer is another process, nobody knows how many wait: then no queue is full, and nobody is told his place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core import clock
from core.db import fetch
from core.doors import Admission, Announcement, Place
from core.interaction import EndReason
from core.logs import logger
from routing.door_reads import read_doors
from routing.floor.doors import Doors, Standing
from routing.floor.floor import Floor

log = logger(__name__)

ARRIVING_SECONDS = 5.0
"""How long somebody who was let in counts as waiting before the writer has heard of him."""
ESTIMATE_SECONDS = 1.0
"""How long an estimated wait is taken for true."""


class FrontDoors:
    """``floor`` gives the writer's floor, or None while it is not here. Implements ``core.ports.QueueDoors``."""

    def __init__(self, floor: Callable[[], Floor | None] = lambda: None) -> None:
        self.floor = floor
        self._doors = Doors()
        self._arriving: dict[UUID, tuple[UUID, float]] = {}
        self._estimates: dict[UUID, tuple[float, float]] = {}

    async def reload(self, connection: AsyncConnection, domain: str) -> None:
        """Read hours and limits anew."""
        doors = await read_doors(_Pooled(connection), domain)
        doors.warm(clock.now())
        self._doors = doors

    def admit(self, queue_id: UUID, interaction_id: UUID, at: datetime) -> Admission:
        """What becomes of an interaction that reaches a queue now."""
        now = at.timestamp()
        admission = self._doors.admit(queue_id, at, self._standing(now))
        if admission.refused is None and self._doors.counts(admission.queue_id) and self.floor() is not None:
            self._arriving[interaction_id] = admission.queue_id, now
        if admission.refused is not None or admission.queue_id != queue_id:
            log.info("not let in", interaction_id=str(interaction_id), queue_id=str(queue_id),
                     why=str(admission.refused or "sent on"), waits_in=str(admission.queue_id))  # fmt: skip
        return admission

    def is_open(self, queue_id: UUID, at: datetime) -> bool:
        """Whether somebody would be let in who came now."""
        return self._doors.admit(queue_id, at, self._standing(at.timestamp())).refused is None

    def _standing(self, now: float) -> Standing:
        return Standing(lambda found: self._length(found, now), lambda found: self._estimate(found, now))

    def announcement(self, queue_id: UUID) -> Announcement | None:
        """What the queue tells those who wait."""
        return self._doors.announcement(queue_id)

    def message(self, queue_id: UUID, reason: EndReason) -> Mapping[str, str]:
        """What the queue says itself to whom it turns away."""
        return self._doors.message(queue_id, reason)

    def place(self, interaction_id: UUID) -> Place | None:
        """How it stands with somebody who waits."""
        floor = self.floor()
        return floor.places.get(interaction_id) if floor is not None else None

    def _length(self, queue_id: UUID, now: float) -> int:
        """How many wait, those included of whom the writer has not heard yet."""
        floor = self.floor()
        if floor is None:
            return 0
        self._arriving = {
            item_id: (queue, since)
            for item_id, (queue, since) in self._arriving.items()
            if now - since < ARRIVING_SECONDS and item_id not in floor.items and not floor.is_gone(item_id)
        }
        return floor.lines.length(queue_id) + sum(queue == queue_id for queue, _ in self._arriving.values())

    def _estimate(self, queue_id: UUID, now: float) -> float:
        floor, known = self.floor(), self._estimates.get(queue_id)
        if floor is None:
            return 0.0
        if known is None or now - known[0] > ESTIMATE_SECONDS:
            known = self._estimates[queue_id] = now, floor.wait_of_one_more(queue_id, now)
        return known[1]


class _Pooled:
    """A connection of the pool."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fetch(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a statement."""
        return await fetch(self._connection, statement, *values)
