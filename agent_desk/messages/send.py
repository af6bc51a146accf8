"""An agent writes to the customer whom he serves."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from agent_desk.message_bodies import MessageSent, NewMessage
from agent_desk.messages.serving import window_closes, writable
from agent_desk.messages.uploads import take_uploads
from core import clock
from core.db import UnitOfWork
from core.errors import Conflict, NotFound
from core.message import MessageState
from core.message_events import MessageQueued
from telephony.messages import statements
from telephony.messages.states import advance
from telephony.messages.write import Draft, write

_SEEN = "update conversations set seen = newest where id = $1"
_FAILED = """
select m.id, m.conversation_id, m.interaction_id, m.seq, m.account_id, c.channel
from messages m join conversations c on c.id = m.conversation_id
where m.id = $1 and m.conversation_id = $2 and m.domain = $3 and m.author = 'agent'
"""
_FRESH = "update messages set attempts = 0, next_at = now() where id = $1"


async def send_message(
    work: UnitOfWork, conversation_id: UUID, message: NewMessage, agent_id: UUID, user_id: UUID
) -> MessageSent:
    """Keep a message that is to be sent; the same ``client_id`` again answers what became of it.

    ``NotFound`` (``conversation.unknown``, ``upload.unknown``); ``Conflict`` (``message.not_taken``,
    ``customer.opted_out``, ``message.window_closed``); ``Refusal`` (``message.empty``).
    """
    thread = await writable(work, conversation_id, agent_id)
    before = await work.fetch(statements.WRITTEN_BEFORE, conversation_id, message.client_id)
    if before:
        return MessageSent(message_id=before[0]["id"], seq=before[0]["seq"], state=MessageState(before[0]["state"]))
    _check_window(thread, message)
    files = await take_uploads(work, conversation_id, user_id, message.files)
    draft = Draft(
        message.text, client_id=message.client_id, files=files, details=_details(message), agent_id=agent_id,
        interaction_id=thread["serving"],
    )  # fmt: skip
    written = await write(work, conversation_id, draft)
    await work.fetch(_SEEN, conversation_id)
    return MessageSent(message_id=written.message_id, seq=written.seq, state=written.state)


async def send_again(work: UnitOfWork, conversation_id: UUID, message_id: UUID, agent_id: UUID) -> None:
    """Try a message once more that failed; one that did not is no error.

    ``NotFound`` (``conversation.unknown``, ``message.unknown``); ``Conflict`` (``message.not_taken``).
    """
    await writable(work, conversation_id, agent_id)
    rows = await work.fetch(_FAILED, message_id, conversation_id, work.domain)
    if not rows:
        raise NotFound("message.unknown", "There is no such message.")
    if await advance(work, message_id, MessageState.QUEUED) is None:
        return
    row = rows[0]
    await work.fetch(_FRESH, message_id)
    work.record(
        MessageQueued(
            message_id=message_id, conversation_id=conversation_id, interaction_id=row["interaction_id"],
            channel=row["channel"], seq=row["seq"], account_id=row["account_id"], agent_id=agent_id,
        )
    )  # fmt: skip


def _details(message: NewMessage) -> dict[str, Any]:
    return {"template": message.template, "variables": message.variables} if message.template else {}


def _check_window(thread: Any, message: NewMessage) -> None:
    closes = window_closes(thread)
    if closes is not None and closes <= clock.now() and not message.template:
        raise Conflict(
            "message.window_closed", "The customer wrote more than 24 hours ago: choose a template.", closed_at=closes
        )
