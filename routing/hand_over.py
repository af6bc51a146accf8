"""A message goes back into a queue, by its agent or a supervisor: called in the unit of work of whoever asks."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row

from core import clock
from core.db import UnitOfWork
from core.errors import Conflict, NotFound
from core.events import InteractionQueued
from core.interaction import Channel, InteractionState, QueuedCause
from core.interactions import advance
from core.tables import queues
from routing.agent_load import message_of, take_off


async def hand_over(work: UnitOfWork, interaction_id: UUID, agent_id: UUID, *, queue_id: UUID | None = None) -> bool:
    """Let a message that this agent serves wait for another one, as of now, in its queue or in the one given.

    For a minute the agent himself is not asked. True when this call did it, False when he had given it away before.
    Refusals: ``interaction.unknown`` (no such one of this agent's), ``interaction.not_a_message`` (a call),
    ``message.not_taken`` (offered to him, or over), ``queue.unknown``.
    """
    stands = await message_of(work, interaction_id, agent_id)
    if stands is None:
        return False
    if queue_id is not None:
        await _check(work, queue_id)
    now = clock.now()
    row = await _queue(work, interaction_id, queue_id, now) if stands is InteractionState.ACTIVE else None
    if row is None:
        raise Conflict("message.not_taken", "You do not serve this now.")
    work.record(_queued(row, agent_id))
    await take_off(work, interaction_id, agent_id, now)
    return True


async def _check(work: UnitOfWork, queue_id: UUID) -> None:
    known = select(queues.c.id).where(queues.c.id == queue_id, queues.c.domain == work.domain, queues.c.active)
    if await work.one_or_none(known) is None:
        raise NotFound("queue.unknown", "There is no such queue.")


async def _queue(work: UnitOfWork, interaction_id: UUID, queue_id: UUID | None, now: datetime) -> Row[Any] | None:
    """Whoever was asked for by name, or had served it before, has had it."""
    elsewhere = {} if queue_id is None else {"queue_id": queue_id}
    return await advance(
        work, interaction_id, InteractionState.QUEUED, because="handed over", expect=[InteractionState.ACTIVE],
        queued_at=now, answered_at=None, demanded_agents=None, demanded_until=None,
        last_agent_id=None, **elsewhere,
    )  # fmt: skip


def _queued(row: Row[Any], agent_id: UUID) -> InteractionQueued:
    return InteractionQueued(
        interaction_id=row.id, channel=Channel(row.channel), queue_id=row.queue_id, customer_id=row.customer_id,
        cause=QueuedCause.HANDED_OVER, queued_at=row.queued_at, priority=row.priority,
        priority_boost=row.priority_boost, required_skills=row.required_skills, tier=row.tier,
        credit_grade=row.credit_grade, account_manager_id=row.account_manager_id, excluded_agents=[agent_id],
        version=row.version,
    )  # fmt: skip
