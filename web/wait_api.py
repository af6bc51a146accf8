"""How long those who wait are going to wait."""

from __future__ import annotations

from uuid import UUID

from agent_desk.bodies import Wait, WaitView
from agent_desk.ownership import Asker as For
from agent_desk.waits import all_waits, wait_of
from web.permissions import Asker
from web.services import Given


async def wait(interaction_id: UUID, asker: Asker, services: Given) -> Wait:
    """A contact's place in its queue and its estimated wait."""
    return await wait_of(services.database, services.valkey, interaction_id, For.of(asker.user))


async def waits(services: Given) -> list[WaitView]:
    """The same of everybody who waits."""
    return await all_waits(services.valkey, services.database.domain)
