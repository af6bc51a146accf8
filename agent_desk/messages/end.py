"""An agent ends a conversation, or gives it away."""

from __future__ import annotations

from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.engine import Row

from agent_desk.bodies import Conclusion, ConclusionDone
from agent_desk.message_bodies import HandOver
from agent_desk.ownership import Asker
from core import clock
from core.db import UnitOfWork
from core.errors import NotFound
from core.ids import new_id
from core.tables import interactions
from crm_sync.notes import clean_note
from crm_sync.outcome import record_outcome
from routing.end_message import end_message
from routing.hand_over import hand_over

_UNKNOWN = "interaction.unknown", "There is no such interaction of yours."
_NOTE = """
insert into timeline_entries (id, domain, customer_id, interaction_id, agent_id, kind, at, title, body)
values ($1, $2, $3, $4, $5, 'note', $6, $7, $8::text::jsonb)
"""
_TITLE_LENGTH = 120


async def end_conversation(
    work: UnitOfWork, interaction_id: UUID, conclusion: Conclusion, asker: Asker
) -> ConclusionDone:
    """End a message with its outcome, whether the customer is still there or has left; after an automatic end,
    record the outcome all the same.

    The same said twice is no error. ``NotFound``; ``Conflict`` (``message.not_taken``, ``interaction.not_a_message``,
    ``outcome.exists``); ``Refusal`` (``outcome.unknown_code``, ``note.too_long``).
    """
    agent_id = _agent_of(await _read(work, interaction_id), asker)
    ended = await end_message(work, interaction_id, agent_id)
    row = await _read(work, interaction_id)
    seconds = int((row.closed_at - row.ended_at).total_seconds()) if row.closed_at and row.ended_at else 0
    concluded = await record_outcome(work, interaction_id, agent_id, conclusion.code, conclusion.note, seconds)
    late = not ended and not concluded.repeated
    return ConclusionDone(interaction_id=interaction_id, code=conclusion.code, late=late)


async def give_away(work: UnitOfWork, interaction_id: UUID, body: HandOver, asker: Asker) -> None:
    """Put a message back into a queue, with a note for whoever is next. Giving it away twice is no error.

    ``NotFound`` (``interaction.unknown``, ``queue.unknown``); ``Conflict`` (``message.not_taken``,
    ``interaction.not_a_message``); ``Refusal`` (``note.too_long``).
    """
    row, note = await _read(work, interaction_id), clean_note(body.note)
    agent_id = asker.agent_id or row.agent_id
    if agent_id is None:
        raise NotFound(*_UNKNOWN)
    if await hand_over(work, interaction_id, agent_id, queue_id=body.queue_id) and note:
        text = orjson.dumps({"note": note}).decode()
        await work.fetch(
            _NOTE, new_id(), work.domain, row.customer_id, interaction_id, agent_id, clock.now(),
            note.splitlines()[0][:_TITLE_LENGTH], text,
        )  # fmt: skip


def _agent_of(row: Row[tuple[object, ...]], asker: Asker) -> UUID:
    asker.demand(row.agent_id, *_UNKNOWN)
    agent_id: UUID | None = row.agent_id
    if agent_id is None:
        raise NotFound(*_UNKNOWN)
    return agent_id


async def _read(work: UnitOfWork, interaction_id: UUID) -> Row[tuple[object, ...]]:
    wanted = select(
        interactions.c.agent_id, interactions.c.customer_id, interactions.c.ended_at, interactions.c.closed_at
    ).where(interactions.c.id == interaction_id, interactions.c.domain == work.domain)  # fmt: skip
    row = await work.one_or_none(wanted)
    if row is None:
        raise NotFound(*_UNKNOWN)
    return row
