"""One attempt at one delivery: lease, exchange, settlement; the exchange is outside of any transaction."""

from __future__ import annotations

from uuid import UUID

from core.db import Database
from core.logs import logger
from crm_sync.connectors.port import Connector, DeliveryFailed
from crm_sync.delivery.lease import Lease, take_lease
from crm_sync.delivery.settle import mark_delivered, mark_failed

log = logger(__name__)

_ACTOR = "crm_sync"


async def attempt(database: Database, connector: Connector, delivery_id: UUID, attempts: int) -> bool:
    """Try the delivery that has had ``attempts`` attempts; whether it was ours to try. May be called twice.

    A crash between the receiver's answer and the settlement repeats the exchange with the same key.
    """
    async with database.unit_of_work(_ACTOR) as work:
        lease = await take_lease(work, delivery_id, attempts)
    if lease is None:
        return False
    failure = await _exchange(connector, lease)
    async with database.unit_of_work(_ACTOR) as work:
        if failure is None:
            await mark_delivered(work, lease)
        else:
            await mark_failed(work, lease, failure)
    return True


async def _exchange(connector: Connector, lease: Lease) -> DeliveryFailed | None:
    try:
        await connector.deliver(lease.config, lease.parcel)
    except DeliveryFailed as failure:
        return failure
    except Exception as error:
        # A fault of ours, or options that no one could mean: the attempts run out, the customer's next is not blocked.
        log.exception("connector failed", connector=lease.config.name, delivery_id=str(lease.delivery_id))
        return DeliveryFailed(f"the connector failed: {type(error).__name__}")
    return None
