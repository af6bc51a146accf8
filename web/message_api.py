"""Conversations: read, write, take, end, give away; and the files in them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Query, Request, Response

from agent_desk.bodies import Conclusion, ConclusionDone
from agent_desk.message_bodies import (
    CannedReply,
    ConversationPage,
    HandOver,
    MessageSent,
    NewMessage,
    ReadUpTo,
    Uploaded,
)
from agent_desk.messages import accept as accept_case
from agent_desk.messages import canned, end, files, page, read_marks, send, uploads
from agent_desk.messages.serving import known_to
from agent_desk.messages.signals import tell
from agent_desk.ownership import Asker as For
from core.chat_signals import ChatSignal, Kind
from core.errors import Forbidden, NotFound
from web.permissions import Asker
from web.services import Given, Services

UPLOAD_PATH = r"/api/conversations/[0-9a-fA-F-]{32,36}/files"
Before = Annotated[int | None, Query(ge=1, le=2**31 - 1)]


async def read(conversation_id: UUID, asker: Asker, services: Given, before: Before = None) -> ConversationPage:
    """A page of a conversation."""
    async with services.database.glance() as connection:
        return await page.read_conversation(
            connection, services.database.domain, conversation_id, For.of(asker.user), before
        )


async def write(conversation_id: UUID, body: NewMessage, asker: Asker, services: Given) -> MessageSent:
    """Write to the customer."""
    async with services.database.unit_of_work(asker.actor) as work:
        return await send.send_message(work, conversation_id, body, _agent(asker), asker.user.id)


async def send_again(conversation_id: UUID, message_id: UUID, asker: Asker, services: Given) -> None:
    """Try a failed message once more."""
    async with services.database.unit_of_work(asker.actor) as work:
        await send.send_again(work, conversation_id, message_id, _agent(asker))


async def upload(
    conversation_id: UUID, request: Request, asker: Asker, services: Given, name: Annotated[str, Query(max_length=300)]
) -> Uploaded:
    """Keep a file for a message to come; the body is the file."""
    agent_id, content = _agent(asker), await request.body()
    kind = request.headers.get("content-type", "")
    async with services.database.unit_of_work(asker.actor) as work:
        return await uploads.keep_upload(work, conversation_id, agent_id, asker.user.id, name, kind, content)


async def mark_read(conversation_id: UUID, body: ReadUpTo, asker: Asker, services: Given) -> None:
    """The agent has read so far."""
    async with services.database.unit_of_work(asker.actor) as work:
        await read_marks.mark_read(work, conversation_id, body.seq, _agent(asker))
    await _tell(services, ChatSignal(conversation_id=conversation_id, by="agent", kind=Kind.READ, seq=body.seq))


async def types(conversation_id: UUID, asker: Asker, services: Given) -> None:
    """The agent is writing."""
    async with services.database.unit_of_work(asker.actor) as work:
        if await known_to(work, conversation_id, _agent(asker)) is None:
            raise NotFound("conversation.unknown", "There is no such conversation of yours.")
    name = asker.user.name
    await _tell(services, ChatSignal(conversation_id=conversation_id, by="agent", kind=Kind.TYPING, name=name))


async def accept(interaction_id: UUID, asker: Asker, services: Given) -> None:
    """Take a message that is offered."""
    async with services.database.unit_of_work(asker.actor) as work:
        await accept_case.accept(work, interaction_id, _agent(asker))


async def end_conversation(interaction_id: UUID, body: Conclusion, asker: Asker, services: Given) -> ConclusionDone:
    """End a message with its outcome."""
    async with services.database.unit_of_work(asker.actor) as work:
        return await end.end_conversation(work, interaction_id, body, For.of(asker.user))


async def hand_over(interaction_id: UUID, body: HandOver, asker: Asker, services: Given) -> None:
    """Put a message back into a queue."""
    async with services.database.unit_of_work(asker.actor) as work:
        await end.give_away(work, interaction_id, body, For.of(asker.user))


async def canned_replies(services: Given) -> list[CannedReply]:
    """Replies that are kept ready."""
    async with services.database.glance() as connection:
        return await canned.read_canned_replies(connection, services.database.domain)


async def download(file_id: UUID, asker: Asker, services: Given, inline: Annotated[bool, Query()] = False) -> Response:
    """A file: to be kept, or a picture to be shown. Whatever it says it is, nothing in it runs here."""
    async with services.database.glance() as connection:
        found = await files.read_file(connection, services.database.domain, file_id, For.of(asker.user))
    shown = inline and found.picture is not None
    headers = {
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(found.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=3600",
    }
    return Response(found.content, headers=headers, media_type=found.picture or "application/octet-stream")


async def _tell(services: Services, signal: ChatSignal) -> None:
    await tell(services.valkey, services.database.domain, signal)


def _agent(asker: Asker) -> UUID:
    if asker.user.agent_id is None:
        raise Forbidden("permission.not_an_agent", "This is for agents.")
    return asker.user.agent_id
