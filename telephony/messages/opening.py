"""A conversation that nobody serves becomes a piece of work that waits in a queue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core import clock
from core.address import clean_text
from core.db import UnitOfWork
from core.events import InteractionCreated, InteractionQueued
from core.ids import new_id
from core.interaction import InteractionState, QueuedCause
from core.interactions import open_interaction
from core.ports import CustomerRef, QueueDoors
from telephony.messages.accounts import Account
from telephony.messages.incoming import Incoming

_REOPEN_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation (its row as it stood before this message) and whose it is."""

    row: Any
    customer: CustomerRef


@dataclass(frozen=True, slots=True)
class Work:
    """What was begun. ``is_closed``: its queue keeps no hours now, or is full."""

    interaction_id: UUID
    is_closed: bool


def open_message(work: UnitOfWork, account: Account, incoming: Incoming, thread: Thread, doors: QueueDoors) -> Work:
    """Begin a piece of work. Who writes to a closed queue waits for it to open; only a redirection is followed."""
    assert account.queue_id is not None
    interaction_id, now = new_id(), clock.now()
    admission = doors.admit(account.queue_id, interaction_id, now)
    customer = replace(
        thread.customer, last_agent_id=_last_agent(account, thread.row, now) or thread.customer.last_agent_id
    )
    queue_id = account.queue_id if admission.refused else admission.queue_id
    open_interaction(
        work, interaction_id, state=InteractionState.QUEUED, channel=account.channel.value,
        customer_id=customer.customer_id, address_kind=incoming.sender.kind.value, address=incoming.sender.value,
        caller_name=clean_text(incoming.name), called_number=account.address,
        language=thread.row["language"] or account.settings.get("language", "en"),
        queue_id=queue_id, queued_at=now, created_at=now, tier=customer.tier, credit_grade=customer.credit_grade,
        account_manager_id=customer.account_manager_id, last_agent_id=customer.last_agent_id,
    )  # fmt: skip
    work.record(
        InteractionCreated(
            interaction_id=interaction_id, channel=account.channel, customer_id=customer.customer_id,
            address=incoming.sender.value, called_number=account.address, version=1,
        ),
        InteractionQueued(
            interaction_id=interaction_id, channel=account.channel, queue_id=queue_id,
            customer_id=customer.customer_id, cause=QueuedCause.ARRIVED, queued_at=now, tier=customer.tier,
            credit_grade=customer.credit_grade, account_manager_id=customer.account_manager_id,
            last_agent_id=customer.last_agent_id, version=1,
        ),
    )  # fmt: skip
    return Work(interaction_id, admission.refused is not None)


def _last_agent(account: Account, row: Any, now: datetime) -> UUID | None:
    """Who served the conversation before, if that is not too long ago."""
    within = timedelta(seconds=float(account.settings.get("reopen_seconds", _REOPEN_SECONDS)))
    last = row["last_message_at"]
    return row["last_agent_id"] if last is not None and now - last <= within else None
