"""A queue that rings at all, through any history: nobody is held twice, and what rings belongs together. Pure.

Facts come one by one, or several in one change; whatever that does to an agent must be in his row.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from core.agent import LegEndReason, LegRole, Presence, ReservationState, WorkState
from core.event import Event
from core.events import (
    AgentPresenceChanged,
    CallLegAnswered,
    CallLegEnded,
    CallLegFailed,
    DeclineRequested,
    EndpointReachabilityChanged,
    InteractionQueued,
)
from core.ids import new_id
from core.interaction import Channel, InteractionState, QueuedCause
from routing.engine.values import member_of
from routing.floor import deadlines, facts
from routing.floor.change import BehindError, Change
from routing.floor.decide import decide
from routing.floor.floor import Floor
from routing.floor.overflow import Overflows
from routing.floor.rows import Agent, QueueRules, Reservation

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
STEPS = 300
_REASONS = (LegEndReason.NO_ANSWER, LegEndReason.DECLINED, LegEndReason.BUSY, LegEndReason.CLAIM_LOST)


class History:
    """A floor with one queue that rings at all, and what may happen there."""

    def __init__(self, seed: int, at_once: int = 1) -> None:
        self.at_once = at_once
        self.heard: list[Event] = []
        self.dice = random.Random(seed)
        self.now = START
        self.queue = QueueRules(new_id(), ring_all=True, wrap_up_seconds=0, ring_seconds=20)
        self.floor = Floor(queues={self.queue.id: self.queue}, overflows=Overflows({self.queue.id: ()}))
        for _ in range(5):
            self.floor.put_agent(self._agent())
        self.steps = (
            self.arrive, self.arrive, self.answer, self.answer, self.fail, self.decline, self.leave, self.hang_up,
            self.change_presence, self.phone_comes_or_goes, self.let_time_pass,
        )  # fmt: skip
        self.rows = dict(self.floor.agents)
        """As the table has them."""

    def _agent(self) -> Agent:
        return Agent(
            id=new_id(), presence=Presence.AVAILABLE, presence_reason=None, presence_since=START,
            work_state=WorkState.IDLE, work_since=START, idle_since=START, version=1, reachable=True,
            channels=frozenset({"voice"}), queues=member_of([self.queue.id]),
        )  # fmt: skip

    def step(self) -> None:
        self.now += timedelta(seconds=self.dice.uniform(0.1, 8.0))
        for _ in range(self.at_once):
            self.dice.choice(self.steps)()
        self._hear_all()

    def arrive(self) -> None:
        self._hear(
            InteractionQueued(
                interaction_id=new_id(), channel=Channel.VOICE, queue_id=self.queue.id, customer_id=new_id(),
                cause=QueuedCause.ARRIVED, queued_at=self.now, version=1,
            )
        )  # fmt: skip

    def answer(self) -> None:
        if offer := self._one_that(ReservationState.PENDING):
            self._hear(CallLegAnswered(**self._leg(offer)))

    def fail(self) -> None:
        if offer := self._one_that(ReservationState.PENDING):
            self._hear(CallLegFailed(**self._leg(offer), reason=self.dice.choice(_REASONS)))

    def decline(self) -> None:
        if offer := self._one_that(ReservationState.PENDING):
            names = {"interaction_id": offer.interaction_id, "agent_id": offer.agent_id}
            self._hear(DeclineRequested(reservation_id=offer.id, **names))

    def leave(self) -> None:
        if self.floor.items:
            item = self.dice.choice(list(self.floor.items))
            names = {"leg_id": item, "interaction_id": item, "role": LegRole.CUSTOMER}
            self._hear(CallLegEnded(**names, reason=LegEndReason.HANGUP))

    def hang_up(self) -> None:
        if talk := self._one_that(ReservationState.ACCEPTED):
            reason = self.dice.choice((LegEndReason.HANGUP, LegEndReason.HANGUP, LegEndReason.LOST))
            self._hear(CallLegEnded(**self._leg(talk), reason=reason))

    def change_presence(self) -> None:
        agent = self.dice.choice(list(self.rows.values()))
        presence = self.dice.choice((Presence.AVAILABLE, Presence.AVAILABLE, Presence.OFFLINE))
        row = replace(agent.with_presence(presence, None, self.now), version=agent.version + 1)
        self.rows[agent.id] = row
        self._hear(
            AgentPresenceChanged(
                agent_id=agent.id, presence=presence, reason=None, since=self.now, version=row.version
            )
        )  # fmt: skip

    def phone_comes_or_goes(self) -> None:
        agent = self.dice.choice(list(self.rows.values()))
        reachable = self.dice.random() < 0.8
        self.rows[agent.id] = replace(agent, reachable=reachable)
        self._hear(EndpointReachabilityChanged(agent_id=agent.id, reachable=reachable, since=self.now))

    def let_time_pass(self) -> None:
        self._hear_all()
        self.now += timedelta(seconds=30)
        self._carry_out(lambda change: deadlines.sweep(change, self.now))

    def _one_that(self, state: ReservationState) -> Reservation | None:
        found = [r for r in self.floor.reservations.values() if r.state is state]
        return self.dice.choice(found) if found else None

    @staticmethod
    def _leg(offer: Reservation) -> dict[str, UUID | LegRole]:
        return {
            "leg_id": offer.id, "interaction_id": offer.interaction_id, "reservation_id": offer.id,
            "agent_id": offer.agent_id, "role": LegRole.AGENT,
        }  # fmt: skip

    def _hear(self, event: Event) -> None:
        self.heard.append(event)

    def _hear_all(self) -> None:
        events, self.heard = self.heard, []

        def rule(change: Change) -> None:
            for event in events:
                facts.apply(change, event, customer_is_up=True)

        self._carry_out(rule)

    def _carry_out(self, rule) -> None:  # type: ignore[no-untyped-def]
        change = Change(self.floor, self.now, "test")
        try:
            rule(change)
            decide(change)
        except BehindError:
            self._read_again(change)
            self._carry_out(rule)
            return
        change.close_books()
        for agent in change.agents.values():
            if agent.version != self.floor.agents[agent.id].version:
                assert self.rows[agent.id].version == self.floor.agents[agent.id].version, "the change would be stale"
                self.rows[agent.id] = replace(agent, reachable=self.rows[agent.id].reachable)
        for reservation in (*change.settled.values(), *change.offered.values()):
            self.floor.put_reservation(reservation)
        for item in change.items.values():
            self.floor.put_item(item)
        for agent in change.agents.values():
            self.floor.put_agent(agent)

    def _read_again(self, change: Change) -> None:
        items, agents = change.subjects()
        found = [self.floor.items[item_id] for item_id in items if item_id in self.floor.items]
        held = [r for r in self.floor.reservations.values() if r.interaction_id in items or r.agent_id in agents]
        self.floor.relearn(items, agents, found, [self.rows[agent_id] for agent_id in agents], held)

    # -- what must hold --------------------------------------------------------------------------

    def check(self) -> None:
        live = list(self.floor.reservations.values())
        assert len({r.agent_id for r in live}) == len(live), "an agent is held by one interaction at most"
        by_item: dict[UUID, list[Reservation]] = {}
        for reservation in live:
            by_item.setdefault(reservation.interaction_id, []).append(reservation)
        assert set(by_item) <= set(self.floor.items)
        for item in self.floor.items.values():
            held = by_item.get(item.id, [])
            states = [r.state for r in held]
            if item.state is InteractionState.OFFERED:
                assert held and set(states) == {ReservationState.PENDING}
                assert len(held) == 1 or all(r.together for r in held)
                assert item.reservation_id in {r.id for r in held}
            elif item.state is InteractionState.ACTIVE:
                assert states == [ReservationState.ACCEPTED]
                assert (item.reservation_id, item.agent_id) == (held[0].id, held[0].agent_id)
            else:
                assert held == []
        self._check_agents({r.agent_id: r for r in live})

    def _check_agents(self, held: dict[UUID, Reservation]) -> None:
        for agent in self.floor.agents.values():
            reservation = held.get(agent.id)
            assert (agent.work_state is WorkState.IDLE) == (reservation is None)
            assert agent.interaction_id == (reservation.interaction_id if reservation else None)
            row = self.rows[agent.id]
            assert (row.work_state, row.interaction_id) == (agent.work_state, agent.interaction_id)
            assert (row.version, row.presence, row.reachable) == (agent.version, agent.presence, agent.reachable)
        if any(agent.is_free for agent in self.floor.agents.values()):
            waiting = [i for i in self.floor.items.values() if i.state is InteractionState.QUEUED and not i.excluded]
            assert not waiting, "nobody free while somebody waits whom he may serve"


@pytest.mark.parametrize("at_once", [1, 2, 5])
@pytest.mark.parametrize("seed", range(12))
def test_any_history(seed: int, at_once: int) -> None:
    history, rang_at_several = History(seed, at_once), False
    for _ in range(STEPS):
        history.step()
        history.check()
        rang_at_several |= any(r.together for r in history.floor.reservations.values())
    assert rang_at_several
