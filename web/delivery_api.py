"""Deliveries that were given up, for administrators."""

from __future__ import annotations

from uuid import UUID

from agent_desk.bodies import DeadDelivery
from core.errors import NotFound
from crm_sync.delivery import replay as replays
from web.permissions import Asker
from web.services import Given


async def dead(services: Given) -> list[DeadDelivery]:
    """The oldest of them, with the reason."""
    async with services.database.glance() as connection:
        letters = await replays.read_dead_letters(connection, services.database.domain)
    return [
        DeadDelivery(
            id=letter.id, connector=letter.connector, kind=letter.kind, customer_id=letter.customer_id,
            attempts=letter.attempts, last_error=letter.last_error or "", created_at=letter.created_at,
        )
        for letter in letters
    ]  # fmt: skip


async def replay(delivery_id: UUID, asker: Asker, services: Given) -> None:
    """Try one again."""
    async with services.database.unit_of_work(asker.actor) as work:
        if not await replays.replay(work, [delivery_id]):
            raise NotFound("delivery.unknown", "There is no such delivery that was given up.")
