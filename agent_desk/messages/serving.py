"""Which conversation an asker may read, and which an agent may write in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.ownership import Asker
from core.db import UnitOfWork, fetch
from core.errors import Conflict, NotFound
from core.interaction import InteractionState

_WINDOW = timedelta(hours=24)
_UNKNOWN = "conversation.unknown", "There is no such conversation of yours."
_THREAD = """
select c.*, a.address as our_address, a.provider, a.settings as account_settings, i.state as interaction_state,
       i.agent_id as serving_agent,
       exists (select 1 from channel_optouts o where o.account_id = c.account_id and o.address = c.address) as opted_out
from conversations c join channel_accounts a on a.id = c.account_id left join interactions i on i.id = c.interaction_id
where c.id = $1 and c.domain = $2
"""
_LOCK = " for update of c"
_HELD_NOW = """
select i.id, i.state from reservations r join interactions i on i.id = r.interaction_id
where r.agent_id = $2 and r.released_at is null and r.domain = $3
  and exists (select 1 from messages m where m.interaction_id = i.id and m.conversation_id = $1) limit 1
"""


async def readable(connection: AsyncConnection, domain: str, conversation_id: UUID, asker: Asker) -> Any:
    """The conversation's row, if the asker serves it, has just served it, or sees everything. Raises ``NotFound``."""
    rows = await fetch(connection, _THREAD, conversation_id, domain)
    if not rows:
        raise NotFound(*_UNKNOWN)
    if not asker.sees_all and rows[0]["serving_agent"] != asker.agent_id:
        held = await fetch(connection, _HELD_NOW, conversation_id, asker.agent_id, domain)
        asker.demand(asker.agent_id if held else None, *_UNKNOWN)
    return rows[0]


async def writable(work: UnitOfWork, conversation_id: UUID, agent_id: UUID) -> Any:
    """The conversation's row, locked, with ``serving``: the interaction in which this agent serves it.

    ``NotFound`` (``conversation.unknown``); ``Conflict`` (``message.not_taken``: offered only, or over).
    """
    rows = await work.fetch(_THREAD + _LOCK, conversation_id, work.domain)
    held = await work.fetch(_HELD_NOW, conversation_id, agent_id, work.domain) if rows else []
    if not rows or (not held and rows[0]["serving_agent"] != agent_id):
        raise NotFound(*_UNKNOWN)
    if not held or InteractionState(held[0]["state"]) not in InteractionState.served():
        raise Conflict("message.not_taken", "You do not serve this conversation now.")
    return dict(rows[0]) | {"serving": held[0]["id"]}


async def known_to(work: UnitOfWork, conversation_id: UUID, agent_id: UUID) -> UUID | None:
    """The interaction of this agent's that serves the conversation, offered ones included; None: none of his."""
    held = await work.look(_HELD_NOW, conversation_id, agent_id, work.domain)
    found: UUID | None = held[0]["id"] if held else None
    return found


def window_closes(row: Any) -> datetime | None:
    """Until when the customer may be written to freely; None where there is no such rule."""
    if row["channel"] != "whatsapp" or row["last_inbound_at"] is None:
        return None
    closes: datetime = row["last_inbound_at"] + _WINDOW
    return closes
