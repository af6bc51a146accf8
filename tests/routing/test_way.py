"""The way of an interaction through routing, fact by fact, on real PostgreSQL and Valkey."""

from __future__ import annotations

from datetime import timedelta

from core import clock
from routing.writer.service import RoutingService
from tests.routing.company import Company


async def test_an_arriving_call_is_offered_to_the_longest_idle_agent(company: Company, writer: RoutingService) -> None:
    await company.add_agent(idle_since=clock.now() - timedelta(minutes=1))
    longest = await company.add_agent(idle_since=clock.now() - timedelta(minutes=5))
    await company.add_agent(idle_since=clock.now() - timedelta(minutes=3))
    await writer.rebuild()

    call = await company.call_arrives()
    offer = await company.offer_of(call)

    assert offer.agent_id == longest
    assert offer.decision["candidates"] == 3
    row = await company.interaction(call)
    assert (row.state, row.agent_id, row.reservation_id) == ("offered", longest, offer.id)
    assert (await company.agent(longest)).work_state == "reserved"
    assert await company.events(call) == ["interaction.queued", "reservation.created", "agent.work_changed"]
    assert await company.faults() == []
