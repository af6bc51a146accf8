"""Reading the floor from PostgreSQL: all of it, or single rows again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import orjson

from core.agent import LegEndReason, LegRole, LegState, Presence, ReservationState, WorkState
from core.interaction import Channel, EndReason, InteractionState
from routing.configuration.engine_policy import QueueTargets, engine_policy, services_of
from routing.configuration.load import policies_of
from routing.configuration.model import OverflowKind, RingStrategy
from routing.engine.matcher import Engine
from routing.engine.policy import ANY, Policy
from routing.engine.values import ItemKind
from routing.floor import offers
from routing.floor.floor import Floor
from routing.floor.forecast import Forecast
from routing.floor.overflow import OverflowRule, Overflows
from routing.floor.reconcile import Leg
from routing.floor.rows import Agent, Item, QueueRules, Reservation
from routing.floor.services import Services
from routing.writer.session import WriterSession

_MISSING_STATES = """
insert into agent_states (agent_id, domain)
select a.id, a.domain from agents a where a.domain = $1
  and not exists (select 1 from agent_states s where s.agent_id = a.id)
on conflict do nothing
"""
_QUEUES = """
select id, required_skills, preferred_skills, priority, target_seconds, targets, ring_seconds, wrap_up_seconds, active,
       ring_strategy, callback_attempts, callback_pause_seconds
from queues where domain = $1
"""
_OVERFLOWS = """
select o.queue_id, o.to_queue_id, o.kind, o.threshold from queue_overflows o join queues q on q.id = o.queue_id
where q.domain = $1 order by o.queue_id, o.position
"""
_AGENTS = """
select s.*, a.active, a.voice_capacity, a.capacity, a.team, coalesce(e.reachable, false) as reachable,
       array(select m.queue_id from queue_memberships m where m.agent_id = s.agent_id order by m.queue_id) as queues,
       array(select m.priority from queue_memberships m where m.agent_id = s.agent_id order by m.queue_id) as places,
       array(select k.code from agent_skills x join skills k on k.id = x.skill_id
             where x.agent_id = s.agent_id order by k.id) as skill_codes,
       array(select x.level from agent_skills x join skills k on k.id = x.skill_id
             where x.agent_id = s.agent_id order by k.id) as skill_levels
from agent_states s join agents a on a.id = s.agent_id left join agent_endpoints e on e.agent_id = s.agent_id
where s.domain = $1
"""
_ITEMS = """
select i.*, array(select r.agent_id from reservations r where r.interaction_id = i.id and r.state = 'rejected'
                  and r.decided_at > now() - $2::interval) as excluded,
       (select max(r.decided_at) + $2::interval from reservations r
        where r.interaction_id = i.id and r.state = 'rejected') as excluded_until,
       case when i.due_at > now() then i.due_at end as rests_until,
       case when i.demanded_until is null or i.demanded_until > now() then i.demanded_agents end as demanded,
       c.tier as present_tier, c.credit_grade as present_grade, c.owner_agent_id
from interactions i join customers c on c.id = i.customer_id
where i.domain = $1 and i.state <> 'closed' and i.state in ('queued', 'offered', 'active', 'held', 'wrapping')
"""
_LEGS = """
select l.*, coalesce(l.ended_at, l.answered_at, l.created_at) as at,
       exists (select 1 from call_legs c where c.interaction_id = i.id and c.role = 'customer'
               and c.state in ('ringing', 'up')) as customer_is_up
from interactions i join call_legs l on l.interaction_id = i.id
where i.domain = $1 and i.state <> 'closed' and i.state in ('queued', 'offered', 'active', 'held')
  and (l.state in ('ended', 'failed') or (l.state = 'up' and (l.role = 'agent' or i.kind <> 'live')))
