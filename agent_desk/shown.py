"""What the desks of one agent show of their own work. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from agent_desk.connection import Connection
from agent_desk.views import WorkItem

_REMEMBERED_CUSTOMERS = 20


@dataclass(slots=True)
class Shown:
    """What the desks of one agent show, and the desks that still wait for their snapshot."""

    work: dict[UUID, WorkItem] = field(default_factory=dict)
    newcomers: list[Connection] = field(default_factory=list)
    customers: OrderedDict[UUID, None] = field(default_factory=OrderedDict)
    """Customers whose history lies on this desk, or did a while ago; newest last."""

    def take(self, work: dict[UUID, WorkItem]) -> tuple[list[WorkItem], list[WorkItem]]:
        """Take the work as it is now; returns the items that came or changed, and those that are gone."""
        changed = [item for key, item in work.items() if item != self.work.get(key)]
        gone = [item for key, item in self.work.items() if key not in work]
        self.work = work
        for item in changed:
            self.remember(item.customer.id)
        return changed, gone

    def remember(self, customer_id: UUID) -> None:
        """A customer's history is looked at here."""
        self.customers[customer_id] = None
        self.customers.move_to_end(customer_id)
        if len(self.customers) > _REMEMBERED_CUSTOMERS:
            self.customers.popitem(last=False)
