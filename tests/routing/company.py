"""A small company and a telephony that only tells: writes the facts as the real one does, and records its events."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import insert, select, text, update

from core import clock
from core.agent import LegEndReason, LegRole, Presence
from core.db import Database, UnitOfWork
from core.events import (
    CallLegAnswered,
    CallLegEnded,
    CallLegFailed,
    DeclineRequested,
    EndpointReachabilityChanged,
    InteractionQueued,
)
from core.ids import new_id
from core.interaction import Channel, InteractionState, QueuedCause
from core.interactions import open_interaction
from core.tables import (
    agent_endpoints,
    agent_skills,
    agent_states,
    agents,
    call_legs,
    customers,
    event_log,
    interactions,
    queue_memberships,
    queues,
    reservations,
    skills,
)
from routing.presence import change_presence
from routing.wrap_up import finish_wrap_up

Rows = list[Any]
T = TypeVar("T")


async def until(probe: Callable[[], Awaitable[T]], seconds: float = 10.0, what: str = "it") -> T:
    """Poll until the probe gives something true."""
    deadline = time.monotonic() + seconds
    while True:
        found = await probe()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {seconds} s in vain for {what}"
        await asyncio.sleep(0.01)


@dataclass
class Company:
    """One domain's demo rows, and what can happen there."""

    database: Database
    customer_id: UUID = field(default_factory=new_id)
    queue_id: UUID = field(default_factory=new_id)

    @property
    def domain(self) -> str:
        return self.database.domain

    async def found(self, *, wrap_up_seconds: int = 0, ring_seconds: int = 20) -> None:
        async with self.database.unit_of_work("test") as work:
            await work.execute(insert(customers).values(id=self.customer_id, domain=self.domain, name="Customer"))
            await work.execute(insert(queues).values(**self._queue(self.queue_id, wrap_up_seconds, ring_seconds)))

    def _queue(self, queue_id: UUID, wrap_up_seconds: int, ring_seconds: int) -> dict[str, Any]:
        return {
            "id": queue_id, "domain": self.domain, "code": f"q{queue_id.hex[-8:]}",
            "name_en": "Queue", "name_zh": "队列", "wrap_up_seconds": wrap_up_seconds,
            "ring_seconds": ring_seconds, "required_skills": {},
        }  # fmt: skip

    async def change_queue(self, **columns: Any) -> None:
        async with self.database.unit_of_work("test") as work:
            await work.execute(update(queues).where(queues.c.id == self.queue_id).values(**columns))

    async def add_queue(self, **columns: Any) -> UUID:
        queue_id = new_id()
        async with self.database.unit_of_work("test") as work:
            await work.execute(insert(queues).values(**{**self._queue(queue_id, 0, 20), **columns}))
        return queue_id

    async def add_skill(self, code: str) -> UUID:
        skill_id = new_id()
        async with self.database.unit_of_work("test") as work:
            await work.execute(
                insert(skills).values(id=skill_id, domain=self.domain, code=code, name_en=code, name_zh=code)
            )
        return skill_id

    async def add_agent(
        self,
        *,
        available: bool = True,
        reachable: bool = True,
        queues_of: list[UUID] | None = None,
        skilled: dict[UUID, int] | None = None,
        idle_since: datetime | None = None,
        capacity: dict[str, int] | None = None,
    ) -> UUID:
        """``capacity``: messages at once by channel, beside calls."""
        agent_id, now = new_id(), clock.now()
        async with self.database.unit_of_work("test") as work:
            await work.execute(
                insert(agents).values(
                    id=agent_id, domain=self.domain, code=agent_id.hex[-8:], name="Agent", voice_capacity=1,
                    capacity=capacity or {}, active=True,
                )
            )  # fmt: skip
            await work.execute(
                insert(agent_states).values(
                    agent_id=agent_id, domain=self.domain, presence="available" if available else "offline",
                    presence_since=now, work_state="idle", work_since=now, idle_since=idle_since or now, version=1,
                )
            )  # fmt: skip
            await work.execute(
                insert(agent_endpoints).values(
                    agent_id=agent_id, domain=self.domain, endpoint=agent_id.hex, kind="webrtc", secret="", contact="",
                    reachable=reachable, reachable_since=now,
                )
            )  # fmt: skip
            for queue_id in queues_of or [self.queue_id]:
                await work.execute(insert(queue_memberships).values(queue_id=queue_id, agent_id=agent_id))
            for skill_id, level in (skilled or {}).items():
                await work.execute(insert(agent_skills).values(agent_id=agent_id, skill_id=skill_id, level=level))
        return agent_id

    # -- what telephony does ---------------------------------------------------------------------

    async def call_arrives(
        self,
        *,
        queue_id: UUID | None = None,
        priority: int = 0,
        silent: bool = False,
        skilled: dict[str, int] | None = None,
    ) -> UUID:
        """A customer reaches the queue. ``silent``: without an event, as if it had got lost."""
        interaction_id, now, queue = new_id(), clock.now(), queue_id or self.queue_id
        async with self.database.unit_of_work("telephony") as work:
            open_interaction(
                work, interaction_id, state=InteractionState.QUEUED, channel="voice", customer_id=self.customer_id,
                address_kind="phone", address="+8613800000000", queue_id=queue, created_at=now, queued_at=now,
                priority=priority, required_skills=skilled or {},
            )  # fmt: skip
            await work.execute(
                insert(call_legs).values(
                    id=new_id(), domain=self.domain, interaction_id=interaction_id, role="customer", state="up",
                    channel_name="PJSIP/x", unique_id=interaction_id.hex, created_at=now,
                )
            )  # fmt: skip
            if not silent:
                work.record(
                    InteractionQueued(
                        interaction_id=interaction_id, channel=Channel.VOICE, queue_id=queue,
                        customer_id=self.customer_id, cause=QueuedCause.ARRIVED, queued_at=now, priority=priority,
                        required_skills=skilled or {}, version=1,
                    )
                )  # fmt: skip
        return interaction_id

    async def agent_answers(self, offer: Any, *, silent: bool = False) -> CallLegAnswered:
        event = CallLegAnswered(**leg_of(offer))
        async with self.database.unit_of_work("telephony") as work:
            await self._agent_leg(work, offer, state="up", answered_at=clock.now())
            if not silent:
                work.record(event)
        return event

    async def agent_leg_fails(self, offer: Any, reason: LegEndReason, *, silent: bool = False) -> CallLegFailed:
        event = CallLegFailed(**leg_of(offer), reason=reason)
        async with self.database.unit_of_work("telephony") as work:
            await self._agent_leg(work, offer, state="failed", end_reason=reason.value, ended_at=clock.now())
            if not silent:
                work.record(event)
        return event

    async def agent_leg_ends(self, offer: Any, reason: LegEndReason, *, silent: bool = False) -> CallLegEnded:
        event = CallLegEnded(**leg_of(offer), reason=reason)
        async with self.database.unit_of_work("telephony") as work:
            await work.execute(
                update(call_legs)
                .where(call_legs.c.reservation_id == offer.id)
                .values(state="ended", end_reason=reason.value, ended_at=clock.now())
            )
            if not silent:
                work.record(event)
        return event

    async def customer_leaves(
        self, interaction_id: UUID, reason: LegEndReason = LegEndReason.HANGUP, *, silent: bool = False
    ) -> CallLegEnded:
        event = CallLegEnded(leg_id=new_id(), interaction_id=interaction_id, role=LegRole.CUSTOMER, reason=reason)
        async with self.database.unit_of_work("telephony") as work:
            await work.execute(
                update(call_legs)
                .where(call_legs.c.interaction_id == interaction_id, call_legs.c.role == "customer")
                .values(state="ended", end_reason=reason.value, ended_at=clock.now())
            )
            if not silent:
                work.record(event)
        return event

    async def phone_is_reachable(self, agent_id: UUID, reachable: bool) -> None:
        async with self.database.unit_of_work("telephony") as work:
            await work.execute(
                update(agent_endpoints).where(agent_endpoints.c.agent_id == agent_id).values(reachable=reachable)
            )
            work.record(EndpointReachabilityChanged(agent_id=agent_id, reachable=reachable, since=clock.now()))

    @staticmethod
    async def _agent_leg(work: UnitOfWork, offer: Any, **columns: Any) -> None:
        await work.execute(
            insert(call_legs).values(
                id=offer.id, domain=work.domain, interaction_id=offer.interaction_id, reservation_id=offer.id,
                agent_id=offer.agent_id, role="agent", channel_name="PJSIP/a", unique_id=offer.id.hex,
                created_at=clock.now(), **columns,
            )
        )  # fmt: skip

    # -- what the desk does ----------------------------------------------------------------------

    async def choose_presence(self, agent_id: UUID, presence: Presence, reason: str | None = None) -> Any:
        async with self.database.unit_of_work("user:test") as work:
            return await change_presence(work, agent_id, presence, reason)

    async def finish(self, interaction_id: UUID, agent_id: UUID) -> bool:
        async with self.database.unit_of_work("user:test") as work:
            return await finish_wrap_up(work, interaction_id, agent_id)

    async def decline(self, offer: Any) -> None:
        event = DeclineRequested(reservation_id=offer.id, interaction_id=offer.interaction_id, agent_id=offer.agent_id)
        async with self.database.unit_of_work("user:test") as work:
            work.record(event)

    # -- what can be seen ------------------------------------------------------------------------

    async def rows(self, statement: Any, **values: Any) -> Rows:
        async with self.database.reading() as connection:
            return list((await connection.execute(statement, values)).all())

    async def interaction(self, interaction_id: UUID) -> Any:
        return (await self.rows(select(interactions).where(interactions.c.id == interaction_id)))[0]

    async def agent(self, agent_id: UUID) -> Any:
        return (await self.rows(select(agent_states).where(agent_states.c.agent_id == agent_id)))[0]

    async def reservations(self, interaction_id: UUID) -> Rows:
        return await self.rows(
            select(reservations).where(reservations.c.interaction_id == interaction_id).order_by(reservations.c.id)
        )

    async def offer_of(self, interaction_id: UUID, agent_id: UUID | None = None, seconds: float = 10.0) -> Any:
        """The pending reservation of an interaction (for that agent), as soon as there is one."""

        async def pending() -> Any:
            found = [r for r in await self.reservations(interaction_id) if r.state == "pending"]
            return next((r for r in found if agent_id in (None, r.agent_id)), None)

        return await until(pending, seconds, f"an offer of {interaction_id}")

    async def stands(self, interaction_id: UUID, state: InteractionState, seconds: float = 10.0) -> Any:
        """The interaction as soon as it stands in ``state``."""

        async def there() -> Any:
            row = await self.interaction(interaction_id)
            return row if row.state == state.value else None

        return await until(there, seconds, f"{interaction_id} to be {state.value}")

    async def agent_is(self, agent_id: UUID, seconds: float = 10.0, **columns: Any) -> Any:
        """The agent's row as soon as these columns have these values."""

        async def there() -> Any:
            row = await self.agent(agent_id)
            return row if all(getattr(row, name) == value for name, value in columns.items()) else None

        return await until(there, seconds, f"agent to be {columns}")

    async def events(self, interaction_id: UUID) -> list[str]:
        found = await self.rows(
            select(event_log.c.name).where(event_log.c.interaction_id == interaction_id).order_by(event_log.c.position)
        )
        return [row.name for row in found]

    async def talking(self, interaction_id: UUID) -> Any:
        """Carry a call to the conversation; gives the reservation."""
        offer = await self.offer_of(interaction_id)
        await self.agent_answers(offer)
        await self.stands(interaction_id, InteractionState.ACTIVE)
        return offer

    async def faults(self) -> list[str]:
        """Everything that must never be: rows that disagree with one another."""
        return [name for name, statement in _FAULTS.items() if await self.rows(text(statement))]


