"""The end of a message at the desk: the interaction closes, the agent has room again. Called in the desk's unit of
work."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.engine import Row

from core import clock
from core.db import UnitOfWork
from core.errors import Conflict
from core.events import InteractionClosed
from core.interaction import EndReason, InteractionState
from core.interactions import advance
from core.tables import interactions
from routing.agent_load import message_of, take_off


async def end_message(work: UnitOfWork, interaction_id: UUID, agent_id: UUID) -> bool:
    """Close a message that this agent serves or wraps up, release its reservation, lower his load.

    True when this call did it; False when it was over before (ended twice, or by its deadline): an outcome may be
    recorded all the same. Refusals: ``interaction.unknown`` (no such one of this agent's),
    ``interaction.not_a_message`` (a call), ``message.not_taken`` (it is only offered, or somebody else's by now).
    """
    stands = await message_of(work, interaction_id, agent_id)
    if stands is InteractionState.CLOSED:
        return False
    now = clock.now()
    row = await _close(work, interaction_id, now) if stands in InteractionState.served() else None
    if row is None:
        raise Conflict("message.not_taken", "You do not serve this now.")
    work.record(
        InteractionClosed(
            interaction_id=row.id, queue_id=row.queue_id, agent_id=row.agent_id, end_reason=EndReason(row.end_reason),
            version=row.version,
        )
    )  # fmt: skip
    await take_off(work, interaction_id, agent_id, now)
    return True


async def _close(work: UnitOfWork, interaction_id: UUID, now: datetime) -> Row[Any] | None:
    column = interactions.c
    return await advance(
        work, interaction_id, InteractionState.CLOSED, because="message ended", expect=InteractionState.served(),
        end_reason=func.coalesce(column.end_reason, EndReason.COMPLETED.value),
        ended_at=func.coalesce(column.ended_at, now), closed_at=now, wrap_up_until=None,
    )  # fmt: skip
