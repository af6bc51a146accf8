"""Doors on the real writer and PostgreSQL: what the tables say is what is asked, and closing time for who waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, update

from core import clock
from core.doors import Admission, Announcement
from core.events import ConfigurationChanged
from core.ids import new_id
from core.interaction import EndReason, InteractionState
from core.tables import schedules
from routing.doors import FrontDoors
from routing.writer.service import RoutingService
from tests.routing.company import Company, until

_ALWAYS = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


async def keep_hours(company: Company, **columns: Any) -> UUID:
    """The company's queue has opening hours, and is open now."""
    schedule = new_id()
    async with company.database.unit_of_work("test") as work:
        row = {"id": schedule, "domain": "main", "code": "office", "time_zone": "Asia/Shanghai", "weekly": _ALWAYS}
        await work.execute(insert(schedules).values(**row, special_days={}, holidays=None))
    await company.change_queue(schedule_id=schedule, **columns)
    return schedule


async def close_now(company: Company) -> None:
    """Somebody makes today a special day on which nobody works."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    days: dict[str, list[str]] = {(now + timedelta(days=offset)).date().isoformat(): [] for offset in (-1, 0, 1)}
    async with company.database.unit_of_work("test") as work:
        await work.execute(update(schedules).values(special_days=days))
        work.record(ConfigurationChanged(what="schedules"))


async def front_doors(company: Company, writer: RoutingService) -> FrontDoors:
    doors = FrontDoors(lambda: writer.term.floor if writer.term else None)
    async with company.database.reading() as connection:
        await doors.reload(connection, "main")
    return doors


async def test_who_waits_stays_when_the_queue_closes(company: Company, writer: RoutingService) -> None:
    await keep_hours(company, closed_action="message")
    call = await company.call_arrives()
    await close_now(company)
    doors = await front_doors(company, writer)
    assert doors.admit(company.queue_id, new_id(), clock.now()) == Admission(company.queue_id, EndReason.QUEUE_CLOSED)
    agent = await company.add_agent()
    await writer.rebuild()
    await company.offer_of(call, agent)


async def test_a_queue_that_says_so_turns_away_who_waits(company: Company, writer: RoutingService) -> None:
    await keep_hours(company, closed_action="message", closed_waiting=True)
    call = await company.call_arrives()
    await company.stands(call, InteractionState.QUEUED)
    await close_now(company)
    row = await company.stands(call, InteractionState.CLOSED, seconds=1.0)
    assert (row.end_reason, row.queue_id, row.agent_id) == ("queue_closed", company.queue_id, None)
    assert row.ended_at is not None
    assert await company.events(call) == ["interaction.queued", "interaction.closed", "interaction.turned_away"]


async def test_or_sends_them_to_another_queue_with_the_wait_behind_them(
    company: Company, writer: RoutingService
) -> None:
    other = await company.add_queue()
    await keep_hours(company, closed_action="queue", closed_queue_id=other, closed_waiting=True)
    agent = await company.add_agent(queues_of=[other])
    calls = [await company.call_arrives() for _ in range(2)]
    queued = [(await company.interaction(call)).queued_at for call in calls]
    await writer.rebuild()
    await close_now(company)
    offer = await company.offer_of(calls[0], agent, seconds=1.0)
    assert offer.queue_id == other

    async def second() -> Any:
        row = await company.interaction(calls[1])
        return row if row.queue_id == other else None

    waiting = await until(second, 1.0, "the second call in the other queue")
    assert (waiting.state, waiting.queued_at) == ("queued", queued[1])
    assert (await company.interaction(calls[0])).queued_at == queued[0]
    assert await company.faults() == []


async def test_whom_an_agent_is_rung_for_is_not_sent_away(company: Company, writer: RoutingService) -> None:
    await keep_hours(company, closed_action="message", closed_waiting=True)
    agent = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    offer = await company.offer_of(call, agent)
    await close_now(company)
    doors = await front_doors(company, writer)
    await until(lambda: _closed_for(writer, company), what="the writer to read the hours")
    assert doors.admit(company.queue_id, new_id(), clock.now()).refused is EndReason.QUEUE_CLOSED
    await company.agent_answers(offer)
    await company.stands(call, InteractionState.ACTIVE)


async def _closed_for(writer: RoutingService, company: Company) -> bool:
    return writer.term is not None and not writer.term.floor.doors.is_open(company.queue_id, clock.now())


async def test_a_full_queue_counts_who_waits_and_who_is_on_his_way(company: Company, writer: RoutingService) -> None:
    other = await company.add_queue()
    await company.change_queue(full_length=2, full_action="queue", full_queue_id=other)
    await writer.rebuild()
    doors = await front_doors(company, writer)
    here, now = company.queue_id, clock.now()
    assert doors.admit(here, new_id(), now) == Admission(here)
    assert doors.admit(here, new_id(), now) == Admission(here)
    assert doors.admit(here, new_id(), now) == Admission(other), "two are on their way, though nobody waits yet"
    later = now + timedelta(seconds=6)
    assert doors.admit(here, new_id(), later) == Admission(here), "they never came"

    doors = await front_doors(company, writer)
    for _ in range(2):
        await company.call_arrives()
    await until(lambda: _length(writer, here, 2), what="two to wait")
    assert doors.admit(here, new_id(), clock.now()) == Admission(other)


async def _length(writer: RoutingService, queue_id: UUID, length: int) -> bool:
    return writer.term is not None and writer.term.floor.lines.length(queue_id) == length


async def test_a_queue_is_full_by_its_estimated_wait(company: Company, writer: RoutingService) -> None:
    """Nobody is there and calls take three minutes: who joins would wait for six."""
    await company.change_queue(full_estimate_seconds=300)
    await writer.rebuild()
    doors = await front_doors(company, writer)
    assert doors.admit(company.queue_id, new_id(), clock.now()).refused is EndReason.QUEUE_FULL
    await company.add_agent()
    await company.add_agent()
    await writer.rebuild()
    assert doors.admit(company.queue_id, new_id(), clock.now() + timedelta(seconds=2)) == Admission(company.queue_id)


async def test_without_the_writer_here_no_queue_is_full(company: Company, writer: RoutingService) -> None:
    await company.change_queue(full_length=1, full_estimate_seconds=1, announce=_announce())
    doors = await front_doors(company, writer)
    doors.floor = lambda: None
    assert doors.admit(company.queue_id, new_id(), clock.now()) == Admission(company.queue_id)
    assert doors.admit(company.queue_id, new_id(), clock.now()) == Admission(company.queue_id)
    assert doors.announcement(company.queue_id) == Announcement(10, 30, position=True, wait=False)


def _announce() -> dict[str, Any]:
    return {"after_seconds": 10, "every_seconds": 30, "say": "position"}
