"""Work for one agent: only he is asked, and when his time is over the whole queue is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core import clock
from core.agent import Presence
from core.events import InteractionRevised
from core.ids import new_id
from core.interaction import InteractionState as State
from core.interaction import Kind
from core.interactions import open_interaction
from routing.writer.service import RoutingService
from tests.routing.company import Company


async def _work(company: Company, kind: Kind, **columns: Any) -> UUID:
    interaction_id, now = new_id(), clock.now()
    values = {"queued_at": now, "created_at": now, "due_at": now, "address_kind": "phone", "address": "+8613800000003"}
    async with company.database.unit_of_work("test") as work:
        open_interaction(
            work, interaction_id, state=State.QUEUED, channel="voice", customer_id=company.customer_id,
            queue_id=company.queue_id, kind=kind.value, **(values | columns),
        )  # fmt: skip
        work.record(InteractionRevised(interaction_id=interaction_id, kind=kind, because="test", version=1))
    return interaction_id


@pytest.mark.long
async def test_only_the_agent_who_is_wanted_is_asked_and_then_everybody(
    company: Company, writer: RoutingService
) -> None:
    busy, other = await company.add_agent(), await company.add_agent(available=False)
    await writer.rebuild()
    await company.talking(await company.call_arrives())
    await company.choose_presence(other, Presence.AVAILABLE)
    await company.agent_is(other, presence="available")
    kept = await _work(company, Kind.LIVE, demanded_agents=(busy,), demanded_until=clock.now() + timedelta(seconds=1.5))
    await company.stands(kept, State.QUEUED)
    assert (await company.agent(other)).work_state == "idle"
    offer = await company.offer_of(kept)
    assert offer.agent_id == other
    assert offer.created_at >= (await company.interaction(kept)).demanded_until
    assert await company.faults() == []


@pytest.mark.long
async def test_a_follow_up_is_asked_of_its_owner_when_it_is_due(company: Company, writer: RoutingService) -> None:
    owner, _ = await company.add_agent(), await company.add_agent()
    await writer.rebuild()
    due = clock.now() + timedelta(seconds=1)
    plan = await _work(
        company, Kind.FOLLOW_UP, queued_at=due, due_at=due, demanded_agents=(owner,),
        demanded_until=due + timedelta(minutes=5),
    )  # fmt: skip
    offer = await company.offer_of(plan)
    assert (offer.agent_id, offer.created_at >= due) == (owner, True)
    assert await company.faults() == []


async def test_a_person_who_waits_goes_before_a_follow_up(company: Company, writer: RoutingService) -> None:
    plan = await _work(company, Kind.FOLLOW_UP)
    call = await company.call_arrives()
    await company.add_agent()
    await writer.rebuild()
    await company.offer_of(call)
    assert (await company.interaction(plan)).state == "queued"
