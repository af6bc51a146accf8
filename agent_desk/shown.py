"""What the desks of one agent show of their own work. Pure."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from agent_desk.connection import Connection
from agent_desk.views import WorkItem

_REMEMBERED_CUSTOMERS = 20


@dataclass(frozen=True, slots=True)
class Differences:
    """Between two readings of an agent's work."""

    changed: list[WorkItem]
    """What came, or is different itself."""
    talked: list[WorkItem]
    """Of what only the conversation is different."""
    gone: list[WorkItem]


@dataclass(slots=True)
class Shown:
    """What the desks of one agent show, and the desks that still wait for their snapshot."""

    work: dict[UUID, WorkItem] = field(default_factory=dict)
    newcomers: list[Connection] = field(default_factory=list)
    customers: OrderedDict[UUID, None] = field(default_factory=OrderedDict)
    """Customers whose history lies on this desk, or did a while ago; newest last."""

    def take(self, work: dict[UUID, WorkItem]) -> Differences:
        """Take the work as it is now; returns what is different."""
        changed = [item for key, item in work.items() if item != self.work.get(key)]
        gone = [item for key, item in self.work.items() if key not in work]
        talked = [item for item in changed if _only_talked(self.work.get(item.interaction_id), item)]
        self.work = work
        for item in changed:
            self.remember(item.customer.id)
        return Differences([item for item in changed if item not in talked] if talked else changed, talked, gone)

    def remember(self, customer_id: UUID) -> None:
        """A customer's history is looked at here."""
        self.customers[customer_id] = None
        self.customers.move_to_end(customer_id)
        if len(self.customers) > _REMEMBERED_CUSTOMERS:
            self.customers.popitem(last=False)


def _only_talked(held: WorkItem | None, item: WorkItem) -> bool:
    if held is None or held.conversation is None or item.conversation is None:
        return False
    return held.model_copy(update={"conversation": item.conversation}) == item
