"""The connector's memory twin: keeps what it is given, once a key, as a good receiver does."""

from __future__ import annotations

from uuid import UUID

from crm_sync.connectors.port import ConnectorConfig, DeliveryFailed, Parcel


class MemoryConnector:
    """Keeps parcels by their idempotency key; ``fail_next`` makes the next deliveries fail with those reasons."""

    def __init__(self) -> None:
        self.received: dict[UUID, Parcel] = {}
        self.calls: list[UUID] = []
        self.fail_next: list[str] = []

    async def deliver(self, config: ConnectorConfig, parcel: Parcel) -> None:
        """See the port."""
        self.calls.append(parcel.outbox_id)
        if self.fail_next:
            raise DeliveryFailed(self.fail_next.pop(0))
        self.received.setdefault(parcel.outbox_id, parcel)
