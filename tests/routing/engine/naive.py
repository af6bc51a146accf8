"""The same two questions answered by looking at everything: the measure that the engine is held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from routing.engine.order import urgency
from routing.engine.values import FreeAgent, WaitingItem


@dataclass
class NaiveScan:
    """Lists, and a scan for every decision."""

    items: dict[UUID, WaitingItem] = field(default_factory=dict)
    agents: dict[UUID, FreeAgent] = field(default_factory=dict)

    @staticmethod
    def fits(item: WaitingItem, agent: FreeAgent) -> bool:
        levels = dict(agent.skills)
        return (
            item.channel in agent.channels
            and item.queue_id in dict(agent.queues)
            and agent.id not in item.excluded
            and all(levels.get(code, 0) >= level for code, level in item.skills)
        )

    def choose_agent(self, item_id: UUID) -> UUID | None:
        fitting = [a for a in self.agents.values() if self.fits(self.items[item_id], a)]
        return min(fitting, key=lambda a: (a.idle_since, a.id)).id if fitting else None

    def choose_item(self, agent_id: UUID, now: float) -> UUID | None:
        fitting = [item for item in self.items.values() if self.fits(item, self.agents[agent_id])]
        return max(fitting, key=lambda item: urgency(item, now)).id if fitting else None
