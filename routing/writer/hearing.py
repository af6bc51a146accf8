"""Following facts: as many as possible in one change, with what must be asked of the tables asked beforehand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

from core.agent import LegEndReason, ReservationState
from core.event import Event
from core.events import CallLegAnswered, CallLegEnded, CustomerTierChanged, InteractionRevised
from core.logs import logger
from routing.floor import calls, facts
from routing.floor.change import Change
from routing.floor.floor import Floor
from routing.writer import load
from routing.writer.session import DeposedError, SessionLostError, WriterSession

log = logger(__name__)

_TOGETHER = 100
"""Facts in one change at most."""
Rule = Callable[[Change], None]


class Decider(Protocol):
    """A term of office: ``routing.writer.term``."""

    floor: Floor

    async def attempt(self, rule: Rule, cause: str) -> tuple[set[UUID], set[UUID]] | None:
        """Commit what follows from a rule; None when that went well, else the interactions and agents to read again."""

    async def carry_out(self, rule: Rule, cause: str) -> None:
        """The same, repeated until it goes well."""

    async def read_again(self, rule: Rule, items: set[UUID], agents: set[UUID]) -> Rule:
        """Learn these anew; the rule returned decides about them too."""

    async def start_anew(self) -> None:
        """Forget everything and read the tables."""


class Hearing:
    """Follows facts for a term, whose lock the caller holds. All raise ``DeposedError`` or ``SessionLostError``."""

    def __init__(self, term: Decider, session: WriterSession, domain: str) -> None:
        self._term = term
        self._session = session
        self._domain = domain

    async def follow(self, events: Sequence[Event]) -> None:
        """Facts that came together are one change and one commit: the busier it is, the more each commit carries."""
        up = await self._customers_up(events)
        run: list[Event] = []
        for event in events:
            if not isinstance(event, facts.FACTS):
                continue
            if self._needs_look(event) or len(run) == _TOGETHER:
                await self._follow_together(run, up)
                run = []
            if self._needs_look(event):
                await self._follow_or_start_anew(event)
            else:
                run.append(event)
        await self._follow_together(run, up)

    async def react(self, event: Event, customer_is_up: bool | None = None) -> None:
        """Follow one fact by itself; ``customer_is_up`` is asked for unless given."""
        if isinstance(event, CustomerTierChanged):
            await self._look_at(self._term.floor.items_of(event.customer_id), event.name)
            return
        if isinstance(event, InteractionRevised):
            await self._look_at({event.interaction_id}, event.name)
            return
        if customer_is_up is None:
            customer_is_up = bool(await self._customers_up([event]))
        if await self._is_late_answer(event):
            return
        await self._term.carry_out(lambda change: facts.apply(change, event, customer_is_up=customer_is_up), event.name)

    def is_late(self, event: Event) -> bool:
        """Whether an answer is one to an offer that is over."""
        return isinstance(event, CallLegAnswered) and event.reservation_id not in self._term.floor.reservations

    def _needs_look(self, event: Event) -> bool:
        """Whether the tables must be asked about it alone before it means anything."""
        return isinstance(event, CustomerTierChanged | InteractionRevised) or self.is_late(event)

    async def _follow_together(self, events: list[Event], up: frozenset[UUID]) -> None:
        """One change for all; when that fails, each by itself."""
        if len(events) > 1:
            changes: list[Change] = []

            def rule(change: Change) -> None:
                changes.append(change)
                for event in events:
                    facts.apply(change, event, customer_is_up=event.subject_interaction in up)

            try:
                await self._term.carry_out(rule, " ".join(dict.fromkeys(event.name for event in events)))
                return
            except (SessionLostError, DeposedError):
                raise
            except Exception:
                log.exception("facts could not be followed together", count=len(events))
            woken = [item_id for change in changes for item_id in change.woken_items]
            await self._term.carry_out(lambda change: change.woken_items.update(woken), "facts one by one")
        for event in events:
            await self._follow_or_start_anew(event)

    async def _follow_or_start_anew(self, event: Event) -> None:
        """A fault of ours in one event costs a rebuild, not the term."""
        try:
            await self.react(event)
        except (SessionLostError, DeposedError):
            raise
        except Exception:
            log.exception("an event could not be followed, rebuilding", event_name=event.name, event_id=str(event.id))
            await self._term.start_anew()

    async def _look_at(self, items: set[UUID], cause: str) -> None:
        """These are read again, and routed by what the tables say now."""
        if items:
            await self._term.carry_out(await self._term.read_again(lambda _: None, items, set()), cause)

    async def _customers_up(self, events: Sequence[Event]) -> frozenset[UUID]:
        """Of the interactions whose agent's leg was cut: those whose customer's leg still stands."""
        cut = {
            event.interaction_id for event in events
            if isinstance(event, CallLegEnded) and event.reservation_id and event.reason is not LegEndReason.HANGUP
        }  # fmt: skip
        return await load.customers_up(self._session, cut) if cut else frozenset()

    async def _is_late_answer(self, event: Event) -> bool:
        """An answer to an offer that has expired: customer and agent talk, so it counts after all."""
        if not isinstance(event, CallLegAnswered) or event.reservation_id is None:
            return False
        item = self._term.floor.items.get(event.interaction_id)
        if event.reservation_id in self._term.floor.reservations or item is None:
            return False
        reservation = await load.reservation(self._session, self._domain, event.reservation_id)
        if reservation is None or reservation.state is not ReservationState.EXPIRED:
            return False
        await self._term.carry_out(lambda change: calls.revive(change, reservation, event.at), "answered after expiry")
        return True
