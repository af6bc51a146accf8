"""We write to a customer: an agent, or an automatic notice. It is kept first and sent after the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from core import clock
from core.db import UnitOfWork
from core.errors import Conflict, NotFound, Refusal
from core.ids import new_id
from core.interaction import Channel
from core.message import Author, Direction, MessageState
from core.message_events import MessageQueued
from telephony.messages import statements
from telephony.messages.incoming import IncomingFile
from telephony.messages.text import kept_text


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be sent. ``client_id`` is the writer's own: the same one twice is one message.

    ``details`` is for the channel: a template with its variables, a subject, headers.
    """

    body: str
    client_id: UUID | None = None
    files: Sequence[IncomingFile] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    author: Author = Author.AGENT
    agent_id: UUID | None = None
    interaction_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The message as it stands; ``is_new`` is False when it had been written before."""

    message_id: UUID
    seq: int
    state: MessageState
    is_new: bool


async def write(work: UnitOfWork, conversation_id: UUID, draft: Draft, *, even_if_opted_out: bool = False) -> Written:
    """Keep a message that is to be sent.

    Refusals: ``conversation.unknown``, ``message.empty``, ``customer.opted_out`` (he wrote STOP).
    """
    rows = await work.fetch(statements.LOCKED_THREAD, conversation_id, work.domain)
    if not rows:
        raise NotFound("conversation.unknown", "There is no such conversation.")
    thread = rows[0]
    if draft.client_id is not None:
        before = await work.fetch(statements.WRITTEN_BEFORE, conversation_id, draft.client_id)
        if before:
            return Written(before[0]["id"], before[0]["seq"], MessageState(before[0]["state"]), is_new=False)
    if not even_if_opted_out and await work.fetch(statements.HAS_OPTED_OUT, thread["account_id"], thread["address"]):
        raise Conflict("customer.opted_out", "The customer does not want messages at this address.")
    return _keep(work, thread, draft)


def _keep(work: UnitOfWork, thread: Any, draft: Draft) -> Written:
    body, now = kept_text(draft.body), clock.now()
    if not body and not draft.files and not draft.details.get("template"):
        raise Refusal("message.empty", "There is nothing to send.")
    interaction_id = draft.interaction_id or thread["interaction_id"]
    written = Written(new_id(), thread["newest"] + 1, MessageState.QUEUED, is_new=True)
    work.write(
        statements.NEW_MESSAGE, written.message_id, work.domain, thread["id"], thread["account_id"], interaction_id,
        written.seq, Direction.OUT.value, draft.author.value, draft.agent_id, body,
        statements.as_json(dict(draft.details)), written.state.value, None, draft.client_id, now, now,
    )  # fmt: skip
    for position, file in enumerate(draft.files):
        size = len(file.content or b"")
        work.write(
            statements.NEW_FILE, new_id(), written.message_id, position, file.name, file.content_type, size, None,
            "stored", None, file.content,
        )  # fmt: skip
    work.write(statements.SAID, thread["id"], written.seq, now, draft.agent_id)
    work.record(
        MessageQueued(
            message_id=written.message_id, conversation_id=thread["id"], interaction_id=interaction_id,
            channel=Channel(thread["channel"]), seq=written.seq, account_id=thread["account_id"],
            agent_id=draft.agent_id,
        )
    )  # fmt: skip
    return written
