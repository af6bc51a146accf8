"""Customers' records in the words of the wire."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Literal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.views import CustomerCard, TimelineEntry
from crm_sync import record

Delivery = Literal["none", "pending", "delivered", "dead"]


async def read_cards(connection: AsyncConnection, domain: str, ids: Collection[UUID]) -> dict[UUID, CustomerCard]:
    """The cards of these customers with their newest history; unknown ids are left out."""
    records = await record.read_records(connection, domain, ids) if ids else {}
    return {customer_id: card_of(found) for customer_id, found in records.items()}


def card_of(found: record.CustomerRecord) -> CustomerCard:
    """The card that a record gives."""
    profile = found.profile
    return CustomerCard(
        id=profile.id,
        version=profile.version,
        kind=profile.kind,
        name=profile.name,
        form_of_address=profile.form_of_address,
        language=profile.language,
        tier=profile.tier,
        credit_grade=profile.credit_grade,
        lifecycle=profile.lifecycle,
        owner_name=profile.owner_name,
        value_year=profile.value_year,
        site=profile.site,
        facts=profile.facts,
        addresses=[identity["value"] for identity in profile.identities],
        timeline=[entry_of(entry) for entry in found.timeline],
    )


def entry_of(entry: record.TimelineEntry) -> TimelineEntry:
    """The line that an entry of the history gives."""
    return TimelineEntry(
        id=entry.id,
        kind=entry.kind,
        at=entry.at,
        title=entry.title,
        agent_name=entry.agent_name,
        body=entry.body,
        delivery=delivery_of(entry.deliveries),
    )


def delivery_of(deliveries: Iterable[dict[str, Any]]) -> Delivery:
    """One word for all connectors: the worst counts."""
    states = {delivery["state"] for delivery in deliveries}
    if "dead" in states:
        return "dead"
    if "pending" in states:
        return "pending"
    return "delivered" if states else "none"
