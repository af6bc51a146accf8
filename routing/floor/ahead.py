"""Customers who are called a moment before an agent is free for them. Pure; times are Unix seconds.

Only he is called so who is next of all whom the same agents could serve: he passes nobody when he answers, since he
keeps his place. One who becomes free while it rings is kept for him. Which agents will be free is not guessed from
averages alone: a wrap-up has an end that is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from math import exp
from uuid import UUID

from core.agent import WorkState
from core.events import InteractionDialledAhead, InteractionDialWithdrawn
from core.ids import ahead_call_id
from core.interaction import CUSTOMER_RINGS_SECONDS, InteractionState, Kind
from routing.floor.change import Change
from routing.floor.floor import Floor
from routing.floor.rows import Agent, Item, QueueRules

ANSWERS_WITHIN = 10.0
"""How long customers take to pick up, about: by then an agent has to be free."""
SURE = 0.8
"""From which chance on that somebody is, a customer is called;"""
DOUBTFUL = 0.5
"""and below which he is called no longer."""
_FORGOTTEN_SECONDS = CUSTOMER_RINGS_SECONDS + 15.0


@dataclass(frozen=True, slots=True)
class Order:
    """Call a customer now, or (``withdrawn``) no longer."""

    item_id: UUID
    call_id: UUID
    withdrawn: bool = False


@dataclass(slots=True)
class Ahead:
    """Whom the writer has had called. What a takeover forgets of it costs a withdrawal at most."""

    ringing: dict[UUID, tuple[UUID, float]] = field(default_factory=dict)
    """By item: its call, and when it was ordered."""
    _tried: set[UUID] = field(default_factory=set)
    """Calls of those who still wait: each is ordered once."""

    def orders(self, floor: Floor, next_in_line: Collection[tuple[UUID, int]], now: float) -> list[Order]:
        """What to do. ``next_in_line``: those before whom nobody is, each with who could serve him (a bitmap)."""
        self._forget(floor, now)
        likely = {item_id: _chance(floor, item_id, servers, now) for item_id, servers in next_in_line}
        slipped = [
            Order(item_id, call_id, withdrawn=True)
            for item_id, (call_id, _) in self.ringing.items()
            if floor.items[item_id].is_open and likely.get(item_id, 0.0) < DOUBTFUL
        ]
        calls = ((floor.items[item_id], chance) for item_id, chance in likely.items() if chance >= SURE)
        wanted = [Order(item.id, call_of(item)) for item, _ in calls if _may_be_called(item)]
        return slipped + [order for order in wanted if order.call_id not in self._tried]

    def note(self, orders: Iterable[Order], now: float) -> None:
        """These were given."""
        for order in orders:
            self._tried.add(order.call_id)
            if order.withdrawn:
                self.ringing.pop(order.item_id, None)
            else:
                self.ringing[order.item_id] = order.call_id, now

    def _forget(self, floor: Floor, now: float) -> None:
        """Whose call has come to its end."""
        for item_id, (call_id, since) in list(self.ringing.items()):
            item = floor.items.get(item_id)
            if item is None or not item.must_be_called or call_of(item) != call_id or now - since > _FORGOTTEN_SECONDS:
                del self.ringing[item_id]
        if self._tried:
            self._tried &= {call_of(item) for item in floor.items.values() if item.kind is Kind.CALLBACK}


def give(change: Change, orders: Iterable[Order]) -> None:
    """Carry out the orders that still fit."""
    for order in orders:
        item = change.item(order.item_id)
        if item is None or not _may_be_called(item) or call_of(item) != order.call_id:
            continue
        version = change.amend(item).version
        told = InteractionDialWithdrawn if order.withdrawn else InteractionDialledAhead
        change.events.append(told(interaction_id=item.id, call_id=order.call_id, version=version))
        change.note("dial withdrawn" if order.withdrawn else "customer dialled ahead", interaction_id=str(item.id))


def call_of(item: Item) -> UUID:
    """The call by which this one is dialled ahead, in his present attempt."""
    return ahead_call_id(item.id, item.attempts)


def may_be_called(item: Item | None, queue: QueueRules | None) -> bool:
    """Whether one who is next could be called ahead."""
    return item is not None and queue is not None and queue.dials_ahead and _may_be_called(item)


def _may_be_called(item: Item) -> bool:
    waits = item.state is InteractionState.QUEUED and item.rests_until is None
    return waits and item.must_be_called and item.kind is Kind.CALLBACK


def _chance(floor: Floor, item_id: UUID, servers: int, now: float) -> float:
    item = floor.items.get(item_id)
    if item is None or not may_be_called(item, floor.queues.get(item.queue_id)):
        return 0.0
    busy = 1.0
    for agent_id in floor.engine.among(servers):
        busy *= 1.0 - _is_free_soon(floor, floor.agents[agent_id], now)
    return 1.0 - busy


def _is_free_soon(floor: Floor, agent: Agent, now: float) -> float:
    """The chance that an agent is free when the customer answers. A wrap-up ends when its time is over, if not before;
    a talk without one after it ends at any moment alike. Who is being rung will be busy."""
    if not agent.is_on_duty:
        return 0.0
    if agent.work_state is WorkState.WRAPPING and agent.wrap_up_until is not None:
        return 1.0 if agent.wrap_up_until.timestamp() - now <= ANSWERS_WITHIN else 0.0
    work = floor.items.get(agent.interaction_id) if agent.interaction_id else None
    queue = floor.queues.get(work.queue_id) if work else None
    if agent.work_state is not WorkState.ENGAGED or queue is None or queue.wrap_up_seconds:
        return 0.0
    return 1.0 - exp(-ANSWERS_WITHIN / floor.forecast.handling(queue.id))
