"""The demo company's pretended CRM: what it has received."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from agent_desk.bodies import DemoWebhook
from core import clock

_KEPT = 100


class DemoCrm:
    """What the pretended CRM has received; lives as long as the process."""

    def __init__(self) -> None:
        self._received: OrderedDict[str, DemoWebhook] = OrderedDict()

    def take(self, event_id: str, kind: str, valid: bool, body: dict[str, Any]) -> None:
        """Remember a delivery; the same event again only counts."""
        known = self._received.pop(event_id, None)
        self._received[event_id] = DemoWebhook(
            received_at=clock.now(), event_id=event_id, kind=kind, signature_valid=valid,
            times=known.times + 1 if known else 1, body=body,
        )  # fmt: skip
        if len(self._received) > _KEPT:
            self._received.popitem(last=False)

    def newest_first(self) -> list[DemoWebhook]:
        """Everything that is remembered."""
        return list(reversed(self._received.values()))
