"""Taking a delivery for one attempt, so that only one worker sends it at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from core.db import UnitOfWork
from crm_sync.connectors.port import ConnectorConfig, Parcel

MARGIN_SECONDS = 5.0
"""How much longer a lease lasts than the connector's exchange may."""

# ``attempts`` is the fence: a task that was sent for an earlier attempt finds another number and does nothing.
_TAKE = text(
    """
    update deliveries d
    set attempts = d.attempts + 1,
        leased_until = now() + make_interval(secs => :margin + case
            when jsonb_typeof(c.config -> 'timeout_seconds') = 'number'
            then least(30, greatest(1, (c.config ->> 'timeout_seconds')::float)) else 5 end)
    from outbox o, connectors c
    where d.id = :id and o.id = d.outbox_id and c.id = d.connector_id and c.enabled
      and d.state = 'pending' and d.attempts = :attempts and (d.leased_until is null or d.leased_until < now())
      and not exists (
          select 1 from deliveries e
          where e.connector_id = d.connector_id and e.customer_id = d.customer_id and e.state = 'pending'
            and e.position < d.position)
    returning d.id, d.attempts, d.outbox_id, d.customer_id, o.interaction_id, o.kind as outbox_kind, o.payload,
              o.created_at, c.id as connector_id, c.name, c.kind, c.config, c.secret
    """
).columns(payload=JSONB, config=JSONB)


@dataclass(frozen=True, slots=True)
class Lease:
    """A delivery in our hands for one attempt; ``attempts`` counts this one."""

    delivery_id: UUID
    attempts: int
    customer_id: UUID | None
    interaction_id: UUID | None
    parcel: Parcel
    config: ConnectorConfig


async def take_lease(work: UnitOfWork, delivery_id: UUID, attempts: int) -> Lease | None:
    """The lease on a delivery that has had ``attempts`` attempts, or None when it is not ours to make.

    None: it was settled, is in other hands, was tried meanwhile, or an earlier one of the customer is pending.
    """
    row = await work.one_or_none(_TAKE, {"id": delivery_id, "attempts": attempts, "margin": MARGIN_SECONDS})
    if row is None:
        return None
    created_at: datetime = row.created_at
    return Lease(
        row.id, row.attempts, row.customer_id, row.interaction_id,
        Parcel(row.outbox_id, row.outbox_kind, created_at.isoformat(), row.payload),
        ConnectorConfig(row.connector_id, row.name, row.kind, row.config, row.secret),
    )  # fmt: skip
