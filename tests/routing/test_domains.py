"""Several domains in one installation: a writer each, standbys for each, nothing of one in the other."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator

import pytest
import redis.asyncio as redis
from sqlalchemy import insert, text

from core.bus import Bus
from core.tables import domains
from tests.routing.company import Company, until
from tests.routing.writer_process import Start, writer_after, writer_of

OTHER = "other"


@pytest.fixture
async def others(company: Company, valkey_client: redis.Redis) -> AsyncIterator[Company]:
    """A second company, in a domain of its own, in the same installation."""
    async with Bus(valkey_client, OTHER) as publisher:
        founded = Company(company.database.of(OTHER, publisher))
        async with founded.database.unit_of_work("test") as work:
            await work.execute(insert(domains).values(id=OTHER, name="The others"))
        await founded.found()
        yield founded


async def _writers(*companies: Company) -> set[int]:
    return {(await writer_of(each.database))[0] for each in companies}


async def _all_stand(processes: int, *companies: Company) -> None:
    """Wait until every process stands (writes or waits) in every domain."""
    counted = text(
        "select count(*) = :all from pg_stat_activity where application_name = 'hotline-routing' "
        "and datname = current_database()"
    )

    async def all_connected() -> bool:
        return bool((await companies[0].rows(counted, all=processes * len(companies)))[0][0])

    await until(all_connected, 20, "everybody to stand")


@pytest.mark.long
async def test_both_domains_are_taken_over_within_a_second_of_a_kill(
    company: Company,
    others: Company,
    start: Start,
) -> None:
    both = (company, others)
    agents = [await each.add_agent() for each in both]
    first = start()
    for each in both:
        await writer_after(each.database, 0)
    standby = start()
    await _all_stand(2, *both)
    calls = [await each.call_arrives() for each in both]
    offers = [await each.offer_of(call) for each, call in zip(both, calls, strict=True)]
    epochs = [(await writer_of(each.database))[1] for each in both]

    first.send(signal.SIGKILL)
    killed = time.monotonic()
    await asyncio.gather(*(writer_after(each.database, epoch) for each, epoch in zip(both, epochs, strict=True)))
    took_over = time.monotonic() - killed
    for each, call, offer in zip(both, calls, offers, strict=True):
        await each.agent_answers(offer)
        await each.customer_leaves(call)
    later = [await each.call_arrives() for each in both]
    after = [await each.offer_of(call) for each, call in zip(both, later, strict=True)]

    assert took_over < 1.0
    assert await _writers(*both) == {standby.pid}
    assert [offer.agent_id for offer in offers] == [offer.agent_id for offer in after] == agents
    assert await company.faults() == []


@pytest.mark.long
async def test_a_paused_process_that_wakes_decides_in_no_domain(
    company: Company,
    others: Company,
    start: Start,
) -> None:
    both = (company, others)
    agents = [await each.add_agent() for each in both]
    first = start()
    epochs = [(await writer_after(each.database, 0))[1] for each in both]
    standby = start()
    await _all_stand(2, *both)

    first.send(signal.SIGSTOP)
    calls = [await each.call_arrives() for each in both]
    for each, epoch in zip(both, epochs, strict=True):
        assert (await writer_after(each.database, epoch, 5)) == (standby.pid, epoch + 1)
    offers = [await each.offer_of(call) for each, call in zip(both, calls, strict=True)]
    first.send(signal.SIGCONT)
    for each, call in zip(both, calls, strict=True):
        await each.customer_leaves(call)
    later = [await each.offer_of(await each.call_arrives()) for each in both]

    assert [offer.agent_id for offer in offers] == [offer.agent_id for offer in later] == agents
    for each, epoch in zip(both, epochs, strict=True):
        rows = await each.rows(text("select epoch from reservations where domain = :domain"), domain=each.domain)
        assert {row.epoch for row in rows} == {epoch + 1}
    assert await company.faults() == []


@pytest.mark.long
async def test_a_domain_added_later_has_a_writer_soon(
    company: Company,
    start: Start,
    valkey_client: redis.Redis,
) -> None:
    process = start()
    await writer_after(company.database, 0)

    async with Bus(valkey_client, OTHER) as publisher:
        late = Company(company.database.of(OTHER, publisher))
        async with late.database.unit_of_work("test") as work:
            await work.execute(insert(domains).values(id=OTHER, name="Late"))
        pid, _ = await writer_after(late.database, 0, 3.0)
        await late.found()
        agent = await late.add_agent()
        offer = await late.offer_of(await late.call_arrives(), seconds=10)

    assert pid == process.pid
    assert offer.agent_id == agent


@pytest.mark.long
async def test_nobody_serves_the_waiting_of_another_domain(
    company: Company,
    others: Company,
    start: Start,
) -> None:
    """One domain has only agents, the other only a caller: they never meet."""
    start()
    for each in (company, others):
        await writer_after(each.database, 0)
    agent = await others.add_agent()
    waiting = await company.call_arrives()
    served = await others.offer_of(await others.call_arrives())

    assert served.agent_id == agent
    assert (await company.interaction(waiting)).state == "queued"
    assert await company.reservations(waiting) == []
    assert await company.faults() == []


async def test_what_a_crash_left_unannounced_is_swept_for_its_own_domain(
    company: Company, others: Company, valkey_client: redis.Redis
) -> None:
    silent = Company(company.database.of("main"), company.customer_id, company.queue_id)
    await silent.call_arrives()
    left = text("select count(*) from event_unpublished")

    async with Bus(valkey_client, OTHER) as bus:
        assert await bus.sweep(others.database, older_seconds=0) == 0
    assert (await company.rows(left))[0][0] == 1
    async with Bus(valkey_client, "main") as bus:
        assert await bus.sweep(company.database, older_seconds=0) == 1
    assert (await company.rows(left))[0][0] == 0
