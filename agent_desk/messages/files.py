"""A file of a message, for whoever may read its conversation."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.messages.serving import readable
from agent_desk.ownership import Asker
from core.db import fetch
from core.errors import Conflict, NotFound
from telephony.messages.pictures import HEAD_BYTES, picture_type

_FILE = """
select f.name, f.state, f.reason, f.content, m.conversation_id
from message_files f join messages m on m.id = f.message_id where f.id = $1 and m.domain = $2
"""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """``picture``: its type when it is a picture by its bytes."""

    name: str
    content: bytes
    picture: str | None


async def read_file(connection: AsyncConnection, domain: str, file_id: UUID, asker: Asker) -> StoredFile:
    """``NotFound`` (``file.unknown``); ``Conflict`` (``file.not_here``: being fetched, or refused)."""
    rows = await fetch(connection, _FILE, file_id, domain)
    if not rows:
        raise NotFound("file.unknown", "There is no such file.")
    row = rows[0]
    await readable(connection, domain, row["conversation_id"], asker)
    if row["state"] != "stored" or row["content"] is None:
        raise Conflict("file.not_here", "This file cannot be had.", state=row["state"], reason=row["reason"])
    content = bytes(row["content"])
    return StoredFile(row["name"], content, picture_type(content[:HEAD_BYTES]))
