"""One term of office: from the election until the epoch is raised or the session is lost.

Facts come in, one change each goes out. All of it runs under one lock, so that the floor in memory never changes
while a commit is under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar
from uuid import UUID

from core import clock
from core.db import Publisher
from core.event import Event
from core.events import ConfigurationChanged
from core.interactions import Opening
from core.logs import logger
from routing.floor import ahead, deadlines, facts
from routing.floor.change import BehindError, Change
from routing.floor.decide import decide
from routing.floor.floor import Floor
from routing.writer import load
from routing.writer.commit import commit
from routing.writer.hearing import Hearing, Rule
from routing.writer.rebuild import rebuild
from routing.writer.session import DeposedError, SessionLostError, StaleError, WriterSession

log = logger(__name__)

_ATTEMPTS = 5
T = TypeVar("T")


class Term:
    """Decides for a domain in one epoch."""

    def __init__(self, session: WriterSession, domain: str, epoch: int, publisher: Publisher) -> None:
        self.floor = Floor()
        self.epoch = epoch
        self._session = session
        self._domain = domain
        self._publisher = publisher
        self._hearing = Hearing(self, session, domain)
        self._lock = asyncio.Lock()
        self.is_rebuilding = False
        self._must_rebuild = False
        """Whether a change was given up: the next sweep reads everything, and hears the facts again."""

    async def handle(self, events: Sequence[Event]) -> None:
        """React to what the bus brought. Raises ``DeposedError`` or ``SessionLostError``: the term is over."""
        if any(isinstance(event, ConfigurationChanged) for event in events):
            await self.rebuild()
        async with self._lock:
            await self._hearing.follow(events)

    async def carry(self, opening: Opening) -> bool:
        """Write an interaction together with the decision about it; see ``core.ports.Carrier``.

        Only while an agent is free and nothing else is being decided: whoever has to wait anyway is written by his
        finder, beside the decisions. A fault of ours costs a rebuild, not the arrival. Raises as ``handle``.
        """
        engine = self.floor.engine
        if self._lock.locked() or not engine.free or not engine.has_room(opening.queued.channel):
            return False
        if self.floor.knows(opening.queued.interaction_id):
            return False
        async with self._lock:
            change = Change(self.floor, clock.now(), "arrived")
            change.carried = opening
            try:
                announced = await self._carry(change, opening)
            except (StaleError, BehindError) as stale:
                log.info("an arrival could not be carried", why=str(stale))
                await self._learn_without(change, opening)
                return False
            except (SessionLostError, DeposedError):
                raise
            except Exception:
                log.exception("an arrival could not be carried, rebuilding", interaction_id=str(opening.row["id"]))
                await self.start_anew()
                return False
            except BaseException:
                self._must_rebuild = True
                raise
            await self._publisher.publish(announced)
            self._keep(change)
            return True

    async def _carry(self, change: Change, opening: Opening) -> list[tuple[int, Event]]:
        facts.apply(change, opening.queued)
        decide(change)
        return await commit(self._session, self._domain, self.epoch, change)

    async def _learn_without(self, change: Change, opening: Opening) -> None:
        """Memory was behind: read what the decision was about, but for the interaction that is not written yet."""
        items, agents = change.subjects()
        self.floor.unlearn_item(opening.queued.interaction_id)
        rule = await self.read_again(lambda _: None, items - {opening.queued.interaction_id}, agents)
        await self.carry_out(rule, "memory was behind an arrival")

    async def sweep(self) -> None:
        """End what is overdue."""
        async with self._lock:
            if self._must_rebuild:
                await self.start_anew()
            now = clock.now()
            self.floor.retell(now)
            if deadlines.any_due(self.floor, now):
                await self.carry_out(lambda change: deadlines.sweep(change, now), "deadline passed")

    def next_opening(self) -> float | None:
        """Seconds until ``open_up`` has something to do; None: not before anything happens."""
        times = (self.floor.next_opening(), self.floor.engine.next_timer())
        due = min((time for time in times if time is not None), default=None)
        return None if due is None else due - clock.now().timestamp()

    async def open_up(self) -> None:
        """Offer what waits to more agents of its queue, or to members of other queues, where it is time to."""
        async with self._lock:
            if deadlines.opens(self.floor, clock.now()):
                await self.carry_out(lambda _: None, "waited long enough")

    async def call_ahead(self, orders: Sequence[ahead.Order]) -> None:
        """Have customers called for whom agents are forecast free, or called no longer."""
        async with self._lock:
            await self.carry_out(lambda change: ahead.give(change, orders), "agents forecast")

    async def undisturbed(self, look: Callable[[], Awaitable[T]]) -> T:
        """Look at something while nothing is decided."""
        async with self._lock:
            return await look()

    async def rebuild(self) -> None:
        """Forget everything, read the tables, tell again what was missed, offer what can be offered."""
        self.is_rebuilding = True
        try:
            async with self._lock:
                await self.start_anew()
        finally:
            self.is_rebuilding = False

    async def start_anew(self) -> None:
        """Rebuild, for who holds the lock."""
        self._must_rebuild = False
        for _ in range(_ATTEMPTS):
            if await rebuild(self, self._hearing, self._session, self._domain):
                break
        else:
            self._must_rebuild = True
        log.info(
            "floor rebuilt", waiting=self.floor.engine.waiting, free=self.floor.engine.free, epoch=self.epoch,
            live=len(self.floor.items),
        )  # fmt: skip

    async def carry_out(self, rule: Rule, cause: str) -> None:
        """Apply a rule, decide, commit. When memory was behind, read again what it was about and repeat."""
        for _ in range(_ATTEMPTS):
            behind = await self.attempt(rule, cause)
            if behind is None:
                return
            rule = await self.read_again(rule, *behind)
        log.error("a change could not be committed, rebuilding soon", cause=cause)
        self._must_rebuild = True

    async def attempt(self, rule: Rule, cause: str) -> tuple[set[UUID], set[UUID]] | None:
        """One attempt; None when it went well, else the interactions and agents to read again."""
        change = Change(self.floor, clock.now(), cause)
        try:
            rule(change)
            decide(change)
            announced = await commit(self._session, self._domain, self.epoch, change) if change else []
        except StaleError as stale:
            log.info("memory was behind", cause=cause, why=str(stale))
            return change.subjects()
        except BehindError as behind:
            items, agents = change.subjects()
            return items, agents | behind.agents
        if announced:
            await self._publisher.publish(announced)
        self._keep(change)
        return None

    async def read_again(self, rule: Rule, items: set[UUID], agents: set[UUID]) -> Rule:
        """Learn the rows anew; the rule returned decides about them too."""
        rows = await load.some(self._session, self._domain, items, agents)
        self.floor.relearn(items, agents, rows.items, rows.agents, rows.reservations)

        def again(change: Change) -> None:
            change.woken_items |= items
            change.woken_agents |= agents
            rule(change)

        return again

    def _keep(self, change: Change) -> None:
        for reservation in (*change.settled.values(), *change.offered.values()):
            self.floor.put_reservation(reservation)
        for item in change.items.values():
            self.floor.put_item(item)
        for agent in change.agents.values():
            self.floor.put_agent(agent)
        for message, fields in change.log:
            log.info(message, cause=change.cause, **fields)
