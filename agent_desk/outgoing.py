"""Work that is to be done: a customer to be called back, or to be called at a time. It is routed like any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from agent_desk.bodies import CallbackEntry, CallbackWish, FollowUpEntry
from core import clock
from core.address import Address, AddressKind, clean_text, phone_address
from core.callbacks import request_callback
from core.db import UnitOfWork
from core.errors import Conflict, NotFound, Refusal
from core.events import (
    CancelRequested,
    InteractionClosed,
    InteractionCreated,
    InteractionDialWithdrawn,
    InteractionRevised,
)
from core.ids import ahead_call_id, new_id
from core.interaction import Channel, EndReason, InteractionState, Kind
from core.interactions import advance, open_interaction
from core.ports import CustomerDirectory, CustomerRef
from core.tables import agents, interactions, queues

_CUSTOMER = text(
    """
    select c.id, c.name, c.language, c.tier, c.credit_grade, c.owner_agent_id,
           (select i.value from customer_identities i where i.customer_id = c.id and i.kind = 'phone'
            order by i.created_at, i.value limit 1) as number
    from customers c where c.id = :id and c.domain = :domain
    """
)
_LIVE = (InteractionState.NEW, InteractionState.IN_MENU, *InteractionState.waiting())


@dataclass(frozen=True, slots=True)
class Books:
    """What is needed to enter work: whose number it is, and which country's dialling rules hold."""

    directory: CustomerDirectory
    region: str


@dataclass(frozen=True, slots=True)
class _Work:
    kind: Kind
    queue_id: UUID
    due_at: datetime
    agent_id: UUID | None = None
    agent_until: datetime | None = None


async def ask_callback(work: UnitOfWork, interaction_id: UUID, wish: CallbackWish, books: Books) -> None:
    """Turn somebody who waits into a callback that keeps its place.

    ``NotFound``; ``Conflict`` (``callback.too_late``: an agent is being rung or has him); ``Refusal``
    (``callback.no_number``, ``callback.bad_number``).
    """
    number = _phone(wish.number, books).value if wish.number else ""
    if not await request_callback(work, interaction_id, because="api", number=number):
        known = select(interactions.c.id).where(interactions.c.id == interaction_id)
        if await work.one_or_none(known.where(interactions.c.domain == work.domain)) is None:
            raise NotFound("interaction.unknown", "There is no such contact.")
        raise Conflict("callback.too_late", "This contact does not wait any more.")


async def enter_callback(work: UnitOfWork, entry: CallbackEntry, books: Books) -> UUID:
    """Somebody is to be called, in his turn from now on. Refusals: ``queue.unknown``, ``customer.unknown``,
    ``callback.bad_number``, ``callback.no_number``."""
    customer, address = await _whom(work, entry.customer_id, entry.number, entry.name, books)
    return await _open(work, customer, address, _Work(Kind.CALLBACK, entry.queue_id, clock.now()))


async def enter_follow_up(work: UnitOfWork, entry: FollowUpEntry, books: Books) -> UUID:
    """A customer is to be called at a time. Refusals: ``queue.unknown``, ``customer.unknown``, ``agent.unknown``,
    ``callback.bad_number``, ``callback.no_number``."""
    customer, address = await _whom(work, entry.customer_id, entry.number, "", books)
    agent_id = entry.agent_id or customer.account_manager_id
    if entry.agent_id is not None:
        await demand_agent(work, entry.agent_id)
    first = agent_id if entry.agent_first_seconds else None
    until = entry.due_at + timedelta(seconds=entry.agent_first_seconds) if first else None
    return await _open(work, customer, address, _Work(Kind.FOLLOW_UP, entry.queue_id, entry.due_at, first, until))


async def cancel_work(work: UnitOfWork, interaction_id: UUID) -> None:
    """Nobody is to be called any more. While an agent is being rung for it the writer takes that back, unless the
    agent picks up first. ``NotFound``; ``Conflict`` (``callback.not_waiting``: somebody has it, or it is over, or it
    is a customer on the line)."""
    mine = (interactions.c.id == interaction_id) & (interactions.c.domain == work.domain)
    row = await work.one_or_none(select(interactions).where(mine))
    if row is None:
        raise NotFound("interaction.unknown", "There is no such contact.")
    if row.kind == Kind.LIVE.value or row.answered_at is not None or row.state not in InteractionState.waiting():
        raise Conflict("callback.not_waiting", "This is no callback that waits.", state=row.state)
    if row.kind == Kind.CALLBACK.value:  # his phone may ring already, ahead of an agent
        call_id = ahead_call_id(interaction_id, row.attempts)
        work.record(InteractionDialWithdrawn(interaction_id=interaction_id, call_id=call_id, version=row.version))
    if not await _close_queued(work, interaction_id):
        work.record(CancelRequested(interaction_id=interaction_id))


