"""A configuration that is applied reaches what waits already: the real writer offers it anew within a second."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from core.agent import Presence
from core.db import Database
from core.tables import routing_policies
from routing.configuration.plan import apply, plan, rollback
from routing.writer.service import RoutingService
from tests.routing.company import Company

WITHIN = 1.0
SETUP = """
skills:
  cargo: Cargo
  claims: Claims
queues:
  main: {name: Main, skills: {cargo: 3}, wrap_up_seconds: 0}
  other: {name: Other, wrap_up_seconds: 0}
agents:
  expert: {name: Expert, skills: {cargo: 5}, queues: [main]}
  novice: {name: Novice, skills: {cargo: 2}, queues: [main]}
  beside: {name: Beside, skills: {cargo: 5}, queues: [other]}
"""


class Center:
    """The configured company with one agent at work, and a call that nobody at work may take."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.database: Database = company.database

    async def set_up(self, present: str) -> None:
        async with self.database.unit_of_work("test") as work:
            await work.execute(text("update queues set active = false"))
        await apply(self.database, SETUP, author="ana")
        async with self.database.unit_of_work("test") as work:
            for statement in (
                """insert into agent_endpoints (agent_id, domain, endpoint, kind, reachable)
                   select id, domain, code, 'webrtc', true from agents""",
                """insert into agent_states (agent_id, domain, presence)
                   select id, domain, case when code = :present then 'available' else 'offline' end from agents
                   on conflict (agent_id) do update set presence = excluded.presence""",
            ):
                await work.execute(text(statement), {"present": present} if ":present" in statement else None)
        await self.apply("company: {name: Again, time_zone: UTC}")  # the writer reads the agents

    async def apply(self, document: str) -> int:
        """Apply; how many waiting interactions the plan said it would touch."""
        return (await apply(self.database, document, author="ana")).plan.touched

    async def id_of(self, table: str, code: str) -> object:
        return (await self.company.rows(text(f"select id from {table} where code = :code"), code=code))[0].id


@pytest.fixture
async def center(company: Company, writer: RoutingService) -> Center:
    return Center(company)


async def waiting_call(center: Center) -> object:
    queue = await center.id_of("queues", "main")
    call = await center.company.call_arrives(queue_id=queue)  # type: ignore[arg-type]
    with pytest.raises(AssertionError, match="in vain"):
        await center.company.offer_of(call, seconds=0.4)
    return call


CHANGES = {
    "the queue asks for less": ("novice", SETUP.replace("skills: {cargo: 3}", "skills: {cargo: 2}")),
    "an agent learns": ("novice", SETUP.replace("skills: {cargo: 2}, queues", "skills: {cargo: 3}, queues")),
    "an agent becomes a member": ("beside", SETUP.replace("queues: [other]", "queues: [other, main]")),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_waits_is_routed_anew(center: Center, change: str) -> None:
    agent, document = CHANGES[change]
    await center.set_up(agent)
    call = await waiting_call(center)
    assert (await plan(center.database, document)).touched == 1
    assert await center.apply(document) == 1
    offer = await center.company.offer_of(call, seconds=WITHIN)  # type: ignore[arg-type]
    assert offer.agent_id == await center.id_of("agents", agent)


async def test_a_rollback_routes_anew_too(center: Center) -> None:
    easy = SETUP.replace("skills: {cargo: 3}", "skills: {cargo: 1}")
    await center.set_up("novice")
    await center.apply(easy)
    await center.apply(SETUP)
    call = await waiting_call(center)
    await rollback(center.database, None, author="ana")
    await center.company.offer_of(call, seconds=WITHIN)  # type: ignore[arg-type]


async def test_a_policy_changes_whose_turn_it_is(center: Center, writer: RoutingService) -> None:
    """Two wait, the later one of a better tier; with a head start of its own it is served first."""
    await center.set_up("nobody")
    company, key = center.company, "policies: {key: {any: {head_start_seconds: %s, weight: 1}}, standard: {any: {}}}"
    await center.apply(key % 0)
    queue = await center.id_of("queues", "main")
    early = await company.call_arrives(queue_id=queue)  # type: ignore[arg-type]
    late = await company.call_arrives(queue_id=queue)  # type: ignore[arg-type]
    async with center.database.unit_of_work("test") as work:
        await work.execute(
            text("insert into customers (id, domain, name, tier) values (gen_random_uuid(), 'main', 'K', 'key')")
        )
        await work.execute(
            text(
                "update interactions set customer_id = (select id from customers where tier = 'key') where id = :late"
            ),
            {"late": late},
        )
    assert await center.apply(key % 600) == 1, "one of the two is a key customer"
    await company.choose_presence(await center.id_of("agents", "expert"), Presence.AVAILABLE)  # type: ignore[arg-type]
    await company.offer_of(late, seconds=WITHIN)
    assert await company.reservations(early) == []
    offer = (await company.reservations(late))[0]
    kept = {row.version for row in await company.rows(select(routing_policies.c.version))}
    assert offer.decision["policy_version"] in kept, "the policy of every decision can be read again"


async def test_a_retired_queue_serves_out_those_who_wait(center: Center) -> None:
    await center.set_up("nobody")
    queue = await center.id_of("queues", "main")
    call = await center.company.call_arrives(queue_id=queue)  # type: ignore[arg-type]
    retired = SETUP.replace("  main: {name: Main, skills: {cargo: 3}, wrap_up_seconds: 0}\n", "").replace(
        "[main]", "[]"
    )
    assert await center.apply(retired) == 1
    await center.company.choose_presence(await center.id_of("agents", "expert"), Presence.AVAILABLE)  # type: ignore[arg-type]
    await center.company.offer_of(call, seconds=WITHIN)
