"""Whether a queue lets somebody in: opening hours, length and estimated wait, and what follows when it does not. Pure.

Hours come before fullness. Who is sent on to another queue meets the door of that one; sent back to where he has
been, he is turned away there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.doors import Admission, Announcement
from core.interaction import EndReason
from routing import hours
from routing.configuration.model import Action

_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class Way:
    """What becomes of whoever is not let in; ``to`` is set exactly when ``action`` is ``queue``. ``message``: what he
    hears, by language; None: our own words."""

    action: Action = Action.MESSAGE
    to: UUID | None = None
    message: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """One queue's. ``schedule`` None: always open; ``closed_waiting``: closing time is for those too who wait."""

    queue_id: UUID
    schedule: hours.Schedule | None = None
    closed: Way = Way()
    closed_waiting: bool = False
    full_length: int | None = None
    full_estimate_seconds: int | None = None
    full: Way = Way()
    announcement: Announcement | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands in a queue, for whoever asks: how many wait, and how many seconds one who joins would."""

    length: Callable[[UUID], int] = lambda queue_id: 0
    estimate: Callable[[UUID], float] = lambda queue_id: 0.0


class Doors:
    """The doors of a domain. Hours change on whole minutes, so each is looked up once a minute."""

    def __init__(self, doors: Iterable[Door] = ()) -> None:
        self._doors = {door.queue_id: door for door in doors}
        self._sending_away = [door for door in self._doors.values() if door.closed_waiting and door.schedule]
        self._known: dict[UUID, tuple[int, bool]] = {}

    def is_open(self, queue_id: UUID, at: datetime) -> bool:
        """Whether a queue is open at an aware moment; an unknown one is."""
        door = self._doors.get(queue_id)
        if door is None or door.schedule is None:
            return True
        minute, known = int(at.timestamp() // _MINUTE), self._known.get(queue_id)
        if known is None or known[0] != minute:
            known = self._known[queue_id] = minute, hours.is_open(door.schedule, at)
        return known[1]

    def warm(self, at: datetime) -> None:
        """Look all hours up: calendars of holidays take a while when they are asked for first."""
        for queue_id in self._doors:
            self.is_open(queue_id, at)

    def counts(self, queue_id: UUID) -> bool:
        """Whether it matters how many wait in a queue."""
        door = self._doors.get(queue_id)
        return door is not None and door.full_length is not None

    def admit(self, queue_id: UUID, at: datetime, standing: Standing) -> Admission:
        """What becomes of somebody who reaches a queue."""
        been: set[UUID] = set()
        while (refusal := self._refusal(queue_id, at, standing)) is not None:
            reason, way = refusal
            been.add(queue_id)
            if way.to is None or way.to in been:
                return Admission(queue_id, reason, way.action is Action.CALLBACK)
            queue_id = way.to
        return Admission(queue_id)

    def closing(self, at: datetime) -> list[UUID]:
        """The queues that are closed for those too who wait there already."""
        return [door.queue_id for door in self._sending_away if not self.is_open(door.queue_id, at)]

    def announcement(self, queue_id: UUID) -> Announcement | None:
        """What a queue tells those who wait."""
        door = self._doors.get(queue_id)
        return door.announcement if door is not None else None

    def message(self, queue_id: UUID, reason: EndReason) -> Mapping[str, str]:
        """What a queue says itself, by language, to whom it turns away."""
        door = self._doors.get(queue_id)
        way = None if door is None else door.full if reason is EndReason.QUEUE_FULL else door.closed
        return (way.message if way is not None else None) or {}

    def _refusal(self, queue_id: UUID, at: datetime, standing: Standing) -> tuple[EndReason, Way] | None:
        door = self._doors.get(queue_id)
        if door is None:
            return None
        if not self.is_open(queue_id, at):
            return EndReason.QUEUE_CLOSED, door.closed
        is_long = door.full_length is not None and standing.length(queue_id) >= door.full_length
        limit = door.full_estimate_seconds
        is_slow = not is_long and limit is not None and standing.estimate(queue_id) > limit
        return (EndReason.QUEUE_FULL, door.full) if is_long or is_slow else None
