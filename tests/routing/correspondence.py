"""Messages in the small company: what customers, channels and agents do with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from core import clock
from core.events import AcceptRequested, InteractionQueued
from core.ids import new_id
from core.interaction import Channel, EndReason, InteractionState, QueuedCause
from core.interactions import open_interaction
from core.message_events import CustomerLeftConversation
from routing.end_message import end_message
from routing.hand_over import hand_over
from tests.routing.company import Company


async def arrives(company: Company, channel: Channel = Channel.CHAT, *, queue_id: UUID | None = None) -> UUID:
    """A customer has written; the message waits."""
    interaction_id, now, queue = new_id(), clock.now(), queue_id or company.queue_id
    async with company.database.unit_of_work("channels") as work:
        open_interaction(
            work, interaction_id, state=InteractionState.QUEUED, channel=channel.value,
            customer_id=company.customer_id, address_kind="chat", address="visitor", queue_id=queue, created_at=now,
            queued_at=now, required_skills={},
        )  # fmt: skip
        work.record(
            InteractionQueued(
                interaction_id=interaction_id, channel=channel, queue_id=queue, customer_id=company.customer_id,
                cause=QueuedCause.ARRIVED, queued_at=now, version=1,
            )
        )  # fmt: skip
    return interaction_id


async def accept(company: Company, offer: Any) -> None:
    """The agent takes it on the screen."""
    event = AcceptRequested(reservation_id=offer.id, interaction_id=offer.interaction_id, agent_id=offer.agent_id)
    async with company.database.unit_of_work("user:test") as work:
        work.record(event)


async def served(company: Company, interaction_id: UUID) -> Any:
    """Carry a message to the agent who takes it; gives the reservation."""
    offer = await company.offer_of(interaction_id)
    await accept(company, offer)
    await company.stands(interaction_id, InteractionState.ACTIVE)
    return offer


async def customer_leaves(
    company: Company, interaction_id: UUID, reason: EndReason = EndReason.COMPLETED
) -> CustomerLeftConversation:
    """The customer ends the conversation."""
    event = CustomerLeftConversation(interaction_id=interaction_id, conversation_id=new_id(), end_reason=reason)
    async with company.database.unit_of_work("channels") as work:
        work.record(event)
    return event


async def end(company: Company, interaction_id: UUID, agent_id: UUID) -> bool:
    """The agent ends it at the desk."""
    async with company.database.unit_of_work("user:test") as work:
        return await end_message(work, interaction_id, agent_id)


async def give_away(company: Company, interaction_id: UUID, agent_id: UUID, queue_id: UUID | None = None) -> bool:
    """It is handed over."""
    async with company.database.unit_of_work("user:test") as work:
        return await hand_over(work, interaction_id, agent_id, queue_id=queue_id)