order by at
"""
_POLICIES = "select * from service_policies where domain = $1 order by position, tier, grade"
_TUNING = "select routing from domains where id = $1"
_KEEP_POLICY = """
insert into routing_policies (domain, version, policy) select $1, $2, $3::text::jsonb
where not exists (select 1 from routing_policies where domain = $1 and version = $2) on conflict do nothing
"""
_RESERVATIONS = "select * from reservations where domain = $1 and released_at is null"
_SOME_AGENTS = _AGENTS + " and s.agent_id = any($2)"
_SOME_ITEMS = _ITEMS + " and i.id = any($3)"
_SOME_RESERVATIONS = _RESERVATIONS + " and (interaction_id = any($2) or agent_id = any($3))"
_ONE_RESERVATION = "select * from reservations where domain = $1 and id = $2"
_CUSTOMER_LEG_UP = """
select 1 from call_legs where interaction_id = $1 and role = 'customer' and state in ('ringing', 'up') limit 1
"""


@dataclass(slots=True)
class Rows:
    """What was read."""

    queues: list[QueueRules] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    reservations: list[Reservation] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    services: Services = field(default_factory=Services)
    policy: Policy = field(default_factory=Policy)

    def floor(self, forecast: Forecast | None = None) -> Floor:
        """A floor that holds them, and what was learned of waits."""
        queues = {queue.id: queue for queue in self.queues}
        floor = Floor(
            queues=queues, engine=Engine(self.policy), services=self.services, forecast=forecast or Forecast(),
            overflows=Overflows({queue.id: queue.overflow for queue in self.queues}),
        )  # fmt: skip
        for agent in self.agents:
            floor.put_agent(agent)
        for reservation in self.reservations:
            floor.put_reservation(reservation)
        for item in self.items:
            floor.put_item(item)
        return floor


class Reads(Protocol):
    """A connection for reads; those that are to agree see one state of the database. JSON comes as Python's values."""

    async def fetch(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a statement with ``$1`` …"""


async def everything(session: WriterSession, domain: str) -> Rows:
    """All live rows of a domain and the legs of its calls, as of one moment."""
    await session.fetch(_MISSING_STATES, domain)
    async with session.reading() as connection:
        rows = await who_is_there(connection, domain)
        rows.reservations = [_reservation(row) for row in await connection.fetch(_RESERVATIONS, domain)]
        rows.legs = [_leg(row) for row in await connection.fetch(_LEGS, domain)]
    await session.fetch(_KEEP_POLICY, domain, rows.policy.version, orjson.dumps(rows.policy.as_json()).decode())
    return rows


async def who_is_there(connection: Reads, domain: str) -> Rows:
    """Interactions, agents and the rules by which the one get the other: what the engine is built from."""
    queues = await connection.fetch(_QUEUES, domain)
    overflows = await connection.fetch(_OVERFLOWS, domain)
    policies = policies_of(await connection.fetch(_POLICIES, domain))
    tuning = await connection.fetch(_TUNING, domain)
    targets: list[QueueTargets] = [_targets(row) for row in queues if row["active"]]
    return Rows(
        queues=[_queue(row, overflows) for row in queues],
        agents=[_agent(row) for row in await connection.fetch(_AGENTS, domain)],
        items=[_item(row) for row in await connection.fetch(_ITEMS, domain, offers.DECLINE_LASTS)],
        services=services_of(policies),
        policy=engine_policy(domain, policies, targets, (tuning[0]["routing"] if tuning else None) or {}),
    )


async def some(session: WriterSession, domain: str, items: Iterable[UUID], agents: Iterable[UUID]) -> Rows:
    """Single interactions (with their live reservations) and agents, as of one moment."""
    item_ids, agent_ids = list(items), list(agents)
    async with session.reading() as connection:
        return Rows(
            agents=[_agent(row) for row in await connection.fetch(_SOME_AGENTS, domain, agent_ids)],
            items=[_item(row) for row in await connection.fetch(_SOME_ITEMS, domain, offers.DECLINE_LASTS, item_ids)],
            reservations=[
                _reservation(row) for row in await connection.fetch(_SOME_RESERVATIONS, domain, item_ids, agent_ids)
            ],
        )


async def reservation(session: WriterSession, domain: str, reservation_id: UUID) -> Reservation | None:
    """One reservation, settled or not."""
    rows = await session.fetch(_ONE_RESERVATION, domain, reservation_id)
    return _reservation(rows[0]) if rows else None


async def customer_is_up(session: WriterSession, interaction_id: UUID) -> bool:
    """Whether telephony knows the customer's leg as standing."""
    return bool(await session.fetch(_CUSTOMER_LEG_UP, interaction_id))


def _queue(row: Any, overflows: list[Any]) -> QueueRules:
    return QueueRules(
        id=row["id"], skills=_skills(row["required_skills"]), preferred=_skills(row["preferred_skills"]),
        priority=row["priority"], target_seconds=row["target_seconds"], targets=row["targets"],
        ring_seconds=row["ring_seconds"], ring_all=row["ring_strategy"] == RingStrategy.ALL,
        wrap_up_seconds=row["wrap_up_seconds"],
        callback_attempts=row["callback_attempts"], callback_pause_seconds=row["callback_pause_seconds"],
        overflow=tuple(_overflow(rule) for rule in overflows if rule["queue_id"] == row["id"]),
    )  # fmt: skip


def _overflow(row: Any) -> OverflowRule:
    return OverflowRule(row["to_queue_id"], OverflowKind(row["kind"]), row["threshold"])


def _targets(row: Any) -> dict[str, float]:
    return {ANY: float(row["target_seconds"])} | {channel: float(target) for channel, target in row["targets"].items()}


def _skills(required: dict[str, Any]) -> frozenset[tuple[str, int]]:
    return frozenset((code, int(level)) for code, level in required.items())


def _agent(row: Any) -> Agent:
    return Agent(
        id=row["agent_id"], presence=Presence(row["presence"]), presence_reason=row["presence_reason"],
        presence_since=row["presence_since"], work_state=WorkState(row["work_state"]), work_since=row["work_since"],
        idle_since=row["idle_since"], version=row["version"], interaction_id=row["interaction_id"],
        wrap_up_until=row["wrap_up_until"], reachable=row["reachable"], active=row["active"], missed=row["missed"],
        channels=frozenset(({Channel.VOICE.value} if row["voice_capacity"] else set()) | set(row["capacity"])),
        limits=tuple(sorted(row["capacity"].items())), team=row["team"],
        queues=frozenset(zip(row["queues"], row["places"], strict=True)),
        skills=frozenset(zip(row["skill_codes"], row["skill_levels"], strict=True)),
    )  # fmt: skip


def _item(row: Any) -> Item:
    return Item(
        id=row["id"], channel=Channel(row["channel"]), state=InteractionState(row["state"]), version=row["version"],
        customer_id=row["customer_id"], queue_id=row["queue_id"], queued_at=row["queued_at"], priority=row["priority"],
        priority_boost=row["priority_boost"], skills=_skills(row["required_skills"]),
        preferred=_skills(row["preferred_skills"]), tier=row["present_tier"], credit_grade=row["present_grade"],
        account_manager_id=row["owner_agent_id"], last_agent_id=row["last_agent_id"], kind=ItemKind(row["kind"]),
        demanded=None if row["demanded"] is None else frozenset(row["demanded"]),
        demanded_until=None if row["demanded"] is None else row["demanded_until"],
        target_seconds=row["target_seconds"], excluded=frozenset(row["excluded"]),
        excluded_until=row["excluded_until"] if row["excluded"] else None,
        attempts=row["attempts"], rests_until=row["rests_until"],
        agent_id=row["agent_id"], reservation_id=row["reservation_id"],
        end_reason=EndReason(row["end_reason"]) if row["end_reason"] else None, answered_at=row["answered_at"],
        ended_at=row["ended_at"], wrap_up_until=row["wrap_up_until"], closed_at=row["closed_at"],
    )  # fmt: skip


def _reservation(row: Any) -> Reservation:
    return Reservation(
        id=row["id"], interaction_id=row["interaction_id"], agent_id=row["agent_id"], queue_id=row["queue_id"],
        channel=Channel(row["channel"]), state=ReservationState(row["state"]), created_at=row["created_at"],
        deadline_at=row["deadline_at"], decided_at=row["decided_at"], released_at=row["released_at"],
        together=row["together"], decision=row["decision"],
    )  # fmt: skip


def _leg(row: Any) -> Leg:
    return Leg(
        id=row["id"], interaction_id=row["interaction_id"], reservation_id=row["reservation_id"],
        agent_id=row["agent_id"], role=LegRole(row["role"]), state=LegState(row["state"]),
        end_reason=LegEndReason(row["end_reason"] or LegEndReason.GONE), answered_at=row["answered_at"], at=row["at"],
        customer_is_up=row["customer_is_up"],
    )  # fmt: skip
