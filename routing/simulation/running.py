"""One day under one rule: a heap of events, plain Python, no clock and no chance of its own."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass

from routing.simulation.day import Contact, Day, again, moved
from routing.simulation.floor import Case, Desk, Router
from routing.simulation.world import CHAT, VOICE

_MOVED_AFTER = 0.4
"""The share of the work that is done before it turns out that somebody else must do it."""


@dataclass(slots=True)
class Outcome:
    """What became of a day."""

    day: Day
    cases: list[Case]
    desks: list[Desk]
    closed_at: float
    """When the last customer had gone."""


Watch = Callable[[str, Case, Desk | None, float], None]
"""Is told what happens to a case: ``queued``, ``started``, ``left`` or ``ended``, and when."""


def run(day: Day, make_router: Callable[[Day, list[Desk]], Router], watch: Watch | None = None) -> Outcome:
    """Live through the day; afterwards everybody has been served or has given up."""
    return _Run(day, make_router, watch).all()


class _Run:
    def __init__(self, day: Day, make_router: Callable[[Day, list[Desk]], Router], watch: Watch | None) -> None:
        self.day, self.world = day, day.world
        self.watch = watch
        self.desks = [Desk(agent) for agent in day.agents]
        self.router = make_router(day, self.desks)
        self.cases: list[Case] = []
        self.heap: list[tuple[float, int, Callable[..., None], tuple[object, ...]]] = []
        self.order = 0
        self.now = 0.0
        self.timer = float("inf")

    def at(self, when: float, what: Callable[..., None], *about: object) -> None:
        self.order += 1
        heapq.heappush(self.heap, (when, self.order, what, about))

    def all(self) -> Outcome:
        for contact in self.day.contacts:
            self.at(contact.at, self.arrive, contact)
        for when, agent, length in self.day.breaks:
            self.at(when, self.call_to_break, self.desks[agent], length)
        for desk in self.desks:
            self.router.open(desk, 0.0)
        heap, router, pop = self.heap, self.router, heapq.heappop
        while heap:
            self.now, _, what, about = pop(heap)
            what(*about)
            due = router.next_due()
            if due is not None and due < self.timer:
                self.timer = max(due, self.now)
                self.at(self.timer, self.relax, self.timer)
        closed_at = max((case.ended for case in self.cases), default=0.0)
        for desk in self.desks:
            desk.settle(max(closed_at, desk.changed))
        return Outcome(self.day, self.cases, self.desks, closed_at)

    # -- customers ---------------------------------------------------------------------------------

    def arrive(self, contact: Contact) -> None:
        case = Case(len(self.cases), contact)
        self.cases.append(case)
        self.at(contact.at + contact.patience, self.give_up, case)
        self.tell("queued", case, None)
        self.enter(case)

    def enter(self, case: Case) -> None:
        case.waiting = True
        self.router.queue(case, self.now)
        self.offer(case)

    def offer(self, case: Case) -> None:
        desk = self.router.agent_for(case, self.now)
        if desk is not None:
            self.give(case, desk)
            self.fill(desk)

    def give_up(self, case: Case) -> None:
        if case.started >= 0 or case.ended >= 0:
            return
        case.ended = self.now
        if case.waiting:
            case.waiting = False
            self.router.drop(case, self.now)
        self.tell("left", case, None)
        later = again(self.world, case.contact, self.now) if self.world.retrials else None
        if later is not None:
            self.at(later.at, self.arrive, later)

    def relax(self, when: float) -> None:
        if when == self.timer:
            self.timer = float("inf")
        for case in self.router.due(self.now):
            if case.waiting:
                self.offer(case)

    # -- agents ------------------------------------------------------------------------------------

    def give(self, case: Case, desk: Desk) -> None:
        case.waiting = False
        self.router.drop(case, self.now)
        others = desk.chats
        desk.settle(self.now)
        if case.channel == VOICE:
            desk.calls += 1
        else:
            desk.chats += 1
        self.show(desk)
        if case.attempts < case.contact.missed:
            case.attempts += 1
            self.at(self.now + self.world.ring_seconds, self.ring_out, case, desk)
        else:
            self.start(case, desk, others)

    def start(self, case: Case, desk: Desk, others: int) -> None:
        case.started = self.now
        case.level = desk.levels[case.signature]
        desk.handled += 1
        seconds = case.contact.work * self.world.speed[case.level]
        if case.channel == CHAT:
            seconds *= 1.0 + self.world.chat_drag * others
        if case.contact.moves:
            seconds *= _MOVED_AFTER
        self.tell("started", case, desk)
        self.at(self.now + seconds, self.end, case, desk)

    def end(self, case: Case, desk: Desk) -> None:
        case.ended = self.now
        self.let_go(case, desk)
        self.tell("ended", case, desk)
        if case.contact.moves:
            self.arrive(moved(self.world, case.contact, self.now))
        self.has_room(desk)

    def ring_out(self, case: Case, desk: Desk) -> None:
        self.let_go(case, desk)
        if desk.calls or desk.chats:
            self.has_room(desk)
        else:
            self.leave(desk, self.world.away_seconds)
        if case.ended < 0:
            self.enter(case)

    def let_go(self, case: Case, desk: Desk) -> None:
        desk.settle(self.now)
        if case.channel == VOICE:
            desk.calls -= 1
        else:
            desk.chats -= 1
        desk.idle_since = self.now

    def has_room(self, desk: Desk) -> None:
        if desk.due_breaks:
            if not desk.calls and not desk.chats:
                self.leave(desk, desk.due_breaks.pop(0))
            return
        self.show(desk)
        self.fill(desk)

    def fill(self, desk: Desk) -> None:
        """Who has a chat may have room for more of them, and no longer needs to be left alone for calls."""
        while desk.has_any_room and not desk.due_breaks:
            case = self.router.case_for(desk, self.now)
            if case is None:
                return
            self.give(case, desk)

    def show(self, desk: Desk) -> None:
        if desk.has_any_room and not desk.due_breaks:
            self.router.open(desk, self.now)
        else:
            self.router.close(desk, self.now)

    def call_to_break(self, desk: Desk, length: float) -> None:
        if self.now > self.world.hours * 3600.0:
            return
        desk.due_breaks.append(length)
        if desk.away:
            return
        if desk.calls or desk.chats:
            self.router.close(desk, self.now)
        else:
            self.leave(desk, desk.due_breaks.pop(0))

    def leave(self, desk: Desk, length: float) -> None:
        desk.settle(self.now)
        desk.away = True
        self.router.close(desk, self.now)
        self.at(self.now + length, self.come_back, desk)

    def come_back(self, desk: Desk) -> None:
        desk.settle(self.now)
        desk.away = False
        desk.idle_since = self.now
        self.has_room(desk)

    def tell(self, what: str, case: Case, desk: Desk | None) -> None:
        if self.watch is not None:
            self.watch(what, case, desk, self.now)
