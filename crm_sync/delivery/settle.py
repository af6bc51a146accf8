"""What became of an attempt: delivered, to be tried again, or dead."""

from __future__ import annotations

import random
from typing import Any

from sqlalchemy import text

from core.db import UnitOfWork
from core.events import DeliverySettled
from core.logs import logger
from crm_sync.connectors.port import DeliveryFailed
from crm_sync.delivery.backoff import RetryPolicy
from crm_sync.delivery.lease import Lease

log = logger(__name__)

# An answer that comes after the lease has run out still counts: the receiver has it.
_DELIVERED = text(
    """
    update deliveries set state = 'delivered', delivered_at = now(), leased_until = null, last_error = null
    where id = :id and state <> 'delivered'
    """
)
_FAILED = text(
    """
    update deliveries set state = :state, leased_until = null, last_error = :reason,
           next_at = now() + make_interval(secs => :wait)
    where id = :id and state = 'pending' and attempts = :attempts
    """
)


async def mark_delivered(work: UnitOfWork, lease: Lease) -> None:
    """The receiver has it."""
    if (await work.execute(_DELIVERED, {"id": lease.delivery_id})).rowcount:
        work.record(_settled(lease, "delivered"))
        log.info("delivered", **_about(lease))


async def mark_failed(work: UnitOfWork, lease: Lease, failure: DeliveryFailed) -> None:
    """Try again later, or never when the attempts are used up; nothing when somebody else tries by now."""
    policy = RetryPolicy.from_options(lease.config.options)
    dead = lease.attempts >= policy.max_attempts
    wait = policy.wait_seconds(lease.attempts, random.random(), failure.retry_after_seconds)  # noqa: S311
    values = {
        "id": lease.delivery_id, "attempts": lease.attempts, "state": "dead" if dead else "pending",
        "reason": failure.reason, "wait": wait,
    }  # fmt: skip
    if not (await work.execute(_FAILED, values)).rowcount:
        return
    if dead:
        work.record(_settled(lease, "dead"))
    log.warning("delivery is dead" if dead else "delivery failed", reason=failure.reason, **_about(lease))


def _settled(lease: Lease, state: str) -> DeliverySettled:
    return DeliverySettled(
        delivery_id=lease.delivery_id, outbox_id=lease.parcel.outbox_id, interaction_id=lease.interaction_id,
        customer_id=lease.customer_id, connector=lease.config.name, state=state,
    )  # fmt: skip


def _about(lease: Lease) -> dict[str, Any]:
    return {"delivery_id": str(lease.delivery_id), "connector": lease.config.name, "attempts": lease.attempts}
