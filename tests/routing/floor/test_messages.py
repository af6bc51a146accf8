"""Messages beside calls, through any history: memory is what the rows say, and nobody holds more than there is room
for. Pure.

Facts come one by one, or several in one change; ends and hand-overs are written by the desk first, and heard of then.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from core.agent import LegEndReason, LegRole, Presence, ReservationState, WorkState
from core.event import Event
from core.events import (
    AcceptRequested,
    AgentPresenceChanged,
    AgentWorkChanged,
    CallLegAnswered,
    CallLegEnded,
    DeclineRequested,
    EndpointReachabilityChanged,
    InteractionClosed,
    InteractionQueued,
)
from core.ids import new_id
from core.interaction import Channel, EndReason, InteractionState, QueuedCause
from core.message_events import CustomerLeftConversation
from routing.engine.values import member_of
from routing.floor import deadlines, facts
from routing.floor.change import BehindError, Change
from routing.floor.decide import decide
from routing.floor.floor import Floor
from routing.floor.overflow import Overflows
from routing.floor.rows import Agent, Item, QueueRules, Reservation

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STEPS = 250
_CHANNELS = (Channel.VOICE, Channel.CHAT, Channel.CHAT, Channel.SMS, Channel.EMAIL)
_ROOM = 3
"""Messages at once, by the engine's policy."""


