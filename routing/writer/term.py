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
from core.agent import LegEndReason, ReservationState
from core.db import Publisher
from core.events import (
    CallLegAnswered,
    CallLegEnded,
    ConfigurationChanged,
    CustomerTierChanged,
    Event,
    InteractionRevised,
)
from core.interactions import Opening
from core.logs import logger
from routing.floor import calls, deadlines, facts
from routing.floor.change import Change
from routing.floor.decide import decide
from routing.floor.floor import Floor
from routing.floor.staffing import BehindError
from routing.writer import load
from routing.writer.commit import commit
from routing.writer.rebuild import rebuild
from routing.writer.session import DeposedError, SessionLostError, StaleError, WriterSession

log = logger(__name__)

_ATTEMPTS = 5
_TOGETHER = 50
"""Facts in one change at most."""
Rule = Callable[[Change], None]
T = TypeVar("T")


class Term:
    """Decides for a domain in one epoch."""

    def __init__(self, session: WriterSession, domain: str, epoch: int, publisher: Publisher) -> None:
        self.floor = Floor()
        self.epoch = epoch
        self._session = session
        self._domain = domain
        self._publisher = publisher
        self._lock = asyncio.Lock()
        self.is_rebuilding = False
        self._must_rebuild = False
        """Whether a change was given up: the next sweep reads everything, and hears the facts again."""

    async def handle(self, events: Sequence[Event]) -> None:
        """React to what the bus brought. Raises ``DeposedError`` or ``SessionLostError``: the term is over.

        Facts that came together are one change and one commit: the busier it is, the more each commit carries.
        """
        if any(isinstance(event, ConfigurationChanged) for event in events):
            await self.rebuild()
        async with self._lock:
            run: list[Event] = []
            for event in events:
                if not isinstance(event, facts.FACTS):
                    continue
                if self._needs_look(event) or len(run) == _TOGETHER:
                    await self._react_together(run)
                    run = []
                if self._needs_look(event):
                    await self._react_or_rebuild(event)
                else:
                    run.append(event)
            await self._react_together(run)

    async def carry(self, opening: Opening) -> bool:
        """Write an interaction together with the decision about it; see ``core.ports.Carrier``.

        Only while an agent is free and nothing else is being decided: whoever has to wait anyway is written by his
        finder, beside the decisions. A fault of ours costs a rebuild, not the arrival. Raises as ``handle``.
        """
        if self._lock.locked() or not self.floor.engine.free:
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
                await self._rebuild()
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
        rule = await self._reload(lambda _: None, items - {opening.queued.interaction_id}, agents)
        await self.carry_out(rule, "memory was behind an arrival")

    def _needs_look(self, event: Event) -> bool:
        """Whether the tables must be asked before the fact means anything."""
        if isinstance(event, CustomerTierChanged | InteractionRevised):
            return True
        if isinstance(event, CallLegEnded):
            return event.reservation_id is not None and event.reason is not LegEndReason.HANGUP
        return self.is_late(event)

    def is_late(self, event: Event) -> bool:
        """Whether an answer is one to an offer that is over."""
        return isinstance(event, CallLegAnswered) and event.reservation_id not in self.floor.reservations

    async def _react_together(self, events: list[Event]) -> None:
        """One change for all; when that fails, each by itself."""
        if len(events) > 1:
            changes: list[Change] = []

            def rule(change: Change) -> None:
                changes.append(change)
                for event in events:
                    facts.apply(change, event)

            try:
                await self.carry_out(rule, " ".join(dict.fromkeys(event.name for event in events)))
                return
            except (SessionLostError, DeposedError):
                raise
            except Exception:
                log.exception("facts could not be followed together", count=len(events))
            woken = [item_id for change in changes for item_id in change.woken_items]
            await self.carry_out(lambda change: change.woken_items.update(woken), "facts one by one")
        for event in events:
            await self._react_or_rebuild(event)

    async def _react_or_rebuild(self, event: Event) -> None:
        """A fault of ours in one event costs a rebuild, not the term."""
        try:
            await self.react(event)
        except (SessionLostError, DeposedError):
            raise
        except Exception:
            log.exception("an event could not be followed, rebuilding", event_name=event.name, event_id=str(event.id))
            await self._rebuild()

    async def sweep(self) -> None:
        """End what is overdue."""
        async with self._lock:
            if self._must_rebuild:
                await self._rebuild()
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

    async def undisturbed(self, look: Callable[[], Awaitable[T]]) -> T:
        """Look at something while nothing is decided."""
        async with self._lock:
            return await look()

    async def rebuild(self) -> None:
        """Forget everything, read the tables, tell again what was missed, offer what can be offered."""
        self.is_rebuilding = True
        try:
            async with self._lock:
                await self._rebuild()
        finally:
            self.is_rebuilding = False

    async def _rebuild(self) -> None:
        self._must_rebuild = False
        for _ in range(_ATTEMPTS):
            if await rebuild(self, self._session, self._domain):
                break
        else:
            self._must_rebuild = True
        log.info(
            "floor rebuilt", waiting=self.floor.engine.waiting, free=self.floor.engine.free, epoch=self.epoch,
            live=len(self.floor.items),
        )  # fmt: skip

    async def react(self, event: Event, customer_is_up: bool | None = None) -> None:
        """Follow one fact by itself; ``customer_is_up`` is asked for unless given."""
        if isinstance(event, CustomerTierChanged):
            await self._look_at(self.floor.items_of(event.customer_id), event.name)
            return
        if isinstance(event, InteractionRevised):
            await self._look_at({event.interaction_id}, event.name)
            return
        if customer_is_up is None:
            customer_is_up = await self._ask_for_customer(event)
        if await self._is_late_answer(event):
            return
        await self.carry_out(lambda change: facts.apply(change, event, customer_is_up=customer_is_up), event.name)

    async def _look_at(self, items: set[UUID], cause: str) -> None:
        """These are read again, and routed by what the tables say now."""
        if items:
            await self.carry_out(await self._reload(lambda _: None, items, set()), cause)

    async def _ask_for_customer(self, event: Event) -> bool:
        if not isinstance(event, CallLegEnded) or event.reservation_id is None:
            return False
        if event.reason is not LegEndReason.HANGUP:
            return await load.customer_is_up(self._session, event.interaction_id)
        return False

    async def _is_late_answer(self, event: Event) -> bool:
        """An answer to an offer that has expired: customer and agent talk, so it counts after all."""
        if not isinstance(event, CallLegAnswered) or event.reservation_id is None:
            return False
        item = self.floor.items.get(event.interaction_id)
        if event.reservation_id in self.floor.reservations or item is None:
            return False
        reservation = await load.reservation(self._session, self._domain, event.reservation_id)
        if reservation is None or reservation.state is not ReservationState.EXPIRED:
            return False
        await self.carry_out(lambda change: calls.revive(change, reservation, event.at), "answered after expiry")
        return True

    async def carry_out(self, rule: Rule, cause: str) -> None:
        """Apply a rule, decide, commit. When memory was behind, read again what it was about and repeat."""
        for _ in range(_ATTEMPTS):
            behind = await self.attempt(rule, cause)
            if behind is None:
                return
            rule = await self._reload(rule, *behind)
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
            return items, agents | {behind.agent_id}
        if announced:
            await self._publisher.publish(announced)
        self._keep(change)
        return None

    async def _reload(self, rule: Rule, items: set[UUID], agents: set[UUID]) -> Rule:
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
