"""Files that an agent picks: kept beside the conversation until the message goes that takes them along."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from agent_desk.message_bodies import Uploaded
from agent_desk.messages.serving import writable
from core.address import clean_text
from core.db import UnitOfWork
from core.errors import NotFound, Refusal
from core.ids import new_id
from telephony.messages.incoming import IncomingFile
from telephony.messages.pictures import picture_type

MOST_BYTES = 10 * 1024 * 1024
_MOST_OF_A_USER = 30
_KEPT = """
insert into uploads (id, domain, conversation_id, user_id, name, content_type, content)
values ($1, $2, $3, $4, $5, $6, $7)
"""
_SWEEP = "delete from uploads where created_at < now() - interval '1 day'"
_COUNT = "select count(*) from uploads where user_id = $1"
_TAKE = """
delete from uploads where id = any($1) and conversation_id = $2 and user_id = $3
returning id, name, content_type, content
"""


async def keep_upload(  # noqa: PLR0917
    work: UnitOfWork, conversation_id: UUID, agent_id: UUID, user_id: UUID, name: str, content_type: str, content: bytes
) -> Uploaded:
    """Keep a file for a message to come. Refusals: ``file.empty``, ``file.too_large``, ``file.too_many`` and those of
    ``writable``."""
    await writable(work, conversation_id, agent_id)
    if not content:
        raise Refusal("file.empty", "This file is empty.")
    if len(content) > MOST_BYTES:
        raise Refusal("file.too_large", "At most 10 MB can be sent.", most_bytes=MOST_BYTES)
    await work.fetch(_SWEEP)
    if (await work.fetch(_COUNT, user_id))[0]["count"] >= _MOST_OF_A_USER:
        raise Refusal("file.too_many", "Send or discard some of your files first.")
    upload_id, name = new_id(), clean_text(name, 120) or "file"
    kind = picture_type(content[:16]) or clean_text(content_type, 100) or "application/octet-stream"
    await work.fetch(_KEPT, upload_id, work.domain, conversation_id, user_id, name, kind, content)
    return Uploaded(upload_id=upload_id, name=name, content_type=kind, size=len(content))


async def take_uploads(
    work: UnitOfWork, conversation_id: UUID, user_id: UUID, ids: Sequence[UUID]
) -> list[IncomingFile]:
    """The files, in the order in which they are named; they are uploads no longer. ``NotFound``: ``upload.unknown``."""
    if not ids:
        return []
    found = {row["id"]: row for row in await work.fetch(_TAKE, list(ids), conversation_id, user_id)}
    missing = [str(upload_id) for upload_id in ids if upload_id not in found]
    if missing:
        raise NotFound("upload.unknown", "A file is no longer there. Pick it again.", uploads=missing)
    rows = [found[upload_id] for upload_id in dict.fromkeys(ids)]
    return [IncomingFile(row["name"], row["content_type"], bytes(row["content"])) for row in rows]
