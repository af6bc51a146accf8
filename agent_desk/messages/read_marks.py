"""How far the agent has read."""

from __future__ import annotations

from uuid import UUID

from agent_desk.messages.serving import known_to
from core.db import UnitOfWork
from core.errors import NotFound
from core.message_events import ConversationRead

_MARK = """
update conversations set seen = least(newest, $2), version = version + 1
where id = $1 and domain = $3 and seen < least(newest, $2) returning seen
"""


async def mark_read(work: UnitOfWork, conversation_id: UUID, seq: int, agent_id: UUID) -> None:
    """Note that everything up to ``seq`` was seen; never goes back. ``NotFound``: ``conversation.unknown``."""
    interaction_id = await known_to(work, conversation_id, agent_id)
    if interaction_id is None:
        raise NotFound("conversation.unknown", "There is no such conversation of yours.")
    rows = await work.fetch(_MARK, conversation_id, seq, work.domain)
    if rows:
        work.record(
            ConversationRead(
                interaction_id=interaction_id, conversation_id=conversation_id, agent_id=agent_id, seq=rows[0]["seen"]
            )
        )
