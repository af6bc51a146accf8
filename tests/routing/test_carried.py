"""A call that meets a free agent is written together with its offer, and never by halves."""

from __future__ import annotations

import pytest
from sqlalchemy import text, update

from core import clock
from core.events import InteractionQueued
from core.ids import new_id
from core.interaction import Channel, InteractionState, QueuedCause
from core.interactions import Opening, new_row
from core.tables import agent_states
from routing.writer import term as term_module
from routing.writer.service import RoutingService
from telephony import legs
from tests.routing.company import Company


def opening(company: Company) -> Opening:
    """A caller who is not written yet."""
    interaction_id, now = new_id(), clock.now()
    row = new_row(
        "main", interaction_id, state=InteractionState.QUEUED, channel="voice", customer_id=company.customer_id,
        address_kind="phone", address="+8613800000000", queue_id=company.queue_id, created_at=now, queued_at=now,
        caller_name="'; drop table interactions; --", language="en",
    )  # fmt: skip
    queued = InteractionQueued(
        interaction_id=interaction_id, channel=Channel.VOICE, queue_id=company.queue_id,
        customer_id=company.customer_id, cause=QueuedCause.ARRIVED, queued_at=now, version=1,
    )  # fmt: skip
    return Opening(row, legs.customer_leg("main", interaction_id, "PJSIP/x", interaction_id.hex), queued)


async def test_row_leg_and_offer_are_one_transaction(company: Company, writer: RoutingService) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    arrival = opening(company)

    assert await writer.carry(arrival) is True

    offer = await company.offer_of(arrival.row["id"])
    row = await company.interaction(arrival.row["id"])
    assert (row.state, row.agent_id, row.reservation_id, row.version) == ("offered", agent, offer.id, 2)
    assert row.caller_name == arrival.row["caller_name"]
    transactions = await company.rows(
        text(
            "select xmin::text from interactions where id = :id union select xmin::text from reservations"
            " where interaction_id = :id union select xmin::text from call_legs where interaction_id = :id"
        ),
        id=arrival.row["id"],
    )
    assert len(transactions) == 1
    told = await company.rows(
        text("select name, actor from event_log where interaction_id = :id order by position"), id=arrival.row["id"]
    )
    assert [tuple(row) for row in told] == [
        ("interaction.queued", "telephony"),
        ("reservation.created", "routing"),
        ("agent.work_changed", "routing"),
    ]
    await company.agent_answers(offer)
    await company.stands(arrival.row["id"], InteractionState.ACTIVE)
    assert await company.faults() == []


async def test_nothing_is_carried_while_nobody_is_free(company: Company, writer: RoutingService) -> None:
    await company.add_agent(available=False)
    await writer.rebuild()
    arrival = opening(company)
    assert await writer.carry(arrival) is False
    found = await company.rows(text("select 1 from interactions where id = :id"), id=arrival.row["id"])
    assert found == []


async def test_a_free_agent_without_the_skill_leaves_it_waiting(company: Company, writer: RoutingService) -> None:
    other = await company.add_queue()
    await company.add_agent(queues_of=[other])
    await writer.rebuild()
    arrival = opening(company)
    assert await writer.carry(arrival) is True
    assert (await company.interaction(arrival.row["id"])).state == "queued"
    await company.customer_leaves(arrival.row["id"])
    await company.stands(arrival.row["id"], InteractionState.CLOSED)
    assert await company.faults() == []


async def test_memory_that_was_behind_writes_nothing_and_learns(company: Company, writer: RoutingService) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    async with company.database.unit_of_work("test") as work:  # unheard of: no event
        await work.execute(
            update(agent_states)
            .where(agent_states.c.agent_id == agent)
            .values(presence="offline", version=agent_states.c.version + 1)
        )
    arrival = opening(company)
    assert await writer.carry(arrival) is False
    assert await company.rows(text("select 1 from interactions where id = :id"), id=arrival.row["id"]) == []
    assert writer.term is not None
    assert arrival.row["id"] not in writer.term.floor.items
    assert not writer.term.floor.engine.free


async def test_what_is_already_written_is_not_written_again(company: Company, writer: RoutingService) -> None:
    await company.add_agent()
    await writer.rebuild()
    arrival = opening(company)
    assert await writer.carry(arrival) is True
    assert await writer.carry(arrival) is False
    await company.add_agent()
    await writer.rebuild()
    assert await writer.carry(arrival) is False
    assert len(await company.reservations(arrival.row["id"])) == 1
    assert writer.term is not None
    assert arrival.row["id"] in writer.term.floor.items
    assert await company.faults() == []


async def test_a_fault_in_deciding_leaves_the_arrival_to_its_finder(
    company: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = await company.add_agent()
    await writer.rebuild()
    arrival = opening(company)

    def stumble(*_: object) -> None:
        monkeypatch.undo()
        raise ValueError("a fault of ours")

    monkeypatch.setattr(term_module, "commit", stumble)
    assert await writer.carry(arrival) is False
    assert await company.rows(text("select 1 from interactions where id = :id"), id=arrival.row["id"]) == []
    assert writer.term is not None
    assert arrival.row["id"] not in writer.term.floor.items
    assert (await company.offer_of(await company.call_arrives())).agent_id == agent
    assert await company.faults() == []
