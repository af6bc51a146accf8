"""Which code serves which kind of connector."""

from __future__ import annotations

from collections.abc import Mapping

from crm_sync.connectors.port import Connector, ConnectorConfig, DeliveryFailed, Parcel


class ConnectorRegistry:
    """Finds the connector of a kind; itself a connector that hands on to the right one."""

    def __init__(self, connectors: Mapping[str, Connector]) -> None:
        self._connectors = dict(connectors)

    async def deliver(self, config: ConnectorConfig, parcel: Parcel) -> None:
        """See the port. A kind that this release does not know fails like a system that does not answer."""
        connector = self._connectors.get(config.kind)
        if connector is None:
            raise DeliveryFailed(f"this release has no connector of kind {config.kind!r}")
        await connector.deliver(config, parcel)
