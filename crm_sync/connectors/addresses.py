"""Where a connector may reach, as ``core.targets`` has it, with a delivery's own error."""

from __future__ import annotations

from core import targets
from core.targets import Target, is_allowed
from crm_sync.connectors.port import DeliveryFailed

__all__ = ["Target", "find_targets", "is_allowed"]


async def find_targets(url: str, *, private: bool) -> list[Target]:
    """See ``core.targets``. Raises ``DeliveryFailed`` for what cannot or must not be reached."""
    try:
        return await targets.find_targets(url, private=private)
    except targets.TargetRefused as refused:
        raise DeliveryFailed(refused.reason) from refused
