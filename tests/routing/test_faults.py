"""What routing must survive: lost events, Valkey wiped or down, PostgreSQL restarted, its own memory wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import redis.asyncio as redis
from sqlalchemy import text

from core import bus, clock
from core.agent import LegEndReason
from core.db import Database
from core.embedded.ports import any_free
from core.embedded.postgres import PostgresCluster
from core.embedded.process import ServerProcess, wait_until
from core.embedded.valkey import ValkeyServer
from core.interaction import InteractionState as State
from core.migrate import migrate
from routing.writer import service as service_module
from routing.writer.service import RoutingService
from tests.places import open_directory
from tests.routing.company import Company, until


async def test_a_rebuild_hears_what_telephony_wrote_in_the_meantime(company: Company, writer: RoutingService) -> None:
    agents = [await company.add_agent(idle_since=clock.now() - timedelta(minutes=9 - n)) for n in range(5)]
    await writer.rebuild()
    calls = [await company.call_arrives() for _ in range(5)]
    offers = [await company.offer_of(call) for call in calls]
    answered, unanswered, over, abandoned, vanished = offers
    await company.agent_answers(vanished)
    await company.stands(calls[4], State.ACTIVE)

    await company.agent_answers(answered, silent=True)
    await company.agent_leg_fails(unanswered, LegEndReason.NO_ANSWER, silent=True)
    await company.agent_answers(over, silent=True)
    await company.agent_leg_ends(over, LegEndReason.HANGUP, silent=True)
    await company.customer_leaves(calls[2], silent=True)
    await company.customer_leaves(abandoned.interaction_id, silent=True)
    await company.agent_leg_ends(vanished, LegEndReason.GONE, silent=True)
    await writer.rebuild()

    states = [(await company.interaction(call)).state for call in calls]
    assert states == ["active", "offered", "closed", "closed", "offered"]
    assert (await company.agent(agents[1])).presence_reason == "rona"
    assert (await company.agent(agents[4])).presence_reason == "connection_lost"
    assert {(await company.interaction(calls[n])).agent_id for n in (1, 4)} == {agents[2], agents[3]}
    assert await company.faults() == []


@pytest.mark.long
async def test_an_event_that_got_lost_is_found_by_the_safety_net(
    company: Company, writer: RoutingService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "_VERIFY_EVERY", 1)
    await company.add_agent()
    await writer.rebuild()

    call = await company.call_arrives(silent=True)
    await company.offer_of(call)
    await company.customer_leaves(call, silent=True)

    await company.stands(call, State.CLOSED)
    assert await company.faults() == []


async def test_a_wiped_valkey_loses_nothing(
    company: Company, writer: RoutingService, valkey_client: redis.Redis
) -> None:
    await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    offer = await company.offer_of(call)

    await company.agent_answers(offer, silent=True)
    await valkey_client.flushall()
    await company.stands(call, State.ACTIVE)
    waiting = await company.call_arrives()
    await company.customer_leaves(call)

    await company.offer_of(waiting)
    assert await company.faults() == []


@pytest.fixture
def own_valkey() -> Iterator[tuple[ValkeyServer, ServerProcess]]:
    """A Valkey that may be stopped."""
    with open_directory("hotline-valkey-") as home:
        server = ValkeyServer(home / "valkey", any_free(), durable=False)
        server.prepare()
        process = ServerProcess(server.command(), home / "valkey.log")
        process.start()
        wait_until(server.is_ready, seconds=10, alive=process.alive, what="Valkey")
        yield server, process
        process.stop()


@asynccontextmanager
async def _service(database_url: str, redis_url: str) -> AsyncIterator[RoutingService]:
    client = bus.connect(redis_url)
    publisher = bus.Bus(client, "main")
    service = RoutingService(database_url, "main", publisher, client)
    running = asyncio.create_task(service.run())
    yield service
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    publisher.close()
    await client.aclose()


@pytest.mark.long
async def test_without_valkey_work_goes_on_from_the_tables(
    company: Company, database_url: str, own_valkey: tuple[ValkeyServer, ServerProcess]
) -> None:
    server, process = own_valkey
    await company.add_agent()
    async with _service(database_url, server.url) as service:

        async def ready() -> bool:
            return service.is_ready

        await until(ready, what="the writer")
        process.stop()
        call = await company.call_arrives(silent=True)
        offer = await company.offer_of(call)
        await company.agent_answers(offer, silent=True)
        await company.stands(call, State.ACTIVE)
        await company.customer_leaves(call, silent=True)
        await company.stands(call, State.CLOSED)

        process.start()
        wait_until(server.is_ready, seconds=10, alive=process.alive, what="Valkey")
        await until(ready, what="the writer to follow the bus again")
        assert await company.faults() == []


async def test_a_lost_session_is_replaced(company: Company, writer: RoutingService) -> None:
    await company.add_agent()
    await writer.rebuild()
    call = await company.call_arrives()
    await company.offer_of(call)

    async with company.database.unit_of_work("test") as work:
        await work.execute(
            text(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where application_name = 'hotline-routing' and datname = current_database()"
            )
        )
    await company.customer_leaves(call)

    await company.stands(call, State.CLOSED)
    assert await company.faults() == []


@pytest.fixture
def own_postgres() -> Iterator[tuple[PostgresCluster, ServerProcess]]:
    """A PostgreSQL that may be restarted."""
    with open_directory("hotline-postgres-") as home:
        cluster = PostgresCluster(home / "postgres", any_free(), durable=False)
        cluster.prepare()
        server = ServerProcess(cluster.command(), home / "postgres.log")
        server.start()
        wait_until(cluster.is_ready, seconds=30, alive=server.alive, what="PostgreSQL")
        yield cluster, server
        server.stop()


@pytest.mark.long
async def test_a_restart_of_postgresql_is_survived(
    own_postgres: tuple[PostgresCluster, ServerProcess], redis_url: str, tmp_path: Path
) -> None:
    cluster, server = own_postgres
    async with Database(cluster.url) as database:
        await migrate(database.engine)
        company = Company(database)
        await company.found()
        await company.add_agent()
        await database.engine.dispose()
        async with _service(cluster.url, redis_url) as service:

            async def ready() -> bool:
                return service.is_ready

            await until(ready, what="the writer")
            await asyncio.to_thread(server.stop)
            server.start()
            ready_again = partial(wait_until, seconds=30, alive=server.alive, what="PostgreSQL")
            await asyncio.to_thread(ready_again, cluster.is_ready)
            call = await company.call_arrives(silent=True)
            await company.offer_of(call)
            assert await company.faults() == []


@pytest.mark.long
async def test_a_writer_elsewhere_makes_room_for_the_one_beside_telephony(
    company: Company, writer: RoutingService, database_url: str, redis_url: str
) -> None:
    await company.add_agent()
    client = bus.connect(redis_url)
    publisher = bus.Bus(client, "main")
    better = RoutingService(database_url, "main", publisher, client, beside=True)
    running = asyncio.create_task(better.run())

    async def has_the_office() -> bool:
        return better.is_ready and not writer.is_ready

    await until(has_the_office, 5, "the office is handed over")
    await company.offer_of(await company.call_arrives())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    async def is_back() -> bool:
        return writer.is_ready

    await until(is_back, 5, "the other one takes over again")
    publisher.close()
    await client.aclose()
