"""What was decided and why, as it is read again; and why somebody waits, as the writer itself would say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from core import clock
from core.interaction import InteractionState as State
from routing.engine.explain import replay
from routing.explanation import explained, reasons
from routing.explanation_reads import Offer, read_offers, read_subject, read_waiting
from routing.waiting import Waiting, waiting
from routing.writer.service import RoutingService
from tests.routing.company import Company, until


async def offers_of(company: Company, interaction_id: UUID) -> list[Offer]:
    async with company.database.reading() as connection:
        return await read_offers(connection, "main", interaction_id)


async def why(company: Company, writer: RoutingService, interaction_id: UUID) -> Waiting | None:
    """Why it waits, asked of the tables; the writer in office says the same as soon as it has heard of everything."""

    async def agreed() -> list[Waiting | None]:
        now = clock.now()
        async with company.database.reading() as connection:
            found = await read_waiting(connection, "main", interaction_id, now)
        told = writer.term.floor.engine.why_waiting(interaction_id, now.timestamp())
        return [found] if found == waiting(told, now) else []

    return (await until(agreed, what="writer and tables to say the same"))[0]


async def test_recorded_decisions_are_read_in_their_order_and_replay(company: Company, writer: RoutingService) -> None:
    first = await company.add_agent(idle_since=clock.now() - timedelta(minutes=5))
    second = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    await company.decline(await company.offer_of(call, first))
    await company.offer_of(call, second)

    found = await offers_of(company, call)

    assert [(each.agent_id, each.state) for each in found] == [(first, "rejected"), (second, "pending")]
    told = [each.record for each in found]
    assert all(record is not None and record.replays for record in told)
    assert [record.reasons for record in told if record] == [("longest_idle",), ("only_candidate", "redirected")]
    assert [[each.agent_id for each in record.agents] for record in told if record] == [[first, second], [second]]
    rows = await company.reservations(call)
    assert [replay(row.decision) for row in rows] == [(call, first), (call, second)]


@pytest.mark.parametrize(
    ("priorities", "taken", "reason"), [((0, 60), 1, "most_urgent"), ((0, 0), 0, "waited_longest")]
)
async def test_the_choice_of_a_freed_agent_replays(
    company: Company, writer: RoutingService, priorities: tuple[int, ...], taken: int, reason: str
) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    talk = await company.call_arrives()
    offer = await company.talking(talk)
    calls = [await company.call_arrives(priority=each) for each in priorities]
    await company.customer_leaves(talk)
    await company.stands(talk, State.CLOSED)

    (only,) = await offers_of(company, calls[taken])

    assert offer.agent_id == only.agent_id == agent
    assert only.record is not None
    assert (only.record.trigger, only.record.reasons, only.record.replays) == ("agent_freed", (reason,), True)
    assert (only.record.candidates, [each.interaction_id for each in only.record.items]) == (2, [calls[taken]])
    assert await offers_of(company, calls[1 - taken]) == []


async def test_a_waiting_call_says_what_would_help(company: Company, writer: RoutingService) -> None:
    french = await company.add_skill("french")
    queue = await company.add_queue(required_skills={"french": 2})
    other = await company.add_agent(queues_of=[queue])
    await writer.rebuild()
    call = await company.call_arrives(queue_id=queue)
    await company.stands(call, State.QUEUED)

    found = await why(company, writer, call)
    assert found is not None
    assert (found.would_help, found.on_duty, found.free) == (("somebody_with_the_skills",), 1, 1)
    assert (found.skills, found.rejected) == ((("french", 2),), (("skill", 1),))

    speaker = await company.add_agent(queues_of=[queue], skilled={french: 2})
    await writer.rebuild()
    assert (await company.offer_of(call)).agent_id == speaker
    assert await why(company, writer, call) is None
    next_call = await company.call_arrives(queue_id=queue)
    await company.stands(next_call, State.QUEUED)
    found = await why(company, writer, next_call)
    assert found is not None
    assert (found.would_help, found.could_serve, found.could_serve_and_free) == (("a_free_agent",), 1, 0)
    assert other != speaker


async def test_a_call_that_its_only_agent_declined_needs_another(company: Company, writer: RoutingService) -> None:
    await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    await company.decline(await company.offer_of(call))
    await company.stands(call, State.QUEUED)

    found = await why(company, writer, call)

    assert found is not None
    assert (found.would_help, found.rejected) == (("another_agent",), (("excluded", 1),))


async def test_nobody_elses_interaction_is_read(company: Company) -> None:
    call = await company.call_arrives()
    async with company.database.reading() as connection:
        assert (await read_subject(connection, "main", call)) is not None
        assert await read_subject(connection, "elsewhere", call) is None
        assert await read_waiting(connection, "elsewhere", call, clock.now()) is None


ANN, BEN = UUID(int=1), UUID(int=2)


def chosen(first: dict[str, Any], second: dict[str, Any], **values: Any) -> dict[str, Any]:
    """The record of an arrival with two free agents."""
    considered = [
        {"agent": str(agent), "cost": 0, "terms": {}, "idle_since": 50.0, **each}
        for agent, each in ((ANN, first), (BEN, second))
    ]
    return {
        "policy": "main", "policy_version": "1", "trigger": "item_arrived", "at": 100.0, "item": str(UUID(int=9)),
        "agent": str(ANN), "waited_seconds": 1.0, "tier": "gold", "target_seconds": 20.0, "head_start": 0.0,
        "boost": 0, "idle_seconds": 50.0, "needed": {"queue": str(UUID(int=8)), "skills": {}}, "excluded": [],
        "candidates": 2, "considered": considered, "rejected": {"skill": 1, "no_room": 3}, **values,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("record", "codes"),
    [
        (chosen({}, {"terms": {"speed": 7, "load": 1}}), ["speed"]),
        (chosen({"terms": {"speed": 5}}, {"terms": {"occupancy": 8}}), ["occupancy"]),
        (chosen({"idle_since": 40.0}, {}), ["longest_idle"]),
        (chosen({}, {}), ["equal"]),
        (chosen({}, {}, known=True), ["known"]),
        (chosen({"idle_since": 40.0}, {}, demanded=True), ["demanded", "longest_idle"]),
        (chosen({}, {"terms": {"speed": 7}}, boost=1, needed={"skills": {"en": 3}}), ["speed", "redirected", "skills"]),
    ],
)
def test_the_first_reason_is_what_set_the_chosen_apart(record: dict[str, Any], codes: list[str]) -> None:
    assert list(reasons(record)) == codes
    found = explained(record)
    assert found is not None
    assert (found.reasons, found.replays, found.rejected) == (tuple(codes), True, (("no_room", 3), ("skill", 1)))


def test_a_record_that_would_be_decided_otherwise_says_so() -> None:
    found = explained(chosen({"terms": {"speed": 9}}, {}))
    assert found is not None
    assert not found.replays


@pytest.mark.parametrize(
    "record",
    [
        None, "text", {}, {"why": ["longest_idle"]}, {"trigger": "item_arrived"}, chosen({}, {}, considered=[]),
        chosen({}, {}, at="never"), chosen({}, {}, item="x"), chosen({}, {}, at=1e300), chosen({}, {}, rejected=[1]),
        chosen({"agent": 7}, {}), chosen({}, {}, trigger="fate"), chosen({}, {}, considered="abc"),
    ],
)  # fmt: skip
def test_what_is_no_record_is_none(record: Any) -> None:
    assert explained(record) is None
