"""Very many agents, queues and customers, and calls of theirs, each in a few statements."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import orjson

from core.agent import EndpointKind
from core.events import InteractionQueued
from core.ids import new_id
from core.interaction import Channel, QueuedCause

_TIER = "key"
_SKILLS = 5
_QUEUES_AN_AGENT = 3
_CUSTOMERS = 500
_MAKE = {
    "skills": """
    insert into skills (id, domain, code, name_en, name_zh) select id, 'main', code, code, code
    from json_to_recordset($1::json) as t (id uuid, code text)""",
    "queues": """
    insert into queues (id, domain, code, name_en, name_zh, required_skills, wrap_up_seconds, ring_seconds)
    select id, 'main', code, code, code, required_skills, wrap_up_seconds, ring_seconds
    from json_to_recordset($1::json) as t (
        id uuid, code text, required_skills jsonb, wrap_up_seconds int, ring_seconds int)""",
    "customers": """
    insert into customers (id, domain, name, tier) select id, 'main', 'Customer', tier
    from json_to_recordset($1::json) as t (id uuid, tier text)""",
    "agents": """
    with made as (
        insert into agents (id, domain, code, name) select id, 'main', id::text, 'Agent'
        from json_to_recordset($1::json) as t (id uuid) returning id),
    phones as (
        insert into agent_endpoints (agent_id, domain, endpoint, kind, reachable)
        select id, 'main', id::text, '{kind}', true from made)
    insert into agent_states (agent_id, domain, presence) select id, 'main', 'available' from made""",
    "memberships": """
    insert into queue_memberships (queue_id, agent_id) select queue_id, agent_id
    from json_to_recordset($1::json) as t (queue_id uuid, agent_id uuid)""",
    "levels": """
    insert into agent_skills (agent_id, skill_id, level) select agent_id, skill_id, level
    from json_to_recordset($1::json) as t (agent_id uuid, skill_id uuid, level int)""",
}
OPEN_CALLS = """
    with opened as (
        insert into interactions (id, domain, channel, state, customer_id, address_kind, address, queue_id, tier,
                                  created_at, queued_at)
        select id, 'main', 'voice', 'queued', customer_id, 'phone', '+8613800000000', queue_id, tier, queued_at, queued_at
        from json_to_recordset($1::json) as t (
            id uuid, customer_id uuid, queue_id uuid, tier text, queued_at timestamptz)
        returning id, created_at)
    insert into call_legs (id, domain, interaction_id, role, channel_name, unique_id, state, created_at, answered_at)
    select id, 'main', id, 'customer', 'PJSIP/caller', id::text, 'up', created_at, created_at from opened
"""  # noqa: E501
"""Opens what ``rows_of`` gives, as calls that wait in their queues."""


class Executes(Protocol):
    """A connection of the driver."""

    async def execute(self, sql: str, *values: Any) -> Any:
        """Run a statement."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is there."""

    agents: Sequence[UUID]
    queues: Sequence[UUID]
    customers: Sequence[UUID]

    def call(self, dice: random.Random, now: datetime) -> InteractionQueued:
        """Some customer calls some queue."""
        return InteractionQueued(
            interaction_id=new_id(), channel=Channel.VOICE, queue_id=dice.choice(self.queues),
            customer_id=dice.choice(self.customers), cause=QueuedCause.ARRIVED, queued_at=now, tier=_TIER, version=1,
        )  # fmt: skip


def rows_of(calls: Sequence[InteractionQueued]) -> str:
    """The value for ``OPEN_CALLS``."""
    return _json([
        {"id": call.interaction_id, "customer_id": call.customer_id, "queue_id": call.queue_id, "tier": call.tier,
         "queued_at": call.queued_at}
        for call in calls
    ])  # fmt: skip


async def settle(
    connection: Executes, agents: int, *, queues: int = 8, wrap_up_seconds: Sequence[int] = (0,), ring_seconds: int = 20
) -> Crowd:
    """Fill an empty database: available agents with reachable phones, three queues and all skills each.

    There is one tier, so that nothing is held back for anybody: who waits is offered as soon as somebody is free.
    """
    dice = random.Random(agents)
    skills = [(new_id(), f"s{number}") for number in range(_SKILLS)]
    made_queues = [new_id() for _ in range(queues)]
    people = [new_id() for _ in range(agents)]
    customers = [new_id() for _ in range(_CUSTOMERS)]

    async def make(what: str, rows: Sequence[dict[str, Any]]) -> None:
        await connection.execute(_MAKE[what].replace("{kind}", EndpointKind.WEBRTC.value), _json(rows))

    await make("skills", [{"id": skill_id, "code": code} for skill_id, code in skills])
    await make("queues", [
        {"id": queue_id, "code": f"q{number}", "required_skills": {skills[number % _SKILLS][1]: 1 + number % 3},
         "wrap_up_seconds": wrap_up_seconds[number % len(wrap_up_seconds)], "ring_seconds": ring_seconds}
        for number, queue_id in enumerate(made_queues)
    ])  # fmt: skip
    await make("customers", [{"id": customer_id, "tier": _TIER} for customer_id in customers])
    await make("agents", [{"id": agent_id} for agent_id in people])
    await make("memberships", [
        {"queue_id": queue_id, "agent_id": agent_id}
        for agent_id in people for queue_id in dice.sample(made_queues, min(_QUEUES_AN_AGENT, queues))
    ])  # fmt: skip
    await make("levels", [
        {"agent_id": agent_id, "skill_id": skill_id, "level": dice.randint(3, 5)}
        for agent_id in people for skill_id, _ in skills
    ])  # fmt: skip
    await connection.execute(f"delete from service_policies where tier <> '{_TIER}'")
    await connection.execute("analyze")
    return Crowd(people, made_queues, customers)


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(list(rows), default=str).decode()
