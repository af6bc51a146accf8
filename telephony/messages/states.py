"""How far a message of ours has got. Reports come in any order, more than once, and before the send returns."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core.db import UnitOfWork
from core.interaction import Channel
from core.logs import logger
from core.message import MessageState, sources_of
from core.message_events import MessageStateChanged
from telephony.messages import statements

log = logger(__name__)
_AGENT = "select m.channel, i.agent_id from conversations m left join interactions i on i.id = $2 where m.id = $1"


async def advance(
    work: UnitOfWork, message_id: UUID, to: MessageState, *, error: str | None = None, external_id: str | None = None
) -> Any | None:
    """Move a message to ``to`` if that is forwards; the row, or None when it had got further already."""
    sources = [state.value for state in sources_of(to)]
    rows = await work.fetch(statements.ADVANCED, message_id, to.value, sources, error, external_id)
    log.info("message advanced" if rows else "report was stale", message_id=str(message_id), to=to.value, error=error)
    if not rows:
        return None
    await tell(work, rows[0])
    return rows[0]


async def tell(work: UnitOfWork, row: Any) -> None:
    """Record that something about a message (a row of ``messages``) is different."""
    found = (await work.fetch(_AGENT, row["conversation_id"], row["interaction_id"]))[0]
    work.record(
        MessageStateChanged(
            message_id=row["id"], conversation_id=row["conversation_id"], interaction_id=row["interaction_id"],
            channel=Channel(found["channel"]), seq=row["seq"], state=MessageState(row["state"]),
            agent_id=found["agent_id"],
        )
    )  # fmt: skip
