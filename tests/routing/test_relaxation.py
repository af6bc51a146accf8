"""An item that has waited long enough is open to more agents: in that moment, on the real writer."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from core import clock
from routing.engine.policy import ANY, Policy, RelaxStep, Reserves, Service
from routing.writer.service import RoutingService
from routing.writer.term import Term
from tests.routing.company import Company

LATE_AT_MOST = timedelta(seconds=0.3)
EXPERTS_FIRST = Policy(services=(((ANY, ANY), Service(relax=(RelaxStep(0.05, 4),))),), reserves=Reserves(small_team=0))


@pytest.mark.long
async def test_a_timer_opens_a_call_to_who_is_less_skilled_not_the_sweep(
    company: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(_: Term) -> None:
        await asyncio.sleep(0)

    french = await company.add_skill("fr")
    expert, other = [await company.add_agent(skilled={french: level}) for level in (5, 2)]
    await writer.rebuild()
    assert writer.term is not None
    writer.term.floor.engine.set_policy(EXPERTS_FIRST, clock.now().timestamp())
    monkeypatch.setattr(Term, "sweep", nothing)
    await company.offer_of(await company.call_arrives(skilled={"fr": 1}), expert)

    call = await company.call_arrives(skilled={"fr": 1})
    offer = await company.offer_of(call, other)

    # 0.05 of the queue's target of 20 s
    late = offer.created_at - (await company.interaction(call)).queued_at - timedelta(seconds=1)
    assert timedelta(0) <= late <= LATE_AT_MOST
    assert await company.faults() == []
