"""The agent concludes: wrap-up over, outcome, note, timeline and outbox in one transaction."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row

from agent_desk.bodies import Conclusion, ConclusionDone
from agent_desk.ownership import Asker
from core.db import UnitOfWork
from core.errors import Conflict, NotFound
from core.tables import interactions
from crm_sync.outcome import record_outcome
from routing.wrap_up import finish_wrap_up

_UNKNOWN = "interaction.unknown", "There is no such interaction of yours."


async def conclude(work: UnitOfWork, interaction_id: UUID, conclusion: Conclusion, asker: Asker) -> ConclusionDone:
    """Finish the wrap-up and record its outcome; after an automatic end of the wrap-up, record it all the same.

    The same said twice is no error. ``Conflict``: ``wrap_up.not_started`` (the customer is still there),
    ``outcome.exists`` (another one stands). ``Refusal``: ``outcome.unknown_code``, ``note.too_long``. ``NotFound``.
    """
    agent_id = await _served_by(work, interaction_id, asker)
    finished = await finish_wrap_up(work, interaction_id, agent_id)
    seconds = await _wrap_up_seconds(work, interaction_id)
    concluded = await record_outcome(work, interaction_id, agent_id, conclusion.code, conclusion.note, seconds)
    late = not finished and not concluded.repeated
    return ConclusionDone(interaction_id=interaction_id, code=conclusion.code, late=late)


async def _served_by(work: UnitOfWork, interaction_id: UUID, asker: Asker) -> UUID:
    row = await _read(work, interaction_id)
    if row is None:
        raise NotFound(*_UNKNOWN)
    asker.demand(row.agent_id, *_UNKNOWN)
    if row.agent_id is None:
        raise Conflict("interaction.not_served", "Nobody has served this interaction, so it has no outcome.")
    served_by: UUID = row.agent_id
    return served_by


async def _wrap_up_seconds(work: UnitOfWork, interaction_id: UUID) -> int:
    row = await _read(work, interaction_id)
    if row is None or row.closed_at is None or row.ended_at is None:
        return 0
    return int((row.closed_at - row.ended_at).total_seconds())


async def _read(work: UnitOfWork, interaction_id: UUID) -> Row[tuple[object, ...]] | None:
    wanted = select(
        interactions.c.agent_id, interactions.c.ended_at, interactions.c.closed_at
    ).where(interactions.c.id == interaction_id, interactions.c.domain == work.domain)  # fmt: skip
    return await work.one_or_none(wanted)
