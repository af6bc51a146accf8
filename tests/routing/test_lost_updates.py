"""Facts that meet a commit which does not go through, and legs that end in ways that nobody hoped for."""

from __future__ import annotations

from typing import Any

import pytest

from core.agent import LegEndReason, Presence
from core.db import Database
from core.errors import NotFound
from core.event import Event
from core.interaction import InteractionState as State
from routing.floor.change import Change
from routing.presence import change_presence
from routing.writer import term as term_module
from routing.writer.service import RoutingService
from routing.writer.session import StaleError, WriterSession
from tests.routing.company import Company


class Stubborn:
    """Refuses the first commits of one cause, as rows that keep moving would."""

    def __init__(self, cause: str, times: int) -> None:
        self.cause, self.left, self._commit = cause, times, term_module.commit

    async def __call__(
        self, session: WriterSession, domain: str, epoch: int, change: Change
    ) -> list[tuple[int, Event]]:
        if change.cause == self.cause and self.left:
            self.left -= 1
            raise StaleError("rows have moved on")
        return await self._commit(session, domain, epoch, change)


async def talking(company: Company, writer: RoutingService) -> Any:
    """An agent who talks; the offer."""
    await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    offer = await company.offer_of(call)
    await company.agent_answers(offer)
    await company.stands(call, State.ACTIVE)
    return offer


async def test_the_end_of_a_talk_survives_a_commit_that_will_not_go_through(
    company: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    offer = await talking(company, writer)
    stubborn = Stubborn("call_leg.ended", 5)
    monkeypatch.setattr(term_module, "commit", stubborn)
    await company.agent_leg_ends(offer, LegEndReason.HANGUP)
    await company.stands(offer.interaction_id, State.CLOSED)
    assert stubborn.left == 0
    assert await company.faults() == []


async def test_a_caller_survives_a_commit_that_will_not_go_through(
    company: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    await company.add_agent()
    await writer.rebuild()
    monkeypatch.setattr(term_module, "commit", Stubborn("interaction.queued", 5))
    await company.offer_of(await company.call_arrives())
    assert await company.faults() == []


@pytest.mark.parametrize("reason", [LegEndReason.NO_ANSWER, LegEndReason.CANCELLED, LegEndReason.DECLINED])
async def test_who_is_taken_from_his_agent_by_telephony_waits_on(
    company: Company, writer: RoutingService, reason: LegEndReason
) -> None:
    offer = await talking(company, writer)
    await company.agent_leg_ends(offer, reason)
    second = await company.offer_of(offer.interaction_id)
    assert second.id != offer.id
    assert await company.faults() == []


async def test_nobody_changes_the_presence_of_another_domains_agent(company: Company, database_url: str) -> None:
    agent_id = await company.add_agent()
    async with Database(database_url, domain="other") as elsewhere:
        with pytest.raises(NotFound):
            async with elsewhere.unit_of_work("user:stranger") as work:
                await change_presence(work, agent_id, Presence.OFFLINE)
    assert (await company.agent(agent_id)).presence == "available"
