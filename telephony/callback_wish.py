"""A waiting caller wishes to be called back: his queue says whether that can be."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from core.callbacks import request_callback
from core.db import UnitOfWork
from core.errors import Refusal

_OFFERED = text(
    """
    select i.language from interactions i join queues q on q.id = i.queue_id
    where i.id = :id and i.state = 'queued' and i.kind = 'live'
      and (q.callback_after_seconds is not null or q.callback_estimate_seconds is not null)
    """
)
SPOKEN = ("en", "zh")


async def wish_callback(work: UnitOfWork, interaction_id: UUID) -> str:
    """Turn him into a callback; his language when that was done, else an empty text (nothing has changed)."""
    row = await work.one_or_none(_OFFERED, {"id": interaction_id})
    if row is None:
        return ""
    try:
        done = await request_callback(work, interaction_id, because="key")
    except Refusal:
        return ""
    if not done:
        return ""
    return row.language if row.language in SPOKEN else SPOKEN[0]
