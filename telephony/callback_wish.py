"""A waiting caller wishes to be called back: his queue says whether that can be."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from sqlalchemy import text

from core.callbacks import request_callback
from core.db import UnitOfWork
from core.errors import Refusal

_OFFERED = text(
    """
    select 1 from interactions i join queues q on q.id = i.queue_id
    where i.id = :id and i.state = 'queued' and i.kind = 'live'
      and (q.callback_after_seconds is not null or q.callback_estimate_seconds is not null)
    """
)


async def wish_callback(work: UnitOfWork, interaction_id: UUID) -> None:
    """Turn him into a callback, if that is offered in his queue and he has a number; else nothing changes."""
    if await work.one_or_none(_OFFERED, {"id": interaction_id}) is not None:
        with suppress(Refusal):
            await request_callback(work, interaction_id, because="key")


async def book_callback(work: UnitOfWork, interaction_id: UUID, queue_id: UUID) -> bool:
    """Turn one who is in his menu into a callback in this queue. False: he has no number, or has left."""
    with suppress(Refusal):
        return await request_callback(work, interaction_id, because="menu", queue_id=queue_id)
    return False
