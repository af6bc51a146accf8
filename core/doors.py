"""What is said of somebody who reaches a queue, and of somebody who waits there. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core.interaction import EndReason


@dataclass(frozen=True, slots=True)
class Admission:
    """What becomes of somebody who reaches a queue: he waits in ``queue_id``, the one that he reached or one that it
    sends him on to; or that queue turns him away (``refused``), and may offer to call him back instead."""

    queue_id: UUID
    refused: EndReason | None = None
    offers_callback: bool = False


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a queue tells those who wait: from ``after_seconds`` of waiting on, every ``every_seconds``."""

    after_seconds: int
    every_seconds: int
    position: bool
    wait: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands in the queue (1: next), and how many seconds he is going to wait from now on: likely,
    and from ``low_seconds`` to ``high_seconds`` in eight of ten cases."""

    queue_id: UUID
    queued_at: datetime
    position: int
    low_seconds: float
    likely_seconds: float
    high_seconds: float
