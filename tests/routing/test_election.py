"""One writer at a time: takeover after a kill, a paused writer that wakes, an epoch that is out of date."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from uuid import UUID

import pytest
from sqlalchemy import text

from core.db import Database
from core.event import Event
from core.interaction import InteractionState as State
from routing.writer import election
from routing.writer.service import RoutingService
from routing.writer.session import DeposedError, WriterSession
from routing.writer.term import Term
from tests.routing.company import Company, until
from tests.routing.writer_process import Start, WriterProcess, writer_after, writer_of


class Silent:
    """A publisher that announces nothing."""

    async def publish(self, events: list[tuple[int, Event]]) -> None:
        return None


async def _two(database: Database, start: Start) -> tuple[WriterProcess, WriterProcess, int]:
    """The active one, the standby (connected and waiting), and the epoch."""
    first, second = start(), start()
    pid, epoch = await writer_after(database, 0)

    async def both_connected() -> bool:
        async with database.reading() as connection:
            found = await connection.execute(
                text(
                    "select count(*) from pg_stat_activity where application_name = 'hotline-routing' "
                    "and datname = current_database()"
                )
            )
            return found.scalar_one() == 2

    await until(both_connected, 20, "the standby")
    active, standby = (first, second) if first.pid == pid else (second, first)
    return active, standby, epoch


@pytest.mark.long
async def test_a_standby_takes_over_within_a_second_of_a_kill(company: Company, start: Start) -> None:
    await company.add_agent()
    active, standby, epoch = await _two(company.database, start)
    call = await company.call_arrives()
    offer = await company.offer_of(call)
    next_call = await company.call_arrives()

    active.send(signal.SIGKILL)
    killed = time.monotonic()
    pid, raised = await writer_after(company.database, epoch)
    took_over = time.monotonic() - killed
    await company.agent_answers(offer)
    await company.customer_leaves(call)
    await company.offer_of(next_call)

    assert (pid, raised) == (standby.pid, epoch + 1)
    assert took_over < 1.0
    assert await company.faults() == []


@pytest.mark.long
async def test_a_paused_writer_is_replaced_and_decides_nothing_when_it_wakes(company: Company, start: Start) -> None:
    agents = [await company.add_agent() for _ in range(3)]
    active, standby, epoch = await _two(company.database, start)

    active.send(signal.SIGSTOP)
    calls = [await company.call_arrives() for _ in range(3)]
    pid, raised = await writer_after(company.database, epoch, 5)
    offers = [await company.offer_of(call) for call in calls]
    active.send(signal.SIGCONT)
    later = await company.call_arrives()
    await company.customer_leaves(calls[0])

    assert (pid, raised) == (standby.pid, epoch + 1)
    assert {offer.agent_id for offer in offers} == set(agents)
    assert (await company.offer_of(later)).agent_id == offers[0].agent_id
    assert {offer.epoch for offer in await company.rows(text("select epoch from reservations"))} == {epoch + 1}
    assert await company.faults() == []

    standby.send(signal.SIGKILL)
    assert (await writer_after(company.database, epoch + 1))[0] == active.pid


@pytest.mark.long
async def test_a_clean_end_hands_over_at_once(company: Company, start: Start) -> None:
    active, standby, epoch = await _two(company.database, start)

    active.send(signal.SIGTERM)

    assert (await writer_after(company.database, epoch, 1.0))[0] == standby.pid


@pytest.mark.long
async def test_random_pauses_and_kills_strand_nothing_and_give_nothing_twice(company: Company, start: Start) -> None:
    for _ in range(4):
        await company.add_agent()
    processes = [start(), start(), start()]
    await writer_after(company.database, 0, 60.0)
    calls: list[UUID] = []
    gone: set[UUID] = set()
    for _ in range(4):
        pid, epoch = await writer_of(company.database)
        victim = next(process for process in processes if process.pid == pid)
        fault = random.choice([signal.SIGKILL, signal.SIGSTOP])
        calls += [await company.call_arrives() for _ in range(2)]
        victim.send(fault)
        calls += [await company.call_arrives() for _ in range(2)]
        await writer_after(company.database, epoch)
        if fault == signal.SIGSTOP:
            victim.send(signal.SIGCONT)
        else:
            processes[processes.index(victim)] = start()
        for row in await company.rows(text("select * from reservations where state = 'pending'")):
            await company.customer_leaves(row.interaction_id)
            gone.add(row.interaction_id)

    for call in calls:
        if call not in gone:
            await company.offer_of(call, seconds=10)
            await company.customer_leaves(call)
        await company.stands(call, State.CLOSED, seconds=10)
    assert await company.faults() == []
    assert await company.rows(text("select * from reservations where released_at is null")) == []


async def test_a_commit_of_an_old_epoch_is_refused_as_a_whole(company: Company, database_url: str) -> None:
    await company.add_agent()
    call = await company.call_arrives(silent=True)
    session = await WriterSession.open(database_url)
    epoch = await election.campaign(session, "main")
    term = Term(session, "main", epoch, Silent())
    async with company.database.unit_of_work("test") as work:
        await work.execute(text("update domains set epoch = epoch + 1"))

    with pytest.raises(DeposedError):
        await term.rebuild()

    assert (await company.interaction(call)).state == "queued"
    assert await company.rows(text("select * from reservations")) == []
    with pytest.raises(DeposedError):
        await election.beat(session, "main", epoch)
    await session.close()


async def test_memory_that_is_behind_neither_offers_twice_nor_gets_stuck(
    company: Company, writer: RoutingService, database_url: str
) -> None:
    """Somebody else decides under our feet: the conditions of the statement catch it, the rows are read again."""
    agent = await company.add_agent()
    await writer.rebuild()
    async with company.database.unit_of_work("test") as work:
        await work.execute(
            text("update agent_states set presence = 'away', presence_reason = 'break', version = version + 1")
        )

    call = await company.call_arrives()

    async def knows() -> bool:
        engine = writer.term.floor.engine
        return engine.is_waiting(call) and not engine.is_free(agent)

    await until(knows, what="the row to be read again")
    assert await company.rows(text("select * from reservations")) == []


@pytest.mark.long
async def test_the_domain_has_one_lock_and_others_wait(database_url: str, company: Company) -> None:
    holder, waiter = await WriterSession.open(database_url), await WriterSession.open(database_url)
    epoch = await election.campaign(holder, "main")
    standing = asyncio.create_task(election.campaign(waiter, "main"))
    beating = asyncio.create_task(election.beat(holder, "main", epoch))

    done, _ = await asyncio.wait([standing], timeout=2 * election.OVERDUE_SECONDS)
    assert not done

    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    assert await asyncio.wait_for(standing, 5) == epoch + 1
    with pytest.raises(Exception, match="connection"):
        await holder.fetch("select 1")
    await waiter.close()
