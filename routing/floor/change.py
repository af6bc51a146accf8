"""A change in the making: new values over the floor, and the events that tell of them.

One fact and all that follows from it is one change, and one transaction. Rows that are touched twice (offered,
queued again, offered to the next) are written once, with as many versions as steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from core.event import Event
from core.events import AgentPresenceChanged, AgentWorkChanged
from core.interaction import Channel, InteractionState, sources_of
from core.interactions import Opening
from routing.floor.floor import Floor
from routing.floor.rows import Agent, Item, Reservation


class BehindError(Exception):
    """Memory has missed a change, or learned of one while it was changing the same: the rows must be read again."""

    def __init__(self, agent_id: UUID | None = None) -> None:
        super().__init__("read again" if agent_id is None else f"agent {agent_id}")
        self.agents = frozenset[UUID]() if agent_id is None else frozenset({agent_id})


class Change:
    """Collects what a fact changes. ``cause`` stands in the log lines."""

    def __init__(self, floor: Floor, now: datetime, cause: str) -> None:
        self.floor = floor
        self.now = now
        self.cause = cause
        self.items: dict[UUID, Item] = {}
        self.redirected: set[UUID] = set()
        """Those of the items whose queue is another than before."""
        self.agents: dict[UUID, Agent] = {}
        self.loaded: set[UUID] = set()
        """Those of the agents who take, or let go of, messages."""
        self.settled: dict[UUID, Reservation] = {}
        self.before: dict[UUID, Reservation] = {}
        """Reservations in ``settled`` as they stood."""
        self.offered: dict[UUID, Reservation] = {}
        self.events: list[Event] = []
        self.log: list[tuple[str, dict[str, Any]]] = []
        self.carried: Opening | None = None
        """An interaction whose own row is written with this change."""
        self.woken_items: set[UUID] = set()
        self.woken_agents: set[UUID] = set()

    def __bool__(self) -> bool:
        return bool(self.items or self.agents or self.settled or self.offered or self.carried)

    def item(self, item_id: UUID) -> Item | None:
        """The interaction as it will stand."""
        return self.items.get(item_id) or self.floor.items.get(item_id)

    def agent(self, agent_id: UUID) -> Agent | None:
        """The agent as they will stand."""
        return self.agents.get(agent_id) or self.floor.agents.get(agent_id)

    def reservation(self, reservation_id: UUID | None) -> Reservation | None:
        """The live reservation of that id, or None when it is settled or unknown."""
        if reservation_id is None:
            return None
        settled = self.settled.get(reservation_id)
        if settled is not None:
            return settled if settled.released_at is None else None
        return self.offered.get(reservation_id) or self.floor.reservations.get(reservation_id)

    def move(self, item: Item, to: InteractionState, **columns: Any) -> Item:
        """Advance an interaction by one allowed step; an unknown move is a bug and raises."""
        if item.state not in sources_of(to):
            raise ValueError(f"no move from {item.state} to {to}")
        moved = replace(item, state=to, version=item.version + 1, **columns)
        self.items[item.id] = moved
        self.note("interaction advanced", interaction_id=str(item.id), before=item.state.value, to=to.value)
        return moved

    def amend(self, item: Item, **columns: Any) -> Item:
        """Change an interaction where it stands."""
        amended = replace(item, version=item.version + 1, **columns)
        self.items[item.id] = amended
        return amended

    def redirect(self, item: Item, queue_id: UUID) -> Item:
        """Let an interaction wait in another queue, with the wait that it has behind it."""
        moved = replace(item, queue_id=queue_id, version=item.version + 1)
        self.items[item.id] = moved
        self.redirected.add(item.id)
        self.note("interaction redirected", interaction_id=str(item.id), queue_id=str(queue_id))
        return moved

    def staff(self, agent: Agent, **columns: Any) -> Agent:
        """Change an agent's row."""
        changed = replace(agent, **columns)
        self.agents[agent.id] = changed
        return changed

    def load(self, agent: Agent, channel: Channel, change: int) -> Agent:
        """Let an agent hold so many more messages of a channel, or fewer."""
        self.loaded.add(agent.id)
        changed = self.agents[agent.id] = agent.with_load(channel.value, change, self.now)
        return changed

    def learn(self, agent_id: UUID, fact: Callable[[Agent], Agent]) -> None:
        """What the agent's row says already, or what stands in no row: it holds before this change and after it."""
        self.floor.put_agent(fact(self.floor.agents[agent_id]))
        if agent_id in self.agents:
            self.agents[agent_id] = fact(self.agents[agent_id])
        self.wake_agent(agent_id)

    def settle(self, reservation: Reservation, **columns: Any) -> Reservation:
        """Change a live reservation."""
        self.before.setdefault(reservation.id, reservation)
        changed = replace(reservation, **columns)
        self.settled[reservation.id] = changed
        return changed

    def wake_item(self, item_id: UUID) -> None:
        """Ask for a decision about an interaction that was learned, not changed."""
        self.woken_items.add(item_id)

    def wake_agent(self, agent_id: UUID) -> None:
        """Ask for a decision about an agent who was learned, not changed."""
        self.woken_agents.add(agent_id)

    def subjects(self) -> tuple[set[UUID], set[UUID]]:
        """The interactions and the agents that this change is about."""
        offers = [*self.settled.values(), *self.offered.values()]
        items = {*self.items, *self.woken_items, *(each.interaction_id for each in offers)}
        agents = {*self.agents, *self.woken_agents, *(each.agent_id for each in offers)}
        return items, agents

    def note(self, message: str, **fields: Any) -> None:
        """Remember a log line; it is written after the commit."""
        self.log.append((message, fields))

    def close_books(self) -> None:
        """Give the agents their versions and the events about them; call once, before the commit."""
        for agent_id, agent in self.agents.items():
            self.agents[agent_id] = self._agent_events(self.floor.agents[agent_id], agent)

    def _agent_events(self, old: Agent, new: Agent) -> Agent:
        if (new.presence, new.presence_reason) != (old.presence, old.presence_reason):
            new = replace(new, version=new.version + 1)
            self.events.append(_presence_event(new))
        if (new.work_state, new.interaction_id) != (old.work_state, old.interaction_id) or new.id in self.loaded:
            new = replace(new, version=new.version + 1)
            self.events.append(_work_event(new))
        return new


def _presence_event(agent: Agent) -> Event:
    return AgentPresenceChanged(
        agent_id=agent.id,
        presence=agent.presence,
        reason=agent.presence_reason,
        since=agent.presence_since,
        version=agent.version,
    )


def _work_event(agent: Agent) -> Event:
    return AgentWorkChanged(
        agent_id=agent.id,
        work_state=agent.work_state,
        since=agent.work_since,
        interaction_id=agent.interaction_id,
        wrap_up_until=agent.wrap_up_until,
        load=dict(agent.load),
        version=agent.version,
    )
