"""The dead letters: read, and brought back to life by an administrator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import UnitOfWork
from core.logs import logger

log = logger(__name__)

_READ = text(
    """
    select d.id, d.outbox_id, c.name as connector, o.kind, d.customer_id, d.attempts, d.last_error, d.created_at
    from deliveries d join connectors c on c.id = d.connector_id join outbox o on o.id = d.outbox_id
    where d.state = 'dead' and c.domain = :domain order by d.position limit :most
    """
)
_REPLAY = text(
    """
    update deliveries d set state = 'pending', attempts = 0, next_at = now(), leased_until = null
    from connectors c
    where c.id = d.connector_id and c.domain = :domain and d.state = 'dead'
      and (cast(:ids as uuid[]) is null or d.id = any(cast(:ids as uuid[])))
    """
)


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A delivery that was given up, and why."""

    id: UUID
    outbox_id: UUID
    connector: str
    kind: str
    customer_id: UUID | None
    attempts: int
    last_error: str | None
    created_at: datetime


async def read_dead_letters(connection: AsyncConnection, domain: str, most: int = 200) -> list[DeadLetter]:
    """The oldest dead letters."""
    rows = await connection.execute(_READ, {"domain": domain, "most": most})
    return [DeadLetter(**row._mapping) for row in rows]


async def replay(work: UnitOfWork, delivery_ids: Sequence[UUID] | None = None) -> int:
    """Let dead deliveries (all of the domain if None) be tried afresh, in their old order; how many.

    What a customer's later entries have told the receiver meanwhile is not undone: it sees the old one late.
    """
    ids = None if delivery_ids is None else list(delivery_ids)
    result = await work.execute(_REPLAY, {"domain": work.domain, "ids": ids})
    log.info("dead letters replayed", count=result.rowcount, actor=work.actor)
    return result.rowcount
