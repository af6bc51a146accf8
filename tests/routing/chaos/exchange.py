"""A telephone exchange that only tells: callers who wait or leave, agents who answer, or do not, and hang up.

It knows of each agent and each caller whether he has a leg. An offer to one who has is a double one, unless the tables
say that the former is over: then its withdrawal is still on its way.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from core import clock
from core.agent import LegEndReason, LegRole, Presence
from core.db import Database
from core.errors import HotlineError
from core.event import Event
from core.events import (
    AgentPresenceChanged,
    AgentWorkChanged,
    CallLegAnswered,
    CallLegEnded,
    CallLegFailed,
    DeclineRequested,
    EndpointReachabilityChanged,
    InteractionClosed,
    InteractionQueued,
    InteractionWrapping,
    ReservationCreated,
    ReservationExpired,
    ReservationRejected,
    ReservationRescinded,
)
from core.interaction import Channel
from routing.floor.calls import BUSY_ASIDE
from routing.presence import change_presence
from routing.wrap_up import finish_wrap_up
from tests.fakes.crowd import Crowd
from tests.routing.chaos.ledger import Ledger
from tests.routing.chaos.plan import Plan

HEEDED = (
    ReservationCreated, ReservationExpired, ReservationRejected, ReservationRescinded, InteractionQueued,
    InteractionClosed, InteractionWrapping, AgentWorkChanged, AgentPresenceChanged,
)  # fmt: skip
FATES = {"answers": 86, "rings_in_vain": 4, "declines": 3, "is_busy": 2, "vanishes": 3, "is_never_heard_of": 2}
_LEAVE_EARLY = 0.06
_LONGEST_TALK = 3.5
"""In mean talks, that the run has an end."""
_PENDING = "select * from reservations where released_at is null and state = 'pending'"
_IS_LIVE = "select 1 from reservations where id = $1 and released_at is null"


@dataclass(slots=True)
class Leg:
    """An agent's leg."""

    offer: ReservationCreated
    talks: bool = False


@dataclass(slots=True)
class Caller:
    """A customer on the line. ``ready_at``: Unix seconds since when he waits (again)."""

    ready_at: float
    leg: Leg | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """When agent and caller were both there (``since``), and when the agent's phone was asked to ring: Unix seconds."""

    since: float
    at: float