_FAULTS = {
    "agents at work without a live reservation": """
        select s.agent_id from agent_states s where s.work_state <> 'idle' and not exists (
            select 1 from reservations r where r.agent_id = s.agent_id and r.interaction_id = s.interaction_id
            and r.released_at is null)""",
    "live calls of idle agents": """
        select r.id from reservations r join agent_states s using (agent_id)
        where r.released_at is null and s.work_state = 'idle' and r.channel = 'voice'""",
    "loads that are not what is held": """
        select s.agent_id from agent_states s where s.load <> (
            select coalesce(jsonb_object_agg(channel, count), '{}') from (
                select channel, count(*) as count from reservations r where r.agent_id = s.agent_id
                and r.released_at is null and r.channel <> 'voice' group by channel) held)""",
    "live reservations of interactions elsewhere": """
        select r.id from reservations r join interactions i on i.id = r.interaction_id
        where r.released_at is null and (i.state not in ('offered', 'active', 'held', 'wrapping')
              or (i.reservation_id is distinct from r.id and not (r.together and i.state = 'offered')))""",
    "agents of one domain with work of another": """
        select r.id from reservations r
        join agents a on a.id = r.agent_id join interactions i on i.id = r.interaction_id
        where a.domain <> r.domain or i.domain <> r.domain""",
    "offered or served interactions without a live reservation": """
        select i.id from interactions i where i.state in ('offered', 'active', 'held', 'wrapping')
        and not exists (select 1 from reservations r where r.id = i.reservation_id and r.released_at is null)""",
}


def leg_of(offer: Any) -> dict[str, Any]:
    """The names that every event about an offer's leg carries."""
    return {
        "leg_id": offer.id,
        "interaction_id": offer.interaction_id,
        "reservation_id": offer.id,
        "agent_id": offer.agent_id,
        "role": LegRole.AGENT,
    }
