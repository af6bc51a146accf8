"""The demo company's pretended CRM: what it has received."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from agent_desk.bodies import DemoWebhook
from core import clock

_KEPT = {True: 100, False: 10}
"""How many of those with a valid signature, and of the others."""


class DemoCrm:
    """What the pretended CRM has received; lives as long as the process. Forgeries push out forgeries only."""

    def __init__(self) -> None:
        self._received: dict[bool, OrderedDict[str, DemoWebhook]] = {valid: OrderedDict() for valid in _KEPT}

    def take(self, event_id: str, kind: str, valid: bool, body: dict[str, Any]) -> None:
        """Remember a delivery; the same event again only counts. Of a forgery nothing but its coming is kept."""
        received = self._received[valid]
        known = received.pop(event_id, None)
        received[event_id] = DemoWebhook(
            received_at=clock.now(), event_id=event_id, kind=kind, signature_valid=valid,
            times=known.times + 1 if known else 1, body=body if valid else {},
        )  # fmt: skip
        if len(received) > _KEPT[valid]:
            received.popitem(last=False)

    def newest_first(self) -> list[DemoWebhook]:
        """Everything that is remembered."""
        everything = [line for received in self._received.values() for line in received.values()]
        return sorted(everything, key=lambda line: line.received_at, reverse=True)
