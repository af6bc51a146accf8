"""Open an interaction for a caller: recognise the customer, one transaction, then events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from core import clock
from core.address import phone_address
from core.db import UnitOfWork
from core.events import InteractionCreated, InteractionQueued
from core.interaction import Channel, InteractionState, QueuedCause
from core.interactions import open_interaction
from core.ports import CustomerDirectory, CustomerRef
from telephony import legs
from telephony.entries import Entry, QueueRef


@dataclass(frozen=True, slots=True)
class Arrival:
    """A caller as the PBX showed him, with the id that his interaction gets."""

    interaction_id: UUID
    channel_name: str
    unique_id: str
    dialed: str
    number: str
    name: str


async def open_call(
    work: UnitOfWork,
    arrival: Arrival,
    entry: Entry,
    *,
    directory: CustomerDirectory,
    region: str,
    known: Callable[[CustomerRef], None] = lambda ref: None,
) -> None:
    """Write interaction and customer leg; straight into the queue when the entry is one.

    ``known`` hears who it is. May run twice for one arrival: the second time changes nothing.
    """
    address = phone_address(arrival.number, region)
    customer = await directory.resolve(work, address, arrival.name)
    known(customer)
    now = clock.now()
    way = {"queue_id": entry.queue.queue_id, "queued_at": now} if entry.queue else {}
    way |= {"menu": entry.menu.name} if entry.menu and not entry.queue else {}
    open_interaction(
        work,
        arrival.interaction_id,
        state=InteractionState.QUEUED if entry.queue else InteractionState.IN_MENU,
        channel=Channel.VOICE.value,
        customer_id=customer.customer_id,
        address_kind=address.kind.value,
        address=address.value,
        caller_name=arrival.name,
        called_number=arrival.dialed,
        language=customer.language or entry.language,
        tier=customer.tier,
        credit_grade=customer.credit_grade,
        account_manager_id=customer.account_manager_id,
        last_agent_id=customer.last_agent_id,
        created_at=now,
        **way,
    )
    legs.customer_leg_up(work, arrival.interaction_id, arrival.channel_name, arrival.unique_id)
    work.record(
        InteractionCreated(
            interaction_id=arrival.interaction_id,
            channel=Channel.VOICE,
            customer_id=customer.customer_id,
            address=address.value,
            called_number=arrival.dialed,
            version=1,
        )
    )
    if entry.queue:
        work.record(_queued(arrival.interaction_id, customer, entry.queue, now))


def _queued(interaction_id: UUID, customer: CustomerRef, queue: QueueRef, at: datetime) -> InteractionQueued:
    return InteractionQueued(
        interaction_id=interaction_id,
        channel=Channel.VOICE,
        queue_id=queue.queue_id,
        customer_id=customer.customer_id,
        cause=QueuedCause.ARRIVED,
        queued_at=at,
        tier=customer.tier,
        credit_grade=customer.credit_grade,
        account_manager_id=customer.account_manager_id,
        last_agent_id=customer.last_agent_id,
        version=1,
    )
