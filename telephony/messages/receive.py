"""A customer wrote: it joins his conversation, and is served by whoever serves that, or waits for an agent.

One transaction, whatever the channel. The conversation's row is locked first, then its interaction's: two messages at
once come one after the other, and none joins an interaction that is just being closed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.address import clean_text
from core.db import UnitOfWork
from core.ids import new_id
from core.interaction import InteractionState
from core.message import Author, Direction, MessageState
from core.message_events import MessageReceived
from core.ports import CustomerDirectory, CustomerRef, QueueDoors
from telephony.messages import statements
from telephony.messages.accounts import Account
from telephony.messages.incoming import Incoming
from telephony.messages.opening import Thread, open_message
from telephony.messages.text import kept_text

_SERVED = frozenset({InteractionState.QUEUED, InteractionState.OFFERED, InteractionState.ACTIVE, InteractionState.HELD})
_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Received:
    """What became of it. ``opened``: a new piece of work began; ``is_closed``: its queue keeps no hours now."""

    conversation_id: UUID
    message_id: UUID
    seq: int
    interaction_id: UUID | None
    customer: CustomerRef
    opened: bool = False
    is_closed: bool = False


async def receive(
    work: UnitOfWork, account: Account, incoming: Incoming, *, directory: CustomerDirectory, doors: QueueDoors
) -> Received | None:
    """Keep it, and have it served; None: it was kept before (delivered twice)."""
    customer = await directory.resolve(work, incoming.sender, incoming.name)
    thread = await _thread(work, account, incoming, customer)
    if await work.fetch(statements.KNOWN, account.id, incoming.external_id):
        return None
    serving = await _serving(work, thread)
    opened = None
    if serving is None and account.queue_id is not None and not incoming.is_automatic:
        opened = open_message(work, account, incoming, Thread(thread, customer), doors)
    interaction_id = opened.interaction_id if opened else serving["id"] if serving else None
    received = Received(
        thread["id"], new_id(), thread["newest"] + 1, interaction_id, customer, opened is not None,
        opened is not None and opened.is_closed,
    )  # fmt: skip
    _write(work, account, incoming, received)
    work.record(
        MessageReceived(
            message_id=received.message_id, conversation_id=received.conversation_id, interaction_id=interaction_id,
            channel=account.channel, seq=received.seq, customer_id=customer.customer_id,
            agent_id=serving["agent_id"] if serving and not opened else None,
        )
    )  # fmt: skip
    return received


async def _thread(work: UnitOfWork, account: Account, incoming: Incoming, customer: CustomerRef) -> Any:
    rows = await work.fetch(
        statements.THREAD, new_id(), account.domain, account.id, account.channel.value, incoming.key,
        incoming.sender.value, customer.customer_id, clean_text(incoming.subject, _LONGEST_SUBJECT),
        incoming.language or customer.language,
    )  # fmt: skip
    return rows[0]


async def _serving(work: UnitOfWork, thread: Any) -> Any | None:
    """The interaction that serves the conversation, locked; None when none does any more."""
    if thread["interaction_id"] is None:
        return None
    rows = await work.fetch(statements.LOCKED_INTERACTION, thread["interaction_id"])
    return rows[0] if rows and InteractionState(rows[0]["state"]) in _SERVED else None


def _write(work: UnitOfWork, account: Account, incoming: Incoming, received: Received) -> None:
    details = dict(incoming.details) | ({"automatic": True} if incoming.is_automatic else {})
    work.write(
        statements.NEW_MESSAGE, received.message_id, account.domain, received.conversation_id, account.id,
        received.interaction_id, received.seq, Direction.IN.value, Author.CUSTOMER.value, None,
        kept_text(incoming.body), statements.as_json(details), MessageState.RECEIVED.value, incoming.external_id, None,
        incoming.at, None,
    )  # fmt: skip
    for position, file in enumerate(incoming.files):
        work.write(statements.NEW_FILE, new_id(), received.message_id, position, *_columns(file))
    work.write(
        statements.HEARD, received.conversation_id, received.seq, received.interaction_id, incoming.at,
        None if incoming.is_automatic else incoming.at,
    )  # fmt: skip


def _columns(file: Any) -> tuple[Any, ...]:
    state = "refused" if file.refused else "stored" if file.content is not None else "waiting"
    size = None if file.content is None else len(file.content)
    name, kind = clean_text(file.name, 120) or "file", clean_text(file.content_type, 100) or "application/octet-stream"
    return name, kind, size, file.source, state, file.refused, file.content
