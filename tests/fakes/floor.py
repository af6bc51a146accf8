"""A small call center in the database, and what telephony and routing do to it: rows and events as they write them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import insert, text, update

from core import clock, tables
from core.agent import EndpointKind, LegEndReason, Presence, WorkState
from core.db import Database, UnitOfWork
from core.event import Event
from core.events import (
    AgentPresenceChanged,
    AgentWorkChanged,
    EndpointReachabilityChanged,
    InteractionActivated,
    InteractionClosed,
    InteractionCreated,
    InteractionQueued,
    InteractionWrapping,
    ReservationAccepted,
    ReservationCreated,
    ReservationExpired,
)
from core.ids import new_id
from core.interaction import Channel, EndReason, InteractionState, QueuedCause
from core.interactions import advance, open_interaction

PASSWORD = "a password for tests"
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
_OUTCOMES = [("shipment", None), ("shipment.delayed", "shipment"), ("shipment.lost", "shipment"), ("done", None)]


@dataclass
class Person:
    """A user, and the agent behind it where there is one."""

    login: str
    user: UUID
    agent: UUID | None


@dataclass
class Call:
    """One call and whoever serves it."""

    interaction: UUID
    customer: UUID
    queue: UUID
    queued_at: datetime
    reservation: UUID | None = None
    agent: UUID | None = None


@dataclass
class Floor:
    """Agents, queues and calls of a domain. Logins, which are unique in an installation, end in ``mark``."""

    database: Database
    mark: str = ""
    people: dict[str, Person] = field(default_factory=dict)
    queues: dict[str, UUID] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        return self.database.domain

    async def settle(self) -> None:
        """Two queues, an outcome tree, two agents (lin in both queues, zhao in one), a supervisor, an administrator."""
        await self.add_queue("shipments", "Shipments", "货物")
        await self.add_queue("complaints", "Complaints", "投诉")
        async with self.database.unit_of_work("test") as work:
            for position, (code, parent) in enumerate(_OUTCOMES):
                values = {"code": code, "parent": parent, "name_en": code.title(), "name_zh": f"{code}中"}
                await work.execute(
                    insert(tables.outcome_codes).values(domain=self.domain, position=position, active=True, **values)
                )
        await self.add_agent(f"lin{self.mark}", "Lin", ["shipments", "complaints"])
        await self.add_agent(f"zhao{self.mark}", "Zhao", ["shipments"])
        await self.add_user(f"sun{self.mark}", "supervisor")
        await self.add_user(f"adam{self.mark}", "administrator")

    async def add_queue(self, code: str, name_en: str, name_zh: str, **columns: Any) -> UUID:
        """A queue whose wrap-up takes 30 s."""
        made = self.queues[code] = new_id()
        values = {
            "id": made,
            "domain": self.domain,
            "code": code,
            "name_en": name_en,
            "name_zh": name_zh,
            **columns,
        }
        await self.run(insert(tables.queues).values(values))
        return made

    async def add_agent(self, login: str, name: str, queues: list[str]) -> Person:
        """An agent, available with a reachable browser phone, and their user."""
        agent = new_id()
        async with self.database.unit_of_work("test") as work:
            await work.execute(insert(tables.agents).values(id=agent, domain=self.domain, code=login, name=name))
            state = {"agent_id": agent, "domain": self.domain, "presence": "available"}
            await work.execute(insert(tables.agent_states).values(state))
            endpoint = {"endpoint": f"agent-{login}", "kind": EndpointKind.WEBRTC.value, "secret": "s3cret"}
            await work.execute(
                insert(tables.agent_endpoints).values(agent_id=agent, domain=self.domain, reachable=True, **endpoint)
            )
            for code in queues:
                membership = {"queue_id": self.queues[code], "agent_id": agent}
                await work.execute(insert(tables.queue_memberships).values(membership))
        return await self.add_user(login, "agent", agent)

    async def add_user(self, login: str, role: str, agent: UUID | None = None) -> Person:
        """A user with the password of all tests."""
        person = self.people[login] = Person(login, new_id(), agent)
        values = {
            "id": person.user,
            "domain": self.domain,
            "login": login,
            "name": login.title(),
            "role": role,
        }
        await self.run(insert(tables.users).values(**values, password_hash=_CHEAP, agent_id=agent))
        return person

    def agent(self, login: str) -> UUID:
        """The agent behind a login."""
        agent = self.people[login].agent
        assert agent is not None
        return agent

    # -- what telephony does -----------------------------------------------------------------------

    async def arrive(self, queue: str = "shipments", name: str = "Wang Fang", tier: str = "gold") -> Call:
        """A customer has called, chosen something in the menu, and waits."""
        call = Call(new_id(), new_id(), self.queues[queue], clock.now())
        step = {"node": "main", "choice": "1", "label": {"en": "Shipments", "zh": "货物"}}
        async with self.database.unit_of_work("telephony") as work:
            customer = {"id": call.customer, "domain": self.domain, "name": name, "tier": tier}
            await work.execute(insert(tables.customers).values(customer))
            identity = {"id": new_id(), "domain": self.domain, "customer_id": call.customer, "kind": "phone"}
            value = f"+86{call.customer.int % 10**11}"
            await work.execute(insert(tables.customer_identities).values(**identity, value=value))
            open_interaction(
                work, call.interaction, state=InteractionState.IN_MENU, channel="voice", customer_id=call.customer,
                address_kind="phone", address=value, caller_name=name, called_number="+864000000", language="zh-CN",
                menu_path=[step], created_at=call.queued_at - timedelta(seconds=9),
            )  # fmt: skip
            work.record(
                InteractionCreated(
                    interaction_id=call.interaction, channel=Channel.VOICE, customer_id=call.customer, address=value,
                    called_number="+864000000", version=1,
                )
            )  # fmt: skip
        await self.enqueue(call, QueuedCause.ARRIVED)
        return call

    async def enqueue(self, call: Call, cause: QueuedCause) -> None:
        """The customer waits (again)."""
        async with self.database.unit_of_work("telephony") as work:
            await self._enqueue(work, call, cause)

    async def _enqueue(self, work: UnitOfWork, call: Call, cause: QueuedCause) -> None:
        row = await advance(
            work, call.interaction, InteractionState.QUEUED, because="test", queue_id=call.queue,
            queued_at=call.queued_at, agent_id=None,
        )  # fmt: skip
        assert row is not None
        call.agent = call.reservation = None
        await self._reserve(work, call)
        work.record(
            InteractionQueued(
                interaction_id=call.interaction, channel=Channel.VOICE, queue_id=call.queue,
                customer_id=call.customer, cause=cause, queued_at=call.queued_at, version=row.version,
            )
        )  # fmt: skip

    async def reach(self, login: str, reachable: bool) -> None:
        """The agent's phone registers or vanishes."""
        agent = self.agent(login)
        async with self.database.unit_of_work("telephony") as work:
            endpoints = tables.agent_endpoints
            await work.execute(update(endpoints).where(endpoints.c.agent_id == agent).values(reachable=reachable))
            work.record(EndpointReachabilityChanged(agent_id=agent, reachable=reachable, since=clock.now()))

    # -- what routing does -------------------------------------------------------------------------

    async def offer(self, call: Call, login: str) -> None:
        """The call is offered to the agent."""
        call.agent, call.reservation, now = self.agent(login), new_id(), clock.now()
        async with self.database.unit_of_work("routing") as work:
            await work.execute(
                insert(tables.reservations).values(
                    id=call.reservation, domain=self.domain, interaction_id=call.interaction, agent_id=call.agent,
                    queue_id=call.queue, channel="voice", state="pending", epoch=1, created_at=now,
                    deadline_at=now + timedelta(seconds=20), decision={"why": ["longest_idle"]},
                )
            )  # fmt: skip
            row = await advance(work, call.interaction, InteractionState.OFFERED, because="test", agent_id=call.agent)
            assert row is not None
            await self._reserve(work, call)
            await self._staff(work, call, WorkState.RESERVED)
            work.record(
                ReservationCreated(
                    reservation_id=call.reservation, interaction_id=call.interaction, agent_id=call.agent,
                    queue_id=call.queue, channel=Channel.VOICE, customer_id=call.customer, ring_seconds=20,
                    deadline_at=now + timedelta(seconds=20), queued_at=call.queued_at, version=row.version,
                )
            )  # fmt: skip

    async def answer(self, call: Call) -> None:
        """Customer and agent talk."""
        async with self.database.unit_of_work("routing") as work:
            await self._settle(work, call, state="accepted")
            row = await advance(
                work, call.interaction, InteractionState.ACTIVE, because="test", answered_at=clock.now()
            )
            assert row is not None
            await self._staff(work, call, WorkState.ENGAGED)
            self._record(work, call, ReservationAccepted)
            self._record(work, call, InteractionActivated, version=row.version)

    async def hang_up(self, call: Call) -> None:
        """The customer leaves an answered call; the agent wraps up."""
        until = clock.now() + timedelta(seconds=30)
        async with self.database.unit_of_work("routing") as work:
            row = await advance(
                work, call.interaction, InteractionState.WRAPPING, because="test", end_reason="completed",
                ended_at=clock.now(), wrap_up_until=until,
            )  # fmt: skip
            assert row is not None
            await self._staff(work, call, WorkState.WRAPPING)
            self._record(
                work, call, InteractionWrapping, version=row.version, end_reason=EndReason.COMPLETED,
                wrap_up_until=until,
            )  # fmt: skip

    async def finish(self, call: Call) -> None:
        """The wrap-up is over."""
        async with self.database.unit_of_work("routing") as work:
            await self._settle(work, call, released_at=clock.now())
            await self._close(work, call, EndReason.COMPLETED)
            await self._staff(work, call, WorkState.IDLE)

    async def abandon(self, call: Call) -> None:
        """The customer leaves while waiting."""
        async with self.database.unit_of_work("routing") as work:
            await self._close(work, call, EndReason.ABANDONED_IN_QUEUE)

    async def expire(self, call: Call) -> None:
        """The agent does not answer: away, and the customer waits again."""
        async with self.database.unit_of_work("routing") as work:
            await self._settle(work, call, state="expired", released_at=clock.now())
            self._record(work, call, ReservationExpired, reason=LegEndReason.NO_ANSWER)
            await self._staff(work, call, WorkState.IDLE)
            await self._set_presence(work, call.agent, Presence.AWAY, "rona")
            await self._enqueue(work, call, QueuedCause.EXPIRED)

    async def set_presence(self, login: str, presence: Presence, reason: str | None = None) -> None:
        """The agent is available, away or offline."""
        async with self.database.unit_of_work("routing") as work:
            await self._set_presence(work, self.agent(login), presence, reason)

    # -- inside --------------------------------------------------------------------------------------

    async def _reserve(self, work: UnitOfWork, call: Call) -> None:
        interactions = tables.interactions
        await work.execute(
            update(interactions).where(interactions.c.id == call.interaction).values(reservation_id=call.reservation)
        )

    async def _close(self, work: UnitOfWork, call: Call, reason: EndReason) -> None:
        now = clock.now()
        values = {"closed_at": now, "end_reason": reason.value}
        if call.agent is None:
            values["ended_at"] = now
        row = await advance(work, call.interaction, InteractionState.CLOSED, because="test", **values)
        assert row is not None
        work.record(
            InteractionClosed(
                interaction_id=call.interaction, queue_id=call.queue, agent_id=call.agent, end_reason=reason,
                version=row.version,
            )
        )  # fmt: skip

    def _record(self, work: UnitOfWork, call: Call, kind: type[Event], **fields: Any) -> None:
        known = {
            "interaction_id": call.interaction, "agent_id": call.agent, "reservation_id": call.reservation,
            "queue_id": call.queue,
        }  # fmt: skip
        wanted = {name: value for name, value in known.items() if name in kind.model_fields}
        work.record(kind(**wanted, **fields))

    async def _settle(self, work: UnitOfWork, call: Call, **columns: Any) -> None:
        reservations = tables.reservations
        await work.execute(update(reservations).where(reservations.c.id == call.reservation).values(**columns))

    async def _staff(self, work: UnitOfWork, call: Call, state: WorkState) -> None:
        states, now = tables.agent_states, clock.now()
        interaction = None if state is WorkState.IDLE else call.interaction
        row = await work.one_or_none(
            update(states).where(states.c.agent_id == call.agent)
            .values(work_state=state.value, work_since=now, interaction_id=interaction, version=states.c.version + 1)
            .returning(states.c.version)
        )  # fmt: skip
        assert row is not None
        fields = {"agent_id": call.agent, "work_state": state, "since": now, "interaction_id": interaction}
        work.record(AgentWorkChanged(**fields, version=row.version))

    async def _set_presence(self, work: UnitOfWork, agent: UUID | None, presence: Presence, reason: str | None) -> None:
        states, now = tables.agent_states, clock.now()
        row = await work.one_or_none(
            update(states).where(states.c.agent_id == agent)
            .values(presence=presence.value, presence_reason=reason, presence_since=now, version=states.c.version + 1)
            .returning(states.c.version)
        )  # fmt: skip
        assert row is not None
        fields = {"agent_id": agent, "presence": presence, "reason": reason, "since": now}
        work.record(AgentPresenceChanged(**fields, version=row.version))

    async def run(self, statement: Any) -> None:
        """One statement in a transaction of its own."""
        async with self.database.unit_of_work("test") as work:
            await work.execute(statement)

    async def value(self, query: str, **values: Any) -> Any:
        """The one value of a query."""
        async with self.database.engine.connect() as connection:
            return (await connection.execute(text(query), values)).scalar_one_or_none()
