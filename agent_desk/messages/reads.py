"""Conversations and messages as the wire shows them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.messages.first_response import first_response_due
from agent_desk.views import ConversationView, FileView, LastWords, MessageView
from core.db import fetch
from core.interaction import Channel
from core.message import Author, Direction, MessageState
from telephony.messages.pictures import picture_type

PAGE = 50
_CONVERSATIONS = """
    select w.id as work_id, i.queued_at, c.id, c.version, c.channel, c.subject, c.newest, c.last_inbound_at,
           c.unanswered_since, a.settings,
           (select count(*) from (select 1 from messages m where m.conversation_id = c.id and m.seq > c.seen
                                  and m.direction = 'in' limit 100) unseen) as unread,
           exists (select 1 from channel_optouts o where o.account_id = c.account_id and o.address = c.address)
               as opted_out,
           exists (select 1 from messages r where r.interaction_id = w.id and r.author = 'agent') as answered,
           l.seq as last_seq, l.author as last_author, l.state as last_state, l.at as last_at,
           left(l.body, 160) as last_text,
           (select count(*) from message_files f where f.message_id = l.id) as last_files
    from unnest($1::uuid[]) as w (id) join interactions i on i.id = w.id
    join lateral (select m.conversation_id from messages m where m.interaction_id = w.id limit 1) first on true
    join conversations c on c.id = first.conversation_id join channel_accounts a on a.id = c.account_id
    left join lateral (select * from messages m where m.conversation_id = c.id order by m.seq desc limit 1) l on true
"""
_MESSAGES = """
    select m.id, m.conversation_id, m.interaction_id, m.seq, m.direction, m.author, a.name as agent_name, m.body,
           m.details, m.at, m.state, m.error, m.client_id,
           array(select row (f.id, f.name, f.content_type, f.size, f.state, f.reason,
                             substring(f.content from 1 for 16))
                 from message_files f where f.message_id = m.id order by f.position) as files
    from messages m left join agents a on a.id = m.agent_id
"""
_PAGE = _MESSAGES + " where m.conversation_id = $1 and m.seq < $2 order by m.seq desc limit $3"
_SOME = _MESSAGES + " where m.id = any($1) and m.domain = $2 order by m.conversation_id, m.seq"
_NO_LIMIT = 2**31 - 1


async def read_conversations(
    connection: AsyncConnection, interactions: Collection[UUID]
) -> dict[UUID, ConversationView]:
    """By interaction, the conversation that it serves."""
    rows = await fetch(connection, _CONVERSATIONS, list(interactions)) if interactions else []
    return {row["work_id"]: _conversation(row) for row in rows}


async def read_page(
    connection: AsyncConnection, conversation_id: UUID, before: int | None = None
) -> tuple[list[MessageView], bool]:
    """Messages below a place in order of their places, at most ``PAGE``, and whether there are older ones."""
    rows = await fetch(connection, _PAGE, conversation_id, before or _NO_LIMIT, PAGE + 1)
    return [message_of(row) for row in reversed(rows[:PAGE])], len(rows) > PAGE


async def read_messages(connection: AsyncConnection, domain: str, ids: Collection[UUID]) -> list[MessageView]:
    """These messages, each conversation's in order."""
    return [message_of(row) for row in await fetch(connection, _SOME, list(ids), domain)] if ids else []


def _conversation(row: asyncpg.Record) -> ConversationView:
    return ConversationView(
        id=row["id"],
        version=row["version"],
        subject=row["subject"],
        newest=row["newest"],
        unread=row["unread"],
        last=_last(row),
        waiting_since=row["unanswered_since"],
        first_response_due_at=_due(row),
        last_inbound_at=row["last_inbound_at"],
        opted_out=row["opted_out"],
    )


def _due(row: asyncpg.Record) -> datetime | None:
    return None if row["answered"] else first_response_due(Channel(row["channel"]), row["settings"], row["queued_at"])


def _last(row: asyncpg.Record) -> LastWords | None:
    if row["last_seq"] is None:
        return None
    return LastWords(
        seq=row["last_seq"], author=Author(row["last_author"]), text=row["last_text"], files=row["last_files"],
        state=MessageState(row["last_state"]), at=row["last_at"],
    )  # fmt: skip


def message_of(row: Any) -> MessageView:
    """The message that a row gives."""
    template = row["details"].get("template")
    return MessageView(
        id=row["id"],
        conversation_id=row["conversation_id"],
        interaction_id=row["interaction_id"],
        seq=row["seq"],
        direction=Direction(row["direction"]),
        author=Author(row["author"]),
        agent_name=row["agent_name"],
        body=row["body"],
        template=template if isinstance(template, str) else None,
        at=row["at"],
        state=MessageState(row["state"]),
        error=row["error"],
        client_id=row["client_id"],
        files=[_file(file) for file in row["files"]],
    )


def _file(file: Any) -> FileView:
    file_id, name, content_type, size, state, reason, head = file
    is_image = state == "stored" and picture_type(bytes(head or b"")) is not None
    return FileView(
        id=file_id, name=name, content_type=content_type, size=size, state=state, reason=reason, is_image=is_image
    )
