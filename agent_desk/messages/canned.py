"""Replies that are kept ready."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.message_bodies import CannedReply
from core.db import fetch

_ALL = """
select id, code, language, queue_id, text from canned_replies
where domain = $1 and active order by code, language limit 500
"""


async def read_canned_replies(connection: AsyncConnection, domain: str) -> list[CannedReply]:
    """All in use, by code and language; the desk shows those of the item's queue and language first."""
    return [CannedReply(**dict(row)) for row in await fetch(connection, _ALL, domain)]
