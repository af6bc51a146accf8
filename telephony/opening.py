"""Open an interaction for a caller: recognise the customer, one transaction, then events."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core import clock
from core.address import phone_address
from core.db import UnitOfWork
from core.event import Event
from core.events import InteractionCreated, InteractionQueued, InteractionRevised
from core.interaction import Channel, InteractionState, Kind, QueuedCause
from core.interactions import Opening, new_row, write_new
from core.ports import Carrier, CustomerDirectory, CustomerRef
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
    carrier: Carrier | None = None,
) -> None:
    """Write interaction and customer leg; straight into the queue when the entry is one.

    ``known`` hears who it is. A ``carrier`` is asked to write what goes into a queue. May run twice for one arrival:
    the second time changes nothing.
    """
    address = phone_address(arrival.number, region)
    customer = await directory.resolve(work, address, arrival.name)
    known(customer)
    now = clock.now()
    way: dict[str, Any] = {"queue_id": entry.queue.queue_id, "queued_at": now} if entry.queue else {}
    way |= _kept_for(entry, now) if entry.agent_id else {}
    way |= {"menu": entry.menu.name} if entry.menu and not entry.queue else {}
    row = new_row(
        work.domain,
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
    leg = legs.customer_leg(work.domain, arrival.interaction_id, arrival.channel_name, arrival.unique_id)
    created = InteractionCreated(
        interaction_id=arrival.interaction_id,
        channel=Channel.VOICE,
        customer_id=customer.customer_id,
        address=address.value,
        called_number=arrival.dialed,
        version=1,
    )
    if entry.queue is None:
        _write(work, row, leg, created)
        return
    if entry.agent_id is not None:
        kept = InteractionRevised(interaction_id=arrival.interaction_id, kind=Kind.LIVE, because="direct", version=1)
        _write(work, row, leg, created, kept)
        return
    opening = Opening(row, leg, _queued(arrival.interaction_id, customer, entry.queue, now), (created,))
    if carrier is None or not work.is_untouched or not await carrier.carry(opening):
        _write(work, row, leg, *opening.events)


def _write(work: UnitOfWork, row: dict[str, Any], leg: dict[str, Any], *events: Event) -> None:
    write_new(work, row)
    legs.write_new(work, leg)
    work.record(*events)


def _kept_for(entry: Entry, now: datetime) -> dict[str, Any]:
    return {"demanded_agents": (entry.agent_id,), "demanded_until": now + timedelta(seconds=entry.agent_seconds)}


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
