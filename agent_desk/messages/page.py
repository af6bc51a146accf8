"""A conversation as its pane shows it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.message_bodies import ConversationPage, ReplyTemplate
from agent_desk.messages.reads import read_page
from agent_desk.messages.serving import readable, window_closes
from agent_desk.ownership import Asker
from core.interaction import Channel


async def read_conversation(
    connection: AsyncConnection, domain: str, conversation_id: UUID, asker: Asker, before: int | None
) -> ConversationPage:
    """The newest messages, or those below a place. ``NotFound``: ``conversation.unknown``."""
    row = await readable(connection, domain, conversation_id, asker)
    messages, has_older = await read_page(connection, conversation_id, before)
    return ConversationPage(
        id=row["id"], channel=Channel(row["channel"]), address=row["address"], our_address=row["our_address"],
        subject=row["subject"], customer_id=row["customer_id"], language=row["language"],
        interaction_id=row["interaction_id"], newest=row["newest"], opted_out=row["opted_out"],
        window_closes_at=window_closes(row), templates=_templates(row["account_settings"]), messages=messages,
        has_older=has_older,
    )  # fmt: skip


def _templates(settings: dict[str, Any]) -> list[ReplyTemplate]:
    """Those of the account; what is written there by hand and cannot be understood is left out."""
    given = settings.get("templates")
    rows = [row for row in given if isinstance(row, dict)] if isinstance(given, list) else []
    return [
        ReplyTemplate(name=str(row["name"]), language=str(row.get("language", "")), text=str(row.get("text", "")))
        for row in rows
        if row.get("name")
    ]
