"""The relay: finds due deliveries and sends them to the workers. Any number may run anywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from sqlalchemy import text

from core.db import Database

BATCH = 200
RESEND_SECONDS = 6.0
"""A task that nobody has begun by then (broker wiped, worker killed) is sent again."""

Due = tuple[UUID, int]
"""A delivery and how many attempts it has had: what a task needs."""
Send = Callable[[Sequence[Due]], Awaitable[None]]

_DUE = text(
    """
    with due as (
        select d.id from deliveries d join connectors c on c.id = d.connector_id and c.enabled and c.domain = :domain
        where d.state = 'pending' and d.next_at <= now() and (d.leased_until is null or d.leased_until < now())
          and not exists (
              select 1 from deliveries e
              where e.connector_id = d.connector_id and e.customer_id = d.customer_id and e.state = 'pending'
                and e.position < d.position)
        order by d.next_at limit :batch for update of d skip locked)
    update deliveries d set next_at = now() + make_interval(secs => :resend) from due
    where d.id = due.id returning d.id, d.attempts
    """
)


async def relay_due(database: Database, send: Send) -> int:
    """Send what is due in the domain; how many.

    When ``send`` raises nothing is marked and the next round finds the same.
    """
    async with database.unit_of_work("crm_sync") as work:
        rows = await work.execute(_DUE, {"batch": BATCH, "resend": RESEND_SECONDS, "domain": work.domain})
        due: list[Due] = [(row.id, row.attempts) for row in rows]
        if due:
            await send(due)
    return len(due)
