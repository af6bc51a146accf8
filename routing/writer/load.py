"""Reading the floor from PostgreSQL: all of it, or single rows again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from uuid import UUID

import orjson

from core import clock
from core.agent import LegEndReason, LegRole, LegState, Presence, ReservationState, WorkState
from core.event import Event
from core.events import parse_event
from core.interaction import Channel, EndReason, InteractionState
from routing.configuration.engine_policy import QueueTargets, engine_policy, services_of
from routing.configuration.load import policies_of
from routing.configuration.model import Dial, OverflowKind, RingStrategy
from routing.door_reads import read_doors
from routing.engine.matcher import Engine
from routing.engine.policy import ANY, Policy
from routing.engine.values import ItemKind
from routing.floor import offers
from routing.floor.doors import Doors
from routing.floor.floor import Floor
from routing.floor.forecast import Forecast
from routing.floor.overflow import OverflowRule, Overflows
from routing.floor.reconcile import Leg
from routing.floor.rows import Agent, Item, QueueRules, Reservation
from routing.floor.services import Services
from routing.writer import statements
from routing.writer.session import WriterSession

T = TypeVar("T")
_BREATH = 200
"""Rows after which others may have a turn: the heartbeat must not wait for thousands."""


@dataclass(slots=True)
class Rows:
    """What was read."""

    queues: list[QueueRules] = field(default_factory=list)
    agents: list[Agent] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    reservations: list[Reservation] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    said: list[Event] = field(default_factory=list)
    services: Services = field(default_factory=Services)
    policy: Policy = field(default_factory=Policy)
    doors: Doors = field(default_factory=Doors)

    def floor(self) -> Floor:
        """A floor that holds them."""
        floor = self.empty_floor()
        for _ in self.fill(floor):
            pass
        return floor

    def empty_floor(self, before: Floor | None = None) -> Floor:
        """A floor with their rules that holds nobody yet, and with what ``before`` has learned of waits and work."""
        queues = {queue.id: queue for queue in self.queues}
        return Floor(
            queues=queues, engine=Engine(self.policy), services=self.services,
            forecast=before.forecast if before else Forecast(),
            message_forecast=before.message_forecast if before else Forecast(),
            shares=dict(before.shares) if before else {},
            overflows=Overflows({queue.id: queue.overflow for queue in self.queues}), doors=self.doors,
        )  # fmt: skip

    def fill(self, floor: Floor) -> Iterator[None]:
        """Put everybody into the floor, one a step."""
        for agent in self.agents:
            floor.put_agent(agent)
            yield
        for reservation in self.reservations:
            floor.put_reservation(reservation)
            yield
        for item in self.items:
            floor.put_item(item)
            yield


class Reads(Protocol):
    """A connection for reads; those that are to agree see one state of the database. JSON comes as Python's values."""

    async def fetch(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a statement with ``$1`` …"""


async def everything(session: WriterSession, domain: str) -> Rows:
    """All live rows of a domain and the legs of its calls, as of one moment."""
    await session.fetch(statements.MISSING_STATES, domain)
    async with session.reading() as connection:
        await connection.execute(statements.MANY_ROWS)
        agents = await connection.fetch(statements.ALL_AGENTS, domain)
        await connection.execute(statements.FEW_ROWS)
        rows = await who_is_there(connection, domain, agents)
        rows.reservations = await _each(_reservation, await connection.fetch(statements.LIVE_RESERVATIONS, domain))
        rows.legs = await _each(_leg, await connection.fetch(statements.LEGS, domain))
        rows.said = await _said(connection, domain)
        rows.doors = await read_doors(connection, domain)
    rows.doors.warm(clock.now())
    await session.fetch(
        statements.KEEP_POLICY, domain, rows.policy.version, orjson.dumps(rows.policy.as_json()).decode()
    )
    return rows


async def _said(connection: Reads, domain: str) -> list[Event]:
    found = [parse_event(row["name"], row["payload"]) for row in await connection.fetch(statements.SAID, domain)]
    return [event for event in found if event is not None]


async def rehearse(session: WriterSession, domain: str) -> None:
    """Read everything once in peace: statements are prepared then, and pages at hand, when it must be done in haste."""
    await filled(await everything(session, domain), Floor())


async def who_is_there(connection: Reads, domain: str, agents: list[Any] | None = None) -> Rows:
    """Interactions, agents and the rules by which the one get the other: what the engine is built from.

    ``agents``: their rows, where they were read already.
    """
    if agents is None:
        agents = await connection.fetch(statements.ALL_AGENTS, domain)
    queues = await connection.fetch(statements.QUEUES, domain)
    overflows = await connection.fetch(statements.OVERFLOWS, domain)
    policies = policies_of(await connection.fetch(statements.POLICIES, domain))
    tuning = await connection.fetch(statements.TUNING, domain)
    targets: list[QueueTargets] = [_targets(row) for row in queues if row["active"]]
    return Rows(
        queues=[_queue(row, overflows) for row in queues],
        agents=await _each(_agent, agents),
        items=await _each(_item, await connection.fetch(statements.ITEMS, domain, offers.DECLINE_LASTS)),
        services=services_of(policies),
        policy=engine_policy(domain, policies, targets, (tuning[0]["routing"] if tuning else None) or {}),
    )


async def some(session: WriterSession, domain: str, items: Iterable[UUID], agents: Iterable[UUID]) -> Rows:
    """Single interactions (with their live reservations) and agents, as of one moment."""
    item_ids, agent_ids = list(items), list(agents)
    async with session.reading() as connection:
        return Rows(
            agents=[_agent(row) for row in await connection.fetch(statements.SOME_AGENTS, domain, agent_ids)],
            items=[
                _item(row)
                for row in await connection.fetch(statements.SOME_ITEMS, domain, offers.DECLINE_LASTS, item_ids)
            ],
            reservations=[
                _reservation(row)
                for row in await connection.fetch(statements.SOME_RESERVATIONS, domain, item_ids, agent_ids)
            ],
        )


async def reservation(session: WriterSession, domain: str, reservation_id: UUID) -> Reservation | None:
    """One reservation, settled or not."""
    rows = await session.fetch(statements.ONE_RESERVATION, domain, reservation_id)
    return _reservation(rows[0]) if rows else None


async def customers_up(session: WriterSession, interactions: Iterable[UUID]) -> frozenset[UUID]:
    """Those of which telephony knows the customer's leg as standing."""
    rows = await session.fetch(statements.CUSTOMER_LEGS_UP, list(interactions))
    return frozenset(row["interaction_id"] for row in rows)


async def filled(rows: Rows, before: Floor) -> Floor:
    """The floor that they make after the one before, with breaths between."""
    floor = rows.empty_floor(before)
    for number, _ in enumerate(rows.fill(floor), 1):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    return floor


async def _each(parse: Callable[[Any], T], rows: list[Any]) -> list[T]:
    """All rows parsed, with breaths between."""
    found: list[T] = []
    for number, row in enumerate(rows, 1):
        found.append(parse(row))
        if number % _BREATH == 0:
            await asyncio.sleep(0)
    return found


def _queue(row: Any, overflows: list[Any]) -> QueueRules:
    return QueueRules(
        id=row["id"], skills=_skills(row["required_skills"]), preferred=_skills(row["preferred_skills"]),
        priority=row["priority"], target_seconds=row["target_seconds"], targets=row["targets"],
        ring_seconds=row["ring_seconds"], ring_all=row["ring_strategy"] == RingStrategy.ALL,
        wrap_up_seconds=row["wrap_up_seconds"],
        callback_attempts=row["callback_attempts"], callback_pause_seconds=row["callback_pause_seconds"],
        dials_ahead=row["callback_dial"] == Dial.AHEAD,
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
        load=tuple(sorted(row["load"].items())),
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
