"""Customers' records: find, read, page through the history."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime

from agent_desk.bodies import CustomerHit, TimelinePage
from agent_desk.cards import entry_of, read_cards
from agent_desk.views import CustomerCard
from core.errors import NotFound
from core.logs import logger
from crm_sync import record
from crm_sync.search import search_customers
from web.permissions import Asker
from web.services import Given

log = logger(__name__)

_UNKNOWN = "customer.unknown", "There is no such customer."


async def find(query: Annotated[str, Query(max_length=100)], services: Given) -> list[CustomerHit]:
    """Customers whose name or number begins so, at most 20."""
    async with services.database.glance() as connection:
        found = await search_customers(connection, services.database.domain, query)
    return [CustomerHit(id=hit.id, name=hit.name, tier=hit.tier, address=hit.value or "") for hit in found]


async def read(customer_id: UUID, asker: Asker, services: Given) -> CustomerCard:
    """A customer's card with the newest history. Who looked at whom is logged."""
    async with services.database.glance() as connection:
        cards = await read_cards(connection, services.database.domain, [customer_id])
    if customer_id not in cards:
        raise NotFound(*_UNKNOWN)
    log.info("customer record read", user_id=str(asker.user.id), customer_id=str(customer_id))
    services.live.note_viewed(asker.user, customer_id)
    return cards[customer_id]


async def read_timeline(
    customer_id: UUID, services: Given, before: Annotated[AwareDatetime | None, Query()] = None
) -> TimelinePage:
    """Older history."""
    async with services.database.glance() as connection:
        if await record.read_profile(connection, services.database.domain, customer_id) is None:
            raise NotFound(*_UNKNOWN)
        moment: datetime | None = before
        entries = await record.read_timeline(connection, customer_id, moment)
    return TimelinePage(entries=[entry_of(entry) for entry in entries])
