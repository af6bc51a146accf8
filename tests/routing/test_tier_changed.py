"""A customer whose tier changes while he waits is served by what he is worth now."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import insert, update

from core.agent import Presence
from core.events import CustomerTierChanged
from core.ids import new_id
from core.tables import customers
from routing.writer.service import RoutingService
from tests.routing.company import Company


async def another_customer(company: Company) -> UUID:
    customer_id = new_id()
    async with company.database.unit_of_work("test") as work:
        await work.execute(insert(customers).values(id=customer_id, domain="main", name="Another", tier="standard"))
    return customer_id


async def rises(company: Company, customer_id: UUID, tier: str) -> None:
    async with company.database.unit_of_work("crm_sync") as work:
        await work.execute(update(customers).where(customers.c.id == customer_id).values(tier=tier))
        work.record(CustomerTierChanged(customer_id=customer_id, tier=tier))


async def test_what_waits_is_routed_by_the_new_tier(company: Company, writer: RoutingService) -> None:
    agent = await company.add_agent(available=False)
    await writer.rebuild()
    early = await company.call_arrives()
    company.customer_id = await another_customer(company)
    late = await company.call_arrives()

    await rises(company, company.customer_id, "key")
    await company.choose_presence(agent, Presence.AVAILABLE)

    await company.offer_of(late, agent, seconds=1.0)
    assert await company.reservations(early) == []
    assert await company.faults() == []


async def test_nothing_is_upset_when_the_customer_is_not_waiting(company: Company, writer: RoutingService) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    offer = await company.offer_of(call, agent)
    await rises(company, company.customer_id, "gold")
    await rises(company, await another_customer(company), "gold")
    await company.agent_answers(offer)
    await company.agent_is(agent, work_state="engaged")
    waiting = await company.call_arrives()
    await company.customer_leaves(call)
    await company.offer_of(waiting, agent)
    assert await company.faults() == []
