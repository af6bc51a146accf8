"""Agents' phones in the database: which there are, and the fact whether they can be reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from core import clock
from core.agent import EndpointKind
from core.db import UnitOfWork
from core.events import EndpointReachabilityChanged
from core.tables import agent_endpoints


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One agent's phone. ``secret`` registers it, ``contact`` is where a desk phone is found without that."""

    agent_id: UUID
    name: str
    kind: EndpointKind
    secret: str = field(repr=False)
    contact: str
    reachable: bool
    domain: str = "main"


async def load_endpoints(connection: AsyncConnection) -> list[Endpoint]:
    """The phones of all domains, by name: one PBX has them all."""
    statement = select(agent_endpoints).order_by(agent_endpoints.c.endpoint)
    return [
        Endpoint(row.agent_id, row.endpoint, EndpointKind(row.kind), row.secret, row.contact, row.reachable, row.domain)
        for row in await connection.execute(statement)
    ]


async def reachability_changed(work: UnitOfWork, agent_id: UUID, reachable: bool) -> bool:
    """The phone can be rung, or no longer. False when that is no news."""
    now = clock.now()
    statement = (
        update(agent_endpoints)
        .where(agent_endpoints.c.agent_id == agent_id, agent_endpoints.c.reachable != reachable)
        .values(reachable=reachable, reachable_since=now)
        .returning(agent_endpoints.c.agent_id)
    )
    if await work.one_or_none(statement) is None:
        return False
    work.record(EndpointReachabilityChanged(agent_id=agent_id, reachable=reachable, since=now))
    return True
