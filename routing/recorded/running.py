"""A recorded day, lived through under a configuration: engine and overflow of production, on recorded customers.

What an agent does is as it was recorded of him: when he is on duty, how soon he answers, how long he takes. Pure.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from core.agent import ReservationState
from routing.engine.matcher import Engine
from routing.engine.values import Decision
from routing.floor.forecast import Forecast
from routing.floor.occupancy import RETELL_SECONDS
from routing.floor.offers import DECLINE_LASTS
from routing.floor.overflow import Overflows
from routing.recorded.day import LIVE, Staffer
from routing.recorded.desk import Case, Desk, Offer
from routing.recorded.script import Script
from routing.recorded.setting import Setting

_ROUNDS = 1000
_NEVER = float("inf")


@dataclass(slots=True)
class Outcome:
    """What became of the day."""

    setting: Setting
    cases: list[Case]
    desks: list[Desk]


def run(script: Script, setting: Setting, staff: Sequence[Staffer] | None = None) -> Outcome:
    """Live through the day. ``staff``: who is on duty, if not who was.

    Contacts of queues, and agents, that the configuration does not have are left out.
    """
    return _Run(script, setting, script.day.staff if staff is None else staff).all()


class _Run:
    def __init__(self, script: Script, setting: Setting, staff: Sequence[Staffer]) -> None:
        self.script, self.setting = script, setting
        self.staff = [staffer for staffer in staff if staffer.code in setting.agents]
        self.engine = Engine(setting.policy)
        self.overflows = Overflows({rules.id: rules.overflow for rules in setting.queues.values()})
        self.has_overflow = any(rules.overflow for rules in setting.queues.values())
        self.forecast = Forecast()
        self.rules = {rules.id: rules for rules in setting.queues.values()}
        self.desks = {agent.id: Desk(code, agent) for code, agent in setting.agents.items()}
        fates = [fate for fate in script.fates if fate.contact.queue in setting.queues]
        self.cases = [Case(number, fate, setting) for number, fate in enumerate(fates)]
        self.by_id = {case.item.id: case for case in self.cases}
        self.heap: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self.order = 0
        self.now = self.retold = 0.0
        self.tick = _NEVER

    def at(self, when: float, what: Callable[..., None], *about: object) -> None:
        if when < _NEVER:
            self.order += 1
            heapq.heappush(self.heap, (when, self.order, what, about))

    def all(self) -> Outcome:
        for staffer in self.staff:
            desk = self.desks[self.setting.agents[staffer.code].id]
            for since, until in staffer.duty:
                self.at(since, self.come, desk)
                self.at(until, self.go, desk)
        for case in self.cases:
            self.at(case.at, self.arrive, case)
        heap, pop = self.heap, heapq.heappop
        while heap:
            self.now, _, what, about = pop(heap)
            what(*about)
            self.set_timer()
        on_duty = {staffer.code for staffer in self.staff}
        return Outcome(self.setting, self.cases, [desk for desk in self.desks.values() if desk.code in on_duty])

    # -- customers -------------------------------------------------------------------------------

    def arrive(self, case: Case) -> None:
        case.waiting = True
        self.at(case.at + case.fate.patience, self.give_up, case)
        if case.item.demanded is not None and case.fate.contact.demanded_for is not None:
            self.at(case.at + case.fate.contact.demanded_for, self.open_up, case)
        self.mirror(case)
        self.decide(items=(case.item.id,))

    def open_up(self, case: Case) -> None:
        """Not only those who were asked for may serve it from now on."""
        case.item = replace(case.item, demanded=None)
        self.show_again(case)

    def give_up(self, case: Case) -> None:
        if case.answered or case.ended >= 0:
            return
        case.ended = self.now
        if case.waiting:
            self.wait_no_longer(case)
            self.decide()
        elif case.desk is not None:
            desk = self.withdraw(case, ReservationState.RESCINDED)
            self.show(desk)
            self.decide(agents=(desk.agent.id,))

    def mirror(self, case: Case) -> None:
        """Bring the engine in line with somebody who waits."""
        item = case.item
        also = self.overflows.enter(item.id, item.queue_id, case.at)
        service = self.setting.services.of(item.tier, item.credit_grade)
        self.engine.put_item(item.waiting(self.rules[item.queue_id], service, also))

    def wait_no_longer(self, case: Case) -> None:
        case.waiting = False
        self.engine.drop_item(case.item.id)
        self.overflows.leave(case.item.id)

    # -- offers ----------------------------------------------------------------------------------

    def offer(self, decision: Decision | None) -> None:
        if decision is None:
            return
        case, desk = self.by_id[decision.item_id], self.desks[decision.agent_id]
        self.engine.take(decision)
        self.overflows.leave(case.item.id)
        case.waiting, case.desk, case.busy_from = False, desk, self.now
        desk.settle(self.now)
        desk.load[case.item.channel.value] += 1
        self.show(desk)
        rings = case.fate.contact.rings
        case.attempts += 1
        if case.attempts <= len(rings):
            most = float(self.rules[case.item.queue_id].ring_seconds)
            seconds = min(rings[case.attempts - 1].seconds, most)
            self.at(self.now + seconds, self.ring_out, case, case.attempts)
        else:
            self.at(self.now + case.fate.ring, self.answer, case, case.attempts)
        self.shrink()

    def ring_out(self, case: Case, attempt: int) -> None:
        """The offer came to nothing: to the next agent, in the old place."""
        if case.ended >= 0 or attempt != case.attempts:
            return
        ring = case.fate.contact.rings[attempt - 1]
        desk = self.withdraw(case, ReservationState.REJECTED if ring.declined else ReservationState.EXPIRED)
        if ring.declined:
            case.item = replace(case.item, excluded=case.item.excluded | {desk.agent.id})
            self.at(self.now + DECLINE_LASTS.total_seconds(), self.exclude_nobody, case)
        elif ring.away:
            desk.away += 1
            self.at(self.now + ring.away, self.come_back, desk)
        self.show(desk)
        case.waiting = True
        self.mirror(case)
        self.decide(items=(case.item.id,), agents=(desk.agent.id,))

    def withdraw(self, case: Case, state: ReservationState) -> Desk:
        """Take the case from its desk, that has not worked: its agent keeps his place among the idle."""
        desk, case.desk = case.desk, None
        assert desk is not None
        case.offers.append(Offer(desk.code, case.busy_from, self.now, state))
        desk.settle(self.now)
        desk.load[case.item.channel.value] -= 1
        return desk

    def exclude_nobody(self, case: Case) -> None:
        case.item = replace(case.item, excluded=frozenset())
        self.show_again(case)

    def show_again(self, case: Case) -> None:
        if case.waiting:
            self.mirror(case)
            self.decide(items=(case.item.id,))

    # -- agents ----------------------------------------------------------------------------------

    def answer(self, case: Case, attempt: int) -> None:
        if case.ended >= 0 or attempt != case.attempts or case.desk is None:
            return
        fate, code = case.fate, case.desk.code
        case.started = self.now
        case.offers.append(Offer(code, case.busy_from, self.now, ReservationState.ACCEPTED))
        queue = fate.contact.queue
        pace = self.script.paces.of(code, queue) * (1.0 if code == fate.contact.agent else fate.stray)
        case.talk = fate.talk * pace
        case.wrap = min(fate.wrap * pace, float(self.setting.queues[queue].wrap_up_seconds))
        if fate.contact.kind == LIVE:
            self.forecast.answered(case.item.queue_id, case.wait, self.now)
        self.at(self.now + case.talk + case.wrap, self.end, case)

    def end(self, case: Case) -> None:
        desk = case.desk
        assert desk is not None
        case.ended, case.released = case.started + case.talk, self.now
        self.forecast.handled(case.item.queue_id, self.now - case.busy_from)
        desk.settle(self.now)
        desk.load[case.item.channel.value] -= 1
        desk.idle_since = self.now
        self.show(desk)
        self.decide(agents=(desk.agent.id,))

    def come(self, desk: Desk) -> None:
        desk.settle(self.now)
        desk.on_duty = True
        self.begin(desk)

    def come_back(self, desk: Desk) -> None:
        desk.settle(self.now)
        desk.away -= 1
        self.begin(desk)

    def begin(self, desk: Desk) -> None:
        if desk.is_there and not desk.is_busy:
            desk.idle_since = self.now
        self.show(desk)
        self.decide(agents=(desk.agent.id,))

    def go(self, desk: Desk) -> None:
        desk.settle(self.now)
        desk.on_duty = False
        self.show(desk)
        self.decide()

    def show(self, desk: Desk) -> None:
        """Bring the engine in line with an agent."""
        desk.turn(self.now)
        if not desk.is_there:
            self.engine.leave(desk.agent.id)
        elif desk.has_room(self.setting.policy.capacity):
            self.engine.put_agent(desk.seen(self.now))
        else:
            self.engine.put_busy(desk.seen(self.now))

    # -- decisions, in the order of ``routing.floor.decide`` --------------------------------------

    def decide(self, items: Sequence[UUID] = (), agents: Sequence[UUID] = ()) -> None:
        engine = self.engine
        self.retell()
        self.shrink()
        for agent_id in engine.free_among(agents):
            while engine.waiting and engine.is_free(agent_id):
                decision = engine.choose_item(agent_id, self.now)
                self.offer(decision)
                if decision is None:
                    break
        self.ask_for_the_opened()
        self.ask(engine.waiting_among(items, self.now))
        if self.has_overflow:
            turned = self.overflows.advance(self.now, self.estimated_wait)
            self.mirror_again(turned)
            self.ask(engine.waiting_among(turned, self.now))
        self.ask_for_the_opened()

    def ask(self, item_ids: Iterable[UUID]) -> None:
        for item_id in item_ids:
            self.offer(self.engine.choose_agent(item_id, self.now))

    def ask_for_the_opened(self) -> None:
        for _ in range(_ROUNDS):
            opened = self.engine.relax(self.now)
            if not opened:
                return
            self.ask(self.engine.waiting_among(opened, self.now))

    def shrink(self) -> None:
        if self.has_overflow:
            self.mirror_again(self.overflows.shrink())

    def mirror_again(self, item_ids: Iterable[UUID]) -> None:
        for item_id in item_ids:
            self.mirror(self.by_id[item_id])

    def estimated_wait(self, queue_id: UUID, length: int, head_wait: float) -> float:
        agents = self.engine.members_on_duty(queue_id)
        return self.forecast.wait(queue_id, length=length, head_wait=head_wait, agents=agents, now=self.now)

    def retell(self) -> None:
        """Who stays idle has been at work less and less of his time, which the engine must be told."""
        if self.now - self.retold >= RETELL_SECONDS:
            self.retold = self.now
            for desk in self.desks.values():
                if self.engine.is_free(desk.agent.id):
                    self.engine.put_agent(desk.seen(self.now))

    def set_timer(self) -> None:
        moments = [self.engine.next_timer(), self.overflows.next_moment() if self.has_overflow else None]
        due = max(self.now, min((each for each in moments if each is not None), default=_NEVER))
        if due < self.tick:
            self.tick = due
            self.at(due, self.ring_timer, due)

    def ring_timer(self, when: float) -> None:
        if when == self.tick:
            self.tick = _NEVER
        self.decide()