class Exchange:
    """Plays telephony and desks of all agents. ``start`` before any call."""

    def __init__(self, database: Database, there: Crowd, plan: Plan) -> None:
        self._database = database
        self._there = there
        self._plan = plan
        self._dice = random.Random(plan.seed)
        self._legs: dict[UUID, Leg] = {}
        self._at_agent: dict[UUID, Leg] = {}
        self._callers: dict[UUID, Caller] = {}
        self._ready: dict[UUID, float] = {}
        """Since when each agent could take a call."""
        self._known: set[UUID] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.ledger = Ledger(database)
        self.offers: list[Offered] = []
        self.double: list[str] = []
        self.closed = 0
        self._is_over = False

    async def arrivals(self) -> None:
        """All calls of the plan, evenly."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for number in range(self._plan.items):
            due = began + number / self._plan.per_second
            if due > loop.time():
                await asyncio.sleep(due - loop.time())
            self._arrive()

    @property
    def open_calls(self) -> int:
        """How many callers are known whose call is not closed."""
        return len(self._callers)

    async def end(self) -> None:
        """Nobody does anything more."""
        self._is_over = True
        await asyncio.gather(*self._tasks)

    # -- what the bus brings -------------------------------------------------------------------

    async def handle(self, events: list[Event]) -> None:
        """What routing and desks have decided."""
        for event in events:
            await self._hear(event)

    async def after_gap(self) -> None:
        """Offers that were missed."""
        async with self._database.glance() as connection:
            rows = (await connection.exec_driver_sql(_PENDING)).all()
        for row in rows:
            await self._ring(_offer_of(row))

    async def _hear(self, event: Event) -> None:
        match event:
            case ReservationCreated():
                await self._ring(event)
            case ReservationExpired():
                self._cancel(event.reservation_id, event.reason)
            case ReservationRejected():
                self._cancel(event.reservation_id, LegEndReason.DECLINED)
            case ReservationRescinded():
                self._cancel(event.reservation_id, LegEndReason.CANCELLED)
            case InteractionClosed():
                self.closed += self._callers.pop(event.interaction_id, None) is not None
            case InteractionWrapping():
                self._wrap_up(event)
            case InteractionQueued() if event.interaction_id in self._callers:
                self._callers[event.interaction_id].ready_at = event.at.timestamp()
            case AgentWorkChanged() if event.interaction_id is None:
                self._is_ready(event.agent_id, event.at)
            case AgentPresenceChanged() if event.presence is Presence.AVAILABLE:
                self._is_ready(event.agent_id, event.at)
            case _:
                pass

    async def _ring(self, offer: ReservationCreated) -> None:
        caller, now = self._callers.get(offer.interaction_id), time.time()
        if offer.reservation_id in self._known or caller is None:
            return
        self._known.add(offer.reservation_id)
        for former in (self._at_agent.get(offer.agent_id), caller.leg):
            if former is not None:
                await self._give_way(former, offer)
        since = max(caller.ready_at, self._ready.get(offer.agent_id, 0.0))
        self.offers.append(Offered(min(since, now), now))
        leg = self._legs[offer.reservation_id] = self._at_agent[offer.agent_id] = caller.leg = Leg(offer)
        fate = self._dice.choices(list(FATES), list(FATES.values()))[0]
        self._later(self._dice.uniform(0.05, 0.3), getattr(self, f"_{fate}"), leg)

    async def _give_way(self, former: Leg, offer: ReservationCreated) -> None:
        async with self._database.glance() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            live = await driver.fetch(_IS_LIVE, former.offer.reservation_id)
        if live:
            self.double.append(f"{offer.reservation_id} while {former.offer.reservation_id} is live")
        self._cancel(former.offer.reservation_id, LegEndReason.CANCELLED)

    def _cancel(self, reservation_id: UUID, reason: LegEndReason) -> None:
        leg = self._legs.get(reservation_id)
        if leg is None:
            return
        self._hang_up_leg(leg, reason)

    # -- what agents do ------------------------------------------------------------------------

    def _answers(self, leg: Leg) -> None:
        if self._is_gone(leg):
            return
        leg.talks, offer = True, leg.offer
        self.ledger.add(
            "answered", CallLegAnswered(**_names(leg)), id=offer.reservation_id, interaction_id=offer.interaction_id,
            agent_id=offer.agent_id,
        )  # fmt: skip
        mean = self._plan.talk_seconds
        seconds = min(self._dice.expovariate(1.0 / mean), _LONGEST_TALK * mean)
        self._later(seconds, self._agent_ends if self._dice.random() < 0.5 else self._customer_ends, leg)

    def _rings_in_vain(self, leg: Leg) -> None:
        if not self._is_gone(leg):
            self._hang_up_leg(leg, LegEndReason.NO_ANSWER)
            self._later(self._dice.uniform(1.0, 3.0), self._comes_back, leg.offer.agent_id)

    def _declines(self, leg: Leg) -> None:
        offer = leg.offer
        wish = DeclineRequested(
            reservation_id=offer.reservation_id, interaction_id=offer.interaction_id, agent_id=offer.agent_id
        )
        self._do(self._wish(wish))

    def _is_busy(self, leg: Leg) -> None:
        if not self._is_gone(leg):
            self._hang_up_leg(leg, LegEndReason.BUSY)
            self._ready[leg.offer.agent_id] = time.time() + BUSY_ASIDE.total_seconds()

    def _vanishes(self, leg: Leg) -> None:
        self._answers(leg)
        if leg.talks:
            self._later(self._dice.uniform(0.05, 0.3), self._is_lost, leg)

    def _is_never_heard_of(self, leg: Leg) -> None:
        """The writer ends it by itself; then the agent comes back."""
        self._later(self._dice.uniform(8.0, 10.0), self._comes_back, leg.offer.agent_id)

    def _is_lost(self, leg: Leg) -> None:
        if self._is_gone(leg):
            return
        agent_id = leg.offer.agent_id
        self._hang_up_leg(leg, LegEndReason.LOST)
        self._reach(agent_id, reachable=False)
        self._later(self._dice.uniform(0.5, 2.0), self._comes_back, agent_id)

    def _agent_ends(self, leg: Leg) -> None:
        if not self._is_gone(leg):
            self._hang_up_leg(leg, LegEndReason.HANGUP)
            self._hang_up_caller(leg.offer.interaction_id)

    def _customer_ends(self, leg: Leg) -> None:
        if not self._is_gone(leg):
            self._hang_up_caller(leg.offer.interaction_id)
            self._hang_up_leg(leg, LegEndReason.HANGUP)

    def _comes_back(self, agent_id: UUID) -> None:
        self._reach(agent_id, reachable=True)
        self._do(self._be_available(agent_id))

    # -- what callers do -----------------------------------------------------------------------

    def _arrive(self) -> None:
        now = clock.now()
        call = self._there.call(self._dice, now)
        self._callers[call.interaction_id] = Caller(now.timestamp())
        self.ledger.opened(call)
        if self._dice.random() < _LEAVE_EARLY:
            self._later(self._dice.expovariate(1.0), self._leave, call.interaction_id)

    def _leave(self, interaction_id: UUID) -> None:
        caller = self._callers.get(interaction_id)
        if caller is None or (caller.leg is not None and caller.leg.talks):
            return
        self._hang_up_caller(interaction_id)
        if caller.leg is not None:
            self._hang_up_leg(caller.leg, LegEndReason.CANCELLED)

    # -- inside --------------------------------------------------------------------------------

    def _is_gone(self, leg: Leg) -> bool:
        return self._legs.get(leg.offer.reservation_id) is not leg

    def _hang_up_leg(self, leg: Leg, reason: LegEndReason) -> None:
        offer, caller = leg.offer, self._callers.get(leg.offer.interaction_id)
        del self._legs[offer.reservation_id]
        if self._at_agent.get(offer.agent_id) is leg:
            del self._at_agent[offer.agent_id]
        if caller is not None and caller.leg is leg:
            caller.leg = None
        if leg.talks:
            ended = CallLegEnded(**_names(leg), reason=reason)
            self.ledger.leg_ended(offer.reservation_id, ended, reason.value)
            self._is_ready(offer.agent_id, ended.at)
            return
        self.ledger.add(
            "failed", CallLegFailed(**_names(leg), reason=reason), id=offer.reservation_id,
            interaction_id=offer.interaction_id, agent_id=offer.agent_id, reason=reason.value,
        )  # fmt: skip

    def _hang_up_caller(self, interaction_id: UUID) -> None:
        reason = LegEndReason.HANGUP
        ended = CallLegEnded(leg_id=interaction_id, interaction_id=interaction_id, role=LegRole.CUSTOMER, reason=reason)
        self.ledger.leg_ended(interaction_id, ended, reason.value)

    def _reach(self, agent_id: UUID, *, reachable: bool) -> None:
        event = EndpointReachabilityChanged(agent_id=agent_id, reachable=reachable, since=clock.now())
        self.ledger.add("reach", event, agent_id=agent_id, reachable=reachable)
        if reachable:
            self._is_ready(agent_id, event.at)

    def _wrap_up(self, event: InteractionWrapping) -> None:
        """Half of the agents finish before their time is over, some in the very moment when it is."""
        if event.wrap_up_until is not None and self._dice.random() < 0.5:
            left = (event.wrap_up_until - clock.now()).total_seconds()
            self._later(max(0.0, left * self._dice.choice((0.3, 0.6, 1.0))), self._finish, event)

    def _finish(self, event: InteractionWrapping) -> None:
        self._do(self._conclude(event.interaction_id, event.agent_id))

    def _is_ready(self, agent_id: UUID, at: datetime) -> None:
        self._ready[agent_id] = max(self._ready.get(agent_id, 0.0), at.timestamp())

    async def _wish(self, event: Event) -> None:
        async with self._database.unit_of_work("user:test") as work:
            work.record(event)

    async def _be_available(self, agent_id: UUID) -> None:
        async with self._database.unit_of_work("user:test") as work:
            await change_presence(work, agent_id, Presence.AVAILABLE)

    async def _conclude(self, interaction_id: UUID, agent_id: UUID) -> None:
        try:
            async with self._database.unit_of_work("user:test") as work:
                await finish_wrap_up(work, interaction_id, agent_id)
        except HotlineError:
            return  # ended by its deadline meanwhile, and somebody else has it

    def _later(self, seconds: float, what: Callable[..., None], *about: Any) -> None:
        def unless_over() -> None:
            if not self._is_over:
                what(*about)

        asyncio.get_running_loop().call_later(seconds, unless_over)

    def _do(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _names(leg: Leg) -> dict[str, Any]:
    offer = leg.offer
    return {
        "leg_id": offer.reservation_id, "interaction_id": offer.interaction_id, "reservation_id": offer.reservation_id,
        "agent_id": offer.agent_id, "role": LegRole.AGENT,
    }  # fmt: skip


def _offer_of(row: Any) -> ReservationCreated:
    return ReservationCreated(
        reservation_id=row.id, interaction_id=row.interaction_id, agent_id=row.agent_id, queue_id=row.queue_id,
        channel=Channel(row.channel), customer_id=row.interaction_id, ring_seconds=3, deadline_at=row.deadline_at,
        queued_at=datetime.now(UTC), version=0,
    )  # fmt: skip
