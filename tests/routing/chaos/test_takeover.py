"""What killed and paused writers under a crowd of calls have brought to light."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from core import bus, clock
from core.bus_reader import BusReader
from core.event import Event
from core.events import ReservationCreated
from core.interaction import InteractionState as State
from routing import wrap_up
from routing.writer import election, load, statements
from routing.writer import service as service_module
from routing.writer.service import RoutingService
from routing.writer.session import SessionLostError, WriterSession, translated
from routing.writer.term import Term
from routing.writer.verify import Verifier
from tests.routing.company import Company, until


class Silent:
    """A publisher that dies before it announces anything."""

    async def publish(self, events: list[tuple[int, Event]]) -> None:
        return None


async def test_the_heart_beats_while_the_writer_reads_for_long(company: Company, writer: RoutingService) -> None:
    """Else a standby takes over in the middle of a long rebuild, and has to rebuild as long itself."""
    term = writer.term
    assert term is not None

    async def beats_on() -> bool:
        (row,) = await company.rows(
            text("select now() - writer_seen_at as since, epoch from domains where id = 'main'")
        )
        return bool(row.since < timedelta(seconds=election.OVERDUE_SECONDS)) and row.epoch == term.epoch

    async with term._session.reading():
        await asyncio.sleep(1.5 * election.OVERDUE_SECONDS)
        assert await beats_on()


@pytest.mark.long
async def test_what_many_legs_have_to_tell_goes_into_few_commits(company: Company, writer: RoutingService) -> None:
    agents = [await company.add_agent() for _ in range(30)]
    await writer.rebuild()
    offers = [await company.offer_of(await company.call_arrives()) for _ in agents]
    commits = "select count(distinct xmin::text) from event_log where actor = 'routing'"
    ((before,),) = await company.rows(text(commits))
    for offer in offers:
        await company.agent_answers(offer, silent=True)

    await writer.rebuild()

    assert {(await company.interaction(offer.interaction_id)).state for offer in offers} == {State.ACTIVE.value}
    assert await company.rows(text(commits)) == [(before + 1,)]
    assert await company.faults() == []


async def test_decisions_go_on_while_memory_is_compared_with_the_tables(
    company: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparing, enough = asyncio.Event(), asyncio.Event()

    async def compare_for_long(_: Verifier) -> bool:
        comparing.set()
        await enough.wait()
        return True

    monkeypatch.setattr(Verifier, "_is_alike", compare_for_long)
    monkeypatch.setattr(service_module, "_VERIFY_EVERY", 1)
    await company.add_agent()
    await writer.rebuild()
    await comparing.wait()

    await company.offer_of(await company.call_arrives())
    enough.set()


async def test_what_a_dead_writer_decided_is_announced_by_the_next_at_once(
    company: Company, database_url: str, redis_url: str
) -> None:
    await company.add_agent()
    call = await company.call_arrives(silent=True)
    session = await WriterSession.open(database_url)
    await Term(session, "main", await election.campaign(session, "main"), Silent()).rebuild()
    await session.close()
    heard: list[Event] = []

    async def hear(events: list[Event]) -> None:
        heard.extend(events)

    async def nothing() -> None:
        return None

    async with bus.connect(redis_url) as client, bus.Bus(client, "main") as publisher:
        reader = BusReader(client, "main", hear, nothing, wanted=[ReservationCreated])
        tasks = [asyncio.create_task(reader.run())]
        await reader.caught_up.wait()
        service = RoutingService(database_url, "main", publisher, client)
        tasks.append(asyncio.create_task(service.run()))

        async def is_told() -> bool:
            return [event.subject_interaction for event in heard] == [call]

        await until(is_told, what="the offer to be announced")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.long
async def test_memory_that_holds_what_the_tables_do_not_is_noticed(
    company: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "_VERIFY_EVERY", 1)
    call = await company.call_arrives()
    term: Any = writer.term

    async def waits() -> bool:
        return bool(term.floor.engine.is_waiting(call))

    async def waits_no_longer() -> bool:
        return not await waits()

    await until(waits, what="the call to wait")
    async with company.database.unit_of_work("test") as work:
        closed = (
            "update interactions set state = 'closed', end_reason = 'lost', version = version + 1, closed_at = now()"
        )
        await work.execute(text(closed))
    await until(waits_no_longer, what="the call to be forgotten")


@pytest.mark.parametrize("statement", [statements.LIVE_RESERVATIONS, statements.SOME_RESERVATIONS])
async def test_live_reservations_are_found_without_reading_all_there_ever_were(
    company: Company, database_url: str, statement: str
) -> None:
    await company.add_agent()
    session = await WriterSession.open(database_url)
    values = [] if "$2" not in statement else [[company.queue_id], [company.queue_id]]
    plan = "\n".join(row[0] for row in await session.fetch(f"explain {statement}", "main", *values))
    assert "reservations_live_agent" in plan
    assert "Seq Scan on reservations" not in plan
    await session.close()


async def test_statements_prepared_in_an_empty_house_do_not_read_whole_tables_in_a_full_one(
    company: Company, database_url: str
) -> None:
    session = await WriterSession.open(database_url)
    await session.fetch("analyze")
    await load.rehearse(session, "main")
    for _ in range(5):
        await company.customer_leaves(await company.call_arrives())
    scans = (
        "select sum(seq_scan) from pg_stat_user_tables where relname in ('call_legs', 'reservations', 'interactions')"
    )

    async def scanned() -> int:
        await session.fetch("select pg_stat_force_next_flush()")
        return int((await session.fetch(scans))[0][0])

    before = await scanned()
    await load.everything(session, "main")
    assert await scanned() == before
    await session.close()


@pytest.mark.long
async def test_a_desk_and_the_writer_that_end_the_same_wrap_up_do_not_wait_for_each_other(
    company: Company, writer: RoutingService
) -> None:
    """PostgreSQL would look for a deadlock only after a second, in which nothing is decided."""
    await company.change_queue(wrap_up_seconds=1)
    agent_id = await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    await company.talking(call)
    await company.customer_leaves(call)
    await company.stands(call, State.WRAPPING)
    blocked = "select 1 from pg_stat_activity where application_name = 'hotline-routing' and wait_event_type = 'Lock'"

    async def waits() -> bool:
        return bool(await company.rows(text(blocked)))

    async with company.database.unit_of_work("user:test") as work:
        await wrap_up._close(work, call, agent_id, clock.now())
        await until(waits, what="the writer to end the wrap-up too")
        began = clock.now()
        await wrap_up._free_agent(work, call, agent_id, clock.now())
    assert clock.now() - began < timedelta(seconds=0.5)
    await company.agent_is(agent_id, work_state="idle")
    assert await company.faults() == []


async def test_a_driver_that_does_not_know_where_it_stands_is_a_lost_session() -> None:
    with pytest.raises(SessionLostError):
        async with translated():
            raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")


async def test_a_paused_writer_is_replaced_soon(company: Company, database_url: str) -> None:
    """No heartbeat, but the session stands."""
    paused, standby = await WriterSession.open(database_url), await WriterSession.open(database_url)
    epoch = await election.campaign(paused, "main")
    began = clock.now()

    assert await asyncio.wait_for(election.campaign(standby, "main"), 5) == epoch + 1
    assert clock.now() - began < timedelta(seconds=1)
    await paused.close()
    await standby.close()


@pytest.mark.long
async def test_the_heart_beats_while_the_event_loop_is_busy(company: Company, writer: RoutingService) -> None:
    assert writer.term is not None
    time.sleep(2 * election.OVERDUE_SECONDS)  # noqa: ASYNC251 (nothing else has a turn)

    ((since, epoch),) = await company.rows(text("select now() - writer_seen_at, epoch from domains where id = 'main'"))

    assert since < timedelta(seconds=election.OVERDUE_SECONDS)
    assert epoch == writer.term.epoch