async def _close_queued(work: UnitOfWork, interaction_id: UUID) -> bool:
    """Close it where it waits; False: an agent is being rung for it."""
    now = clock.now()
    closed = await advance(
        work, interaction_id, InteractionState.CLOSED, because="cancelled", expect=[InteractionState.QUEUED],
        end_reason=EndReason.CANCELLED.value, ended_at=now, closed_at=now,
    )  # fmt: skip
    if closed is None:
        return False
    work.record(
        InteractionClosed(
            interaction_id=interaction_id, queue_id=closed.queue_id, agent_id=None, end_reason=EndReason.CANCELLED,
            version=closed.version,
        )
    )  # fmt: skip
    return True


async def _whom(
    work: UnitOfWork, customer_id: UUID | None, number: str, name: str, books: Books
) -> tuple[CustomerRef, Address]:
    given = _phone(number, books) if number else None
    if customer_id is not None:
        customer, own = await _customer(work, customer_id, books)
        address = given or own
    elif given is not None:
        customer, address = await books.directory.resolve(work, given, clean_text(name)), given
    else:
        address = None
    if address is None:
        raise Refusal("callback.no_number", "There is no number that could be called.")
    return customer, address


async def _customer(work: UnitOfWork, customer_id: UUID, books: Books) -> tuple[CustomerRef, Address | None]:
    row = await work.one_or_none(_CUSTOMER, {"id": customer_id, "domain": work.domain})
    if row is None:
        raise NotFound("customer.unknown", "There is no such customer.")
    ref = CustomerRef(
        row.id, row.name, row.language, row.tier, False, row.credit_grade, account_manager_id=row.owner_agent_id
    )
    return ref, phone_address(row.number, books.region) if row.number else None


def _phone(number: str, books: Books) -> Address:
    address = phone_address(number, books.region)
    if address.kind is not AddressKind.PHONE:
        raise Refusal("callback.bad_number", "This is no telephone number.")
    return address


async def demand_agent(work: UnitOfWork, agent_id: UUID) -> None:
    """Raise ``NotFound`` (``agent.unknown``) unless there is such an agent."""
    wanted = select(agents.c.id).where(agents.c.id == agent_id, agents.c.domain == work.domain, agents.c.active)
    if await work.one_or_none(wanted) is None:
        raise NotFound("agent.unknown", "There is no such agent.")


async def _open(work: UnitOfWork, customer: CustomerRef, address: Address, wanted: _Work) -> UUID:
    there = select(queues.c.id).where(queues.c.id == wanted.queue_id, queues.c.domain == work.domain, queues.c.active)
    if await work.one_or_none(there) is None:
        raise NotFound("queue.unknown", "There is no such queue.")
    interaction_id = new_id()
    open_interaction(
        work, interaction_id, state=InteractionState.QUEUED, channel=Channel.VOICE.value, kind=wanted.kind.value,
        customer_id=customer.customer_id, address_kind=address.kind.value, address=address.value,
        caller_name=customer.name, language=customer.language or "en", queue_id=wanted.queue_id, tier=customer.tier,
        credit_grade=customer.credit_grade, account_manager_id=customer.account_manager_id,
        created_at=clock.now(), queued_at=wanted.due_at, due_at=wanted.due_at,
        demanded_agents=(wanted.agent_id,) if wanted.agent_id else None, demanded_until=wanted.agent_until,
    )  # fmt: skip
    work.record(
        InteractionCreated(
            interaction_id=interaction_id, channel=Channel.VOICE, customer_id=customer.customer_id,
            address=address.value, called_number="", version=1,
        ),
        InteractionRevised(interaction_id=interaction_id, kind=wanted.kind, because="entered", version=1),
    )  # fmt: skip
    return interaction_id
