"""What the writer holds in memory: the floor of the contact center, rebuilt from PostgreSQL at any time."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core.agent import ReservationState
from core.doors import Place
from core.interaction import Channel, InteractionState
from routing.engine.capacity import has_room
from routing.engine.matcher import Engine
from routing.engine.values import Decision, FreeAgent, ItemKind
from routing.floor.doors import Doors
from routing.floor.forecast import Forecast
from routing.floor.lines import Lines
from routing.floor.occupancy import RETELL_SECONDS, Share, moved
from routing.floor.overflow import Overflows
from routing.floor.rows import Agent, Item, QueueRules, Reservation
from routing.floor.services import Services

_REMEMBERED = 10_000
_NEW = Share()


@dataclass(slots=True)
class Floor:
    """Live interactions, live reservations, agents and queues by id, and the engine that mirrors them."""

    queues: dict[UUID, QueueRules] = field(default_factory=dict)
    agents: dict[UUID, Agent] = field(default_factory=dict)
    items: dict[UUID, Item] = field(default_factory=dict)
    reservations: dict[UUID, Reservation] = field(default_factory=dict)
    engine: Engine = field(default_factory=Engine)
    services: Services = field(default_factory=Services)
    shares: dict[UUID, Share] = field(default_factory=dict)
    """How busy the agents have been lately."""
    retold_at: float = 0.0
    overflows: Overflows = field(default_factory=Overflows)
    forecast: Forecast = field(default_factory=Forecast)
    """Of calls;"""
    message_forecast: Forecast = field(default_factory=Forecast)
    """and of messages, that take longer and are served several at once."""
    doors: Doors = field(default_factory=Doors)
    lines: Lines = field(default_factory=Lines)
    """Who is on the line, or waits to be called;"""
    message_lines: Lines = field(default_factory=Lines)
    """and who has written, and shuts no door to callers."""
    places: dict[UUID, Place] = field(default_factory=dict)
    """Where those who wait stood when they were last looked at."""
    _gone: OrderedDict[UUID, None] = field(default_factory=OrderedDict)

    def put_item(self, item: Item) -> None:
        """Learn the present state of an interaction; a closed one is forgotten."""
        known = self.items.get(item.id)
        on_line = item.kind is ItemKind.LIVE  # whoever waits for our call says nothing of how long callers wait
        if on_line and known is not None and known.answered_at is None and item.answered_at is not None:
            at, forecast = item.answered_at.timestamp(), self._forecast(item)
            forecast.answered(item.queue_id, at - item.queued_at.timestamp(), at, tier=item.tier, item_id=item.id)
        if item.state is InteractionState.CLOSED:
            self.forget_item(item)
        else:
            self.items[item.id] = item
        self.mirror_item(self.items.get(item.id), item.id)

    def forget_item(self, item: Item) -> None:
        """An interaction is closed: forget it with its reservation, and that it may come back."""
        self.items.pop(item.id, None)
        if item.reservation_id is not None:
            self.drop_reservation(item.reservation_id)
        self._wait_no_longer(item.id)
        self._forecast(item).forget(item.id)
        self._gone[item.id] = None
        if len(self._gone) > _REMEMBERED:
            self._gone.popitem(last=False)

    def unlearn_item(self, item_id: UUID) -> None:
        """An interaction could not be written after all: as if it had never been heard of."""
        self.items.pop(item_id, None)
        self._wait_no_longer(item_id)

    def knows(self, item_id: UUID) -> bool:
        """Whether an interaction has been heard of."""
        return item_id in self.items or item_id in self._gone

    def is_gone(self, item_id: UUID) -> bool:
        """Whether an interaction was closed lately, so that a late event about it is stale."""
        return item_id in self._gone

    def put_agent(self, agent: Agent) -> None:
        """Learn the present state of an agent."""
        self.agents[agent.id] = agent
        self.shares[agent.id] = moved(self.shares.get(agent.id, _NEW), agent)
        self.mirror_agent(agent)

    def retell(self, now: datetime) -> None:
        """Tell the engine how busy those have been who stay idle, once in a while."""
        at = now.timestamp()
        if at - self.retold_at < RETELL_SECONDS:
            return
        self.retold_at = at
        for agent in self.agents.values():
            if agent.is_free:
                self._put_free(agent.free(self.shares[agent.id].until(at)))

    def put_reservation(self, reservation: Reservation) -> None:
        """Learn the present state of a reservation; a released one is forgotten."""
        if reservation.released_at is not None:
            self.drop_reservation(reservation.id)
        else:
            self.reservations[reservation.id] = reservation

    def drop_reservation(self, reservation_id: UUID) -> None:
        """A reservation is released; an unknown one is no error."""
        known = self.reservations.pop(reservation_id, None)
        if known is not None and known.state is ReservationState.ACCEPTED:
            self._forecast(known).handled(known.queue_id, self.overflows.now - known.created_at.timestamp())

    def relearn(
        self, item_ids: set[UUID], agent_ids: set[UUID], items: list[Item], agents: list[Agent],
        reservations: list[Reservation],
    ) -> None:  # fmt: skip
        """Replace what is known of some interactions and agents by what was read; what was not found is gone.

        Messages' reservations are read with their interactions only.
        """
        held = self.reservations.values()
        of_agents = [r.id for r in held if r.agent_id in agent_ids and not r.is_message]
        for reservation_id in {*of_agents, *(r.id for r in held if r.interaction_id in item_ids)}:
            del self.reservations[reservation_id]
        for reservation in reservations:
            self.put_reservation(reservation)
        for item_id in item_ids - {item.id for item in items}:
            if item_id in self.items:
                self.forget_item(self.items[item_id])
        for item in items:
            self.put_item(item)
        for agent in agents:
            self.put_agent(agent)

    def mirror_item(self, item: Item | None, item_id: UUID) -> None:
        """Bring the engine in line with one interaction."""
        queue = self.queues.get(item.queue_id) if item else None
        if item is not None and queue is not None and item.is_open:
            lines = self.message_lines if item.is_message else self.lines
            lines.enter(item.id, queue.id, item.queued_at.timestamp())
            also = self.overflows.enter(item.id, queue.id, item.queued_at.timestamp())
            self.engine.put_item(item.waiting(queue, self.services.of(item.tier, item.credit_grade), also))
        else:
            self._wait_no_longer(item_id)

    def take(self, decision: Decision) -> None:
        """A decision of the engine is carried out."""
        self.engine.take(decision)
        self._leave_lines(decision.item_id)

    def turn_overflow(self, now: float) -> list[UUID]:
        """The items for which other queues' members may step in now, or no longer; they are to be mirrored again."""
        return self.overflows.advance(now, self._estimated_wait)

    def next_opening(self) -> float | None:
        """The next moment at which an item may overflow; None: never, as things stand."""
        return self.overflows.next_moment()

    def wait_of_one_more(self, queue_id: UUID, now: float) -> float:
        """The estimated wait, in seconds, of a caller who joins a queue now."""
        head_wait, agents = self.lines.head_wait(queue_id, now), self.engine.members_on_duty(queue_id)
        length = self.lines.length(queue_id)
        return self.forecast.wait(queue_id, length=length, head_wait=head_wait, agents=agents, now=now)

    def at_once(self, channel: Channel) -> int:
        """How many of a channel one agent serves, by the policy."""
        capacity = self.engine.policy.capacity
        return 1 if channel in capacity.exclusive else max(1, int(capacity.total // capacity.cost(channel)))

    def items_of(self, customer_id: UUID) -> set[UUID]:
        """The live interactions of a customer."""
        return {item.id for item in self.items.values() if item.customer_id == customer_id}

    def mirror_agent(self, agent: Agent) -> None:
        """Bring the engine in line with one agent."""
        share = moved(self.shares.get(agent.id, _NEW), agent)
        if agent.is_free:
            self._put_free(agent.free(share.value))
        elif agent.is_on_duty:
            self.engine.put_busy(agent.free(share.value))
        else:
            self.engine.leave(agent.id)

    def aside_over(self, now: datetime) -> list[Agent]:
        """Agents whose time aside is over."""
        return [a for a in self.agents.values() if a.set_aside_until is not None and a.set_aside_until <= now]

    def _forecast(self, of: Item | Reservation) -> Forecast:
        return self.message_forecast if of.is_message else self.forecast

    def _put_free(self, agent: FreeAgent) -> None:
        """Free, unless what he holds leaves no room for anything."""
        capacity = self.engine.policy.capacity
        if agent.load and not any(has_room(capacity, agent, each, interruptible=False) for each in agent.channels):
            self.engine.put_busy(agent)
        else:
            self.engine.put_agent(agent)

    def _wait_no_longer(self, item_id: UUID) -> None:
        self.engine.drop_item(item_id)
        self._leave_lines(item_id)

    def _leave_lines(self, item_id: UUID) -> None:
        self.overflows.leave(item_id)
        self.lines.leave(item_id)
        self.message_lines.leave(item_id)

    def _estimated_wait(self, queue_id: UUID, length: int, head_wait: float) -> float:
        agents, now = self.engine.members_on_duty(queue_id), self.overflows.now
        return self.forecast.wait(queue_id, length=length, head_wait=head_wait, agents=agents, now=now)