class History:
    """A floor with one queue, agents with and without phones, and what may happen there."""

    def __init__(self, seed: int, at_once: int) -> None:
        self.dice = random.Random(seed)
        self.at_once = at_once
        self.now = START
        self.heard: list[Event] = []
        self.most = 0
        wrap_up = self.dice.choice((0, 20))
        self.queue = QueueRules(new_id(), ring_all=self.dice.random() < 0.3, wrap_up_seconds=wrap_up)
        self.floor = Floor(queues={self.queue.id: self.queue}, overflows=Overflows({self.queue.id: ()}))
        for number in range(5):
            self.floor.put_agent(self._agent(number))
        self.agents = dict(self.floor.agents)
        self.items: dict[UUID, Item] = {}
        self.reservations: dict[UUID, Reservation] = {}
        self.steps: tuple[Callable[[], None], ...] = (
            self.arrive, self.arrive, self.arrive, self.accept, self.accept, self.accept, self.decline, self.leave,
            self.end_at_the_desk, self.end_at_the_desk, self.hand_over, self.change_presence,
            self.phone_comes_or_goes, self.let_time_pass, self.hang_up,
        )  # fmt: skip

    def _agent(self, number: int) -> Agent:
        channels = frozenset({"voice", "chat", "sms", "email"} if number else {"voice"})
        return Agent(
            id=new_id(), presence=Presence.AVAILABLE, presence_reason=None, presence_since=START,
            work_state=WorkState.IDLE, work_since=START, idle_since=START, version=1, reachable=number % 2 == 0,
            channels=channels, limits=(("chat", 2), ("email", 3), ("sms", 3)), queues=member_of([self.queue.id]),
        )  # fmt: skip

    def step(self) -> None:
        self.now += timedelta(seconds=self.dice.uniform(0.1, 6.0))
        for _ in range(self.at_once):
            self.dice.choice(self.steps)()
        self._hear_all()

    # -- what customers, phones and channels do ----------------------------------------------------

    def arrive(self) -> None:
        event = InteractionQueued(
            interaction_id=new_id(), channel=self.dice.choice(_CHANNELS), queue_id=self.queue.id, customer_id=new_id(),
            cause=QueuedCause.ARRIVED, queued_at=self.now, version=1,
        )  # fmt: skip
        self.items[event.interaction_id] = facts._item(event)
        self.heard.append(event)

    def accept(self) -> None:
        if (offer := self._one_that(ReservationState.PENDING)) is None:
            return
        if offer.is_message:
            self.heard.append(AcceptRequested(**_names(offer)))
        else:
            self.heard.append(CallLegAnswered(**_leg(offer)))

    def decline(self) -> None:
        if offer := self._one_that(ReservationState.PENDING):
            self.heard.append(DeclineRequested(**_names(offer)))

    def leave(self) -> None:
        if not self.items:
            return
        item = self.dice.choice(list(self.items.values()))
        if item.is_message:
            reason = self.dice.choice((EndReason.COMPLETED, EndReason.LOST))
            left = CustomerLeftConversation(interaction_id=item.id, conversation_id=new_id(), end_reason=reason)
            self.heard.append(left)
        else:
            leg = {"leg_id": item.id, "interaction_id": item.id, "role": LegRole.CUSTOMER}
            self.heard.append(CallLegEnded(**leg, reason=LegEndReason.HANGUP))

    def hang_up(self) -> None:
        talk = self._one_that(ReservationState.ACCEPTED)
        if talk is not None and not talk.is_message:
            self.heard.append(CallLegEnded(**_leg(talk), reason=LegEndReason.HANGUP))

    def phone_comes_or_goes(self) -> None:
        agent = self.dice.choice(list(self.agents.values()))
        reachable = self.dice.random() < 0.5
        self.agents[agent.id] = replace(agent, reachable=reachable)
        self.heard.append(EndpointReachabilityChanged(agent_id=agent.id, reachable=reachable, since=self.now))

    def let_time_pass(self) -> None:
        self._hear_all()
        self.now += timedelta(seconds=self.dice.choice((10, 30)))
        self._carry_out(lambda change: deadlines.sweep(change, self.now))

    # -- what the desk writes ----------------------------------------------------------------------

    def change_presence(self) -> None:
        agent = self.dice.choice(list(self.agents.values()))
        presence = self.dice.choice((Presence.AVAILABLE, Presence.AVAILABLE, Presence.OFFLINE))
        row = replace(agent.with_presence(presence, None, self.now), version=agent.version + 1)
        self.agents[agent.id] = row
        self.heard.append(
            AgentPresenceChanged(
                agent_id=agent.id, presence=presence, reason=None, since=self.now, version=row.version
            )
        )  # fmt: skip

    def end_at_the_desk(self) -> None:
        item = self._one_served(InteractionState.served())
        if item is None or item.agent_id is None:
            return
        del self.items[item.id]
        self.heard.append(
            InteractionClosed(
                interaction_id=item.id, queue_id=item.queue_id, agent_id=item.agent_id,
                end_reason=EndReason.COMPLETED, version=item.version + 1,
            )
        )  # fmt: skip
        self._take_off(item, item.agent_id)

    def hand_over(self) -> None:
        item = self._one_served({InteractionState.ACTIVE})
        if item is None or item.agent_id is None:
            return
        event = InteractionQueued(
            interaction_id=item.id, channel=item.channel, queue_id=item.queue_id, customer_id=item.customer_id,
            cause=QueuedCause.HANDED_OVER, queued_at=self.now, version=item.version + 1,
            priority_boost=item.priority_boost, excluded_agents=[item.agent_id],
        )  # fmt: skip
        self.items[item.id] = facts._item(event)
        self.heard.append(event)
        self._take_off(item, item.agent_id)

    def _take_off(self, item: Item, agent_id: UUID) -> None:
        assert item.reservation_id is not None
        reservation = self.reservations.pop(item.reservation_id)
        agent = self.agents[agent_id].with_load(item.channel.value, -1, self.now)
        row = self.agents[agent_id] = replace(agent, version=agent.version + 1, idle_since=self.now)
        assert reservation.agent_id == agent_id
        self.heard.append(
            AgentWorkChanged(
                agent_id=agent_id, work_state=row.work_state, since=row.work_since, interaction_id=row.interaction_id,
                wrap_up_until=row.wrap_up_until, load=dict(row.load), version=row.version,
            )
        )  # fmt: skip

    def _one_that(self, state: ReservationState) -> Reservation | None:
        found = [r for r in self.reservations.values() if r.state is state]
        return self.dice.choice(found) if found else None

    def _one_served(self, states: set[InteractionState] | frozenset[InteractionState]) -> Item | None:
        found = [item for item in self.items.values() if item.is_message and item.state in states]
        return self.dice.choice(found) if found else None

    # -- what the writer does ----------------------------------------------------------------------

    def _hear_all(self) -> None:
        events, self.heard = self.heard, []

        def rule(change: Change) -> None:
            for event in events:
                facts.apply(change, event, customer_is_up=True)

        self._carry_out(rule)

    def _carry_out(self, rule: Callable[[Change], None]) -> None:
        for _ in range(5):
            change = Change(self.floor, self.now, "test")
            try:
                rule(change)
                decide(change)
            except BehindError as behind:
                rule = self._read_again(change, rule, behind.agents)
                continue
            change.close_books()
            if not self._is_stale(change):
                self._write(change)
                return
            rule = self._read_again(change, rule, frozenset())
        pytest.fail("a change could not be committed")

    def _is_stale(self, change: Change) -> bool:
        """As the statement of ``routing.writer.commit`` finds it."""
        floor = self.floor
        items = any(
            item_id not in self.items or self.items[item_id].version != floor.items[item_id].version
            for item_id in change.items
        )
        written = [new for new in change.agents.values() if new.version != floor.agents[new.id].version]
        assert change.loaded <= {new.id for new in written}
        for new in written:
            assert new.id in change.loaded or new.load == floor.agents[new.id].load, "only these parts write a load"
        agents = any(self.agents[new.id].version != floor.agents[new.id].version for new in written)
        return items or agents or any(each not in self.reservations for each in change.settled if each in change.before
                                      and each not in change.offered)  # fmt: skip

    def _write(self, change: Change) -> None:
        for agent in change.agents.values():
            if agent.version != self.floor.agents[agent.id].version:
                self.agents[agent.id] = replace(agent, reachable=self.agents[agent.id].reachable)
        for item in change.items.values():
            self.items[item.id] = item
            if item.state is InteractionState.CLOSED:
                del self.items[item.id]
        for reservation in (*change.settled.values(), *change.offered.values()):
            self.floor.put_reservation(reservation)
            self.reservations[reservation.id] = reservation
            if reservation.released_at is not None:
                del self.reservations[reservation.id]
        for item in change.items.values():
            self.floor.put_item(item)
        for agent in change.agents.values():
            self.floor.put_agent(agent)

    def _read_again(
        self, change: Change, rule: Callable[[Change], None], more: frozenset[UUID]
    ) -> Callable[[Change], None]:
        items, agents = change.subjects()
        agents |= more
        found = [self.items[item_id] for item_id in items if item_id in self.items]
        held = [
            r for r in self.reservations.values()
            if r.interaction_id in items or (r.agent_id in agents and not r.is_message)
        ]  # fmt: skip
        self.floor.relearn(items, agents, found, [self.agents[agent_id] for agent_id in agents], held)

        def again(change: Change) -> None:
            change.woken_items |= items
            change.woken_agents |= agents
            rule(change)

        return again

    # -- what must hold ----------------------------------------------------------------------------

    def check(self) -> None:
        floor = self.floor
        assert set(floor.reservations) == set(self.reservations)
        assert {(i.id, i.version, i.state) for i in floor.items.values()} == {
            (i.id, i.version, i.state) for i in self.items.values()
        }
        calls = [r for r in floor.reservations.values() if not r.is_message]
        assert len({r.agent_id for r in calls}) == len(calls), "one call an agent"
        self._check_items()
        for agent in floor.agents.values():
            self._check_agent(agent, [r for r in floor.reservations.values() if r.agent_id == agent.id])
        self._check_nobody_waits_in_vain()

    def _check_items(self) -> None:
        for item in self.floor.items.values():
            held = [r for r in self.floor.reservations.values() if r.interaction_id == item.id]
            if item.state is InteractionState.QUEUED:
                assert held == []
            elif item.state is InteractionState.OFFERED:
                assert {r.state for r in held} == {ReservationState.PENDING}
                assert len(held) == 1 or not item.is_message
            else:
                assert [(r.id, r.agent_id) for r in held] == [(item.reservation_id, item.agent_id)]

    def _check_agent(self, agent: Agent, held: list[Reservation]) -> None:
        row = self.agents[agent.id]
        assert (row.version, row.presence, row.reachable) == (agent.version, agent.presence, agent.reachable)
        assert (row.work_state, row.interaction_id, row.load) == (agent.work_state, agent.interaction_id, agent.load)
        load = Counter(r.channel.value for r in held if r.is_message)
        assert dict(agent.load) == load
        self.most = max(self.most, sum(load.values()))
        assert sum(load.values()) <= _ROOM and load["chat"] <= 2
        call = next((r for r in held if not r.is_message), None)
        assert (agent.work_state is WorkState.IDLE) == (call is None)
        assert call is None or not load, "nothing beside a call"
        if agent.presence is Presence.OFFLINE and load:
            states = {self.floor.items[r.interaction_id].state for r in held if r.is_message}
            assert states == {InteractionState.WRAPPING}

    def _check_nobody_waits_in_vain(self) -> None:
        waiting = [i for i in self.floor.items.values() if i.state is InteractionState.QUEUED and not i.excluded]
        for agent in self.floor.agents.values():
            if not agent.is_free or not agent.reachable:
                continue
            assert agent.load or not any(not item.is_message for item in waiting), "somebody free for a caller"
        free = [agent for agent in self.floor.agents.values() if agent.is_free and "sms" in agent.channels]
        room = [agent for agent in free if sum(dict(agent.load).values()) < _ROOM]
        assert not room or not any(item.channel is Channel.SMS for item in waiting), "room for a message"


def _names(offer: Reservation) -> dict[str, UUID]:
    return {"reservation_id": offer.id, "interaction_id": offer.interaction_id, "agent_id": offer.agent_id}


def _leg(offer: Reservation) -> dict[str, UUID | LegRole]:
    return {**_names(offer), "leg_id": offer.id, "role": LegRole.AGENT}


@pytest.mark.parametrize("at_once", [1, 2, 6])
@pytest.mark.parametrize("seed", range(12))
def test_any_history(seed: int, at_once: int) -> None:
    history = History(seed, at_once)
    for _ in range(STEPS):
        history.step()
        history.check()
    assert history.most == _ROOM
