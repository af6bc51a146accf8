"""What the rows say of a visitor's conversation, as far as it is for his eyes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import fetch
from core.interaction import InteractionState
from telephony.messages.accounts import Account
from telephony.webchat.protocol import ChatFile, ChatMessage
from telephony.webchat.visitor import Visitor

MOST_AT_ONCE = 100
HISTORY = 200
"""Messages of the past that a browser gets that has none."""
Phase = Literal["none", "waiting", "active", "ended"]

_THREAD = """
select c.id, c.newest, c.interaction_id, i.state, a.name as agent, c.settings ->> 'left' as left
from conversations c
left join interactions i on i.id = c.interaction_id left join agents a on a.id = i.agent_id
where c.account_id = $1 and c.key = $2
"""
_MESSAGES = """
select m.id, m.seq, m.author, m.body, m.external_id, m.at, m.state, a.name,
       (select jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'content_type', f.content_type,
            'size', f.size, 'refused', case when f.state = 'stored' then null else coalesce(f.reason, f.state) end)
            order by f.position) from message_files f where f.message_id = m.id) as files
from messages m left join agents a on a.id = m.agent_id
where m.conversation_id = $1 and m.seq > $2 order by m.seq limit $3
"""
_FILE = """
select f.name, f.content_type, f.content from message_files f
join messages m on m.id = f.message_id join conversations c on c.id = m.conversation_id
where f.id = $1 and c.account_id = $2 and c.key = $3 and f.state = 'stored'
"""
_SERVED = {
    InteractionState.QUEUED: "waiting", InteractionState.OFFERED: "waiting",
    InteractionState.ACTIVE: "active", InteractionState.HELD: "active",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands with a conversation."""

    conversation_id: UUID | None = None
    interaction_id: UUID | None = None
    newest: int = 0
    phase: Phase = "none"
    agent: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A message with what the browser need not know of it."""

    id: UUID
    is_unsent: bool
    frame: ChatMessage


async def read_standing(connection: AsyncConnection, account: Account, visitor: Visitor) -> Standing:
    """That of the visitor's conversation, if he has one."""
    rows = await fetch(connection, _THREAD, account.id, visitor.key)
    return _standing(rows[0]) if rows else Standing()


def _standing(row: Any) -> Standing:
    found = _SERVED.get(InteractionState(row["state"]), "ended") if row["state"] else "none"
    if row["left"] is not None and row["left"] == str(row["interaction_id"]):
        found = "ended"
    phase: Phase = found  # type: ignore[assignment]
    agent = (row["agent"] or "") if phase == "active" else ""
    return Standing(row["id"], row["interaction_id"], row["newest"], phase, agent)


async def read_lines(connection: AsyncConnection, conversation_id: UUID, after: int) -> list[Line]:
    """The messages that follow ``after``, at most ``MOST_AT_ONCE``, in order."""
    rows = await fetch(connection, _MESSAGES, conversation_id, after, MOST_AT_ONCE)
    return [_line(row) for row in rows]


def _line(row: Any) -> Line:
    files = orjson.loads(row["files"]) if isinstance(row["files"], str) else row["files"] or []
    frame = ChatMessage(
        seq=row["seq"], author=row["author"], id=client_id(row["external_id"]), name=row["name"] or "",
        body=row["body"], at=row["at"], files=[ChatFile.model_validate(each) for each in files],
    )  # fmt: skip
    return Line(row["id"], row["state"] == "queued", frame)


def external_id(visitor: Visitor, given: UUID) -> str:
    """The browser's id of a message, made unique to the visitor: nobody can use up another one's."""
    return f"{visitor.key}:{UUID(str(given))}"


def client_id(kept: str | None) -> UUID | None:
    """The browser's id in ``external_id``."""
    _, _, tail = (kept or "").rpartition(":")
    try:
        return UUID(tail)
    except ValueError:
        return None


async def read_file(connection: AsyncConnection, account: Account, visitor: Visitor, file_id: UUID) -> Any | None:
    """Name, content_type and content of a file of the visitor's own conversation."""
    rows = await fetch(connection, _FILE, file_id, account.id, visitor.key)
    return rows[0] if rows else None
