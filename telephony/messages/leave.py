"""A customer ends a conversation, or is taken to have ended it: whoever serves him is told, once."""

from __future__ import annotations

from uuid import UUID

from core.db import UnitOfWork
from core.interaction import EndReason, InteractionState
from core.message_events import CustomerLeftConversation

_LIVE = """
select c.interaction_id, i.state from conversations c join interactions i on i.id = c.interaction_id
where c.id = $1 and i.state in ('queued', 'offered', 'active', 'held')
  and c.settings ->> 'left' is distinct from i.id::text
for no key update of c
"""
_LEFT = "update conversations set settings = settings || jsonb_build_object('left', $2::text) where id = $1"


async def leave(work: UnitOfWork, conversation_id: UUID) -> bool:
    """The customer has left: told once for each piece of work. False: nobody serves him any more, or it was told."""
    rows = await work.fetch(_LIVE, conversation_id)
    if not rows:
        return False
    waited = InteractionState(rows[0]["state"]) in InteractionState.waiting()
    work.write(_LEFT, conversation_id, str(rows[0]["interaction_id"]))
    work.record(
        CustomerLeftConversation(
            interaction_id=rows[0]["interaction_id"], conversation_id=conversation_id,
            end_reason=EndReason.ABANDONED_IN_QUEUE if waited else EndReason.COMPLETED,
        )
    )  # fmt: skip
    return True
