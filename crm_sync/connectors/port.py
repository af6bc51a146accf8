"""What every connector does: hand one entry of the outbox to another system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Parcel:
    """One entry of the outbox. ``outbox_id`` is the idempotency key; ``payload`` is JSON data."""

    outbox_id: UUID
    kind: str
    created_at: str
    """ISO 8601, UTC."""
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ConnectorConfig:
    """A connector as the administrator set it up; ``options`` as the connector's own module describes them."""

    connector_id: UUID
    name: str
    kind: str
    options: Mapping[str, Any]
    secret: str


class DeliveryFailed(Exception):
    """The other system did not take the parcel; ``reason`` is for people, one line, free of secrets.

    ``retry_after_seconds``: the other system's own wish, None if it has none.
    """

    def __init__(self, reason: str, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after_seconds = retry_after_seconds


class Connector(Protocol):
    """One kind of other system."""

    async def deliver(self, config: ConnectorConfig, parcel: Parcel) -> None:
        """Hand the parcel over, or raise ``DeliveryFailed``. May be called again with a parcel that arrived."""
