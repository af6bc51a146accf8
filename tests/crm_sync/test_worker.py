"""The real worker on real PostgreSQL and Valkey: outcomes arrive once, whatever is killed."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis.asyncio as redis
from sqlalchemy import text

from core.bus import Bus
from tests.crm_sync.company import Company
from tests.crm_sync.conftest import SECRET
from tests.crm_sync.worker_process import WorkerProcess, until
from tests.fakes.webhook_receiver import WebhookReceiver


@pytest.fixture
def worker(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[WorkerProcess]:
    """Started; killed at the end if it still runs."""
    process = WorkerProcess(database_url, redis_url, tmp_path)
    process.start()
    yield process
    if process.is_running():
        process.kill_group()


async def settled(company: Company, count: int) -> bool:
    return bool(await company.value("select count(*) = :count from deliveries where state = 'delivered'", count=count))


@pytest.mark.long
async def test_outcome_and_abandoned_call_reach_crm_and_timeline(
    company: Company, receiver: WebhookReceiver, worker: WorkerProcess
) -> None:
    await company.add_connector(receiver.url, SECRET)
    concluded = await company.conclude(await company.add_call())
    abandoned = await company.add_call("+447700900777", served=False)
    await until(lambda: settled(company, 1))
    (request,) = receiver.requests
    assert request.signed and request.key == str(concluded.outbox_id)

    async def on_timeline() -> bool:
        return bool(
            await company.value("select count(*) from timeline_entries where interaction_id = :id", id=abandoned)
        )

    await until(on_timeline)
    assert worker.stop() == 0


@pytest.mark.long
async def test_each_domain_delivers_to_its_own_connectors_and_tells_its_own_desks(
    company: Company, receiver: WebhookReceiver, worker: WorkerProcess, valkey_client: redis.Redis
) -> None:
    await company.add_connector(receiver.url, SECRET)
    await company.conclude(await company.add_call())
    await until(lambda: settled(company, 1))
    async with company.database.engine.begin() as connection:
        await connection.execute(text("insert into domains (id) values ('other')"))
    async with Bus(valkey_client, "other") as publisher:
        others = Company(company.database.of("other", publisher))
        await others.settle()
        await others.add_connector(receiver.url, SECRET)
        theirs = await others.conclude(await others.add_call())
        abandoned = await others.add_call("+447700900777", served=False)
        await until(lambda: settled(company, 2))

    async def on_timeline() -> Any:
        return await company.value("select max(domain) from timeline_entries where interaction_id = :id", id=abandoned)

    await until(on_timeline)
    assert await on_timeline() == "other"
    assert [request.key for request in receiver.requests].count(str(theirs.outbox_id)) == 1
    told = "select domain from event_log where name = 'delivery.settled' order by position"
    assert [row.domain for row in await company.rows(told)] == ["main", "other"]
    assert worker.stop() == 0


@pytest.mark.long
async def test_a_warm_worker_delivers_within_a_moment(
    company: Company, receiver: WebhookReceiver, worker: WorkerProcess
) -> None:
    await company.add_connector(receiver.url, SECRET)
    await company.conclude(await company.add_call())
    await until(lambda: settled(company, 1))
    for number in range(2, 22):
        await company.conclude(await company.add_call(), "done", str(number))
        await until(lambda count=number: settled(company, count), seconds=3)
    waits = [
        row.seconds
        for row in await company.rows(
            "select extract(epoch from d.delivered_at - o.created_at)::float as seconds"
            " from deliveries d join outbox o on o.id = d.outbox_id order by d.position offset 1"
        )
    ]
    assert sorted(waits)[10] < 0.5, f"the relay was not woken: {waits}"


@pytest.mark.long
@pytest.mark.parametrize("victim", ["group", "parent", "pool process"])
async def test_killed_workers_lose_nothing_and_repeat_under_the_same_key(
    company: Company, receiver: WebhookReceiver, worker: WorkerProcess, victim: str
) -> None:
    await company.add_connector(receiver.url, SECRET, timeout_seconds=1)
    chance = random.Random(victim)
    receiver.delay_seconds = 0.02
    for number in range(50):
        await company.conclude(await company.add_call(f"+4477009000{number % 10:02}"), "done", str(number))
        if number % 12 == 5:
            target = number - chance.randrange(6)
            await until(lambda least=target: _arrived(receiver, least), seconds=40)
            _kill(worker, victim, chance)
    await until(lambda: settled(company, 50), seconds=60)
    assert len(receiver.keys) == 50 and all(request.signed for request in receiver.requests)
    for number in range(10):
        notes = [int(n) for n in _first_notes(receiver, f"+4477009000{number:02}")]
        assert notes == sorted(notes) and len(notes) == 5
    repeated = [key for key, times in Counter(request.key for request in receiver.requests).items() if times > 1]
    assert len(repeated) <= 15


async def _arrived(receiver: WebhookReceiver, least: int) -> bool:
    return len(receiver.keys) >= least


def _kill(worker: WorkerProcess, victim: str, chance: random.Random) -> None:
    if victim == "pool process":
        pool = worker.pool()
        if pool:
            os.kill(chance.choice(pool), signal.SIGKILL)
        return
    worker.kill_group() if victim == "group" else worker.kill_parent()
    worker.start()


def _first_notes(receiver: WebhookReceiver, number: str) -> list[str]:
    first: dict[str, str] = {}
    for request in receiver.requests:
        if request.body["data"]["interaction"]["address"] == number:
            first.setdefault(request.key, request.body["data"]["outcome"]["note"])
    return list(first.values())


@pytest.mark.long
async def test_a_wiped_valkey_loses_nothing(
    company: Company, receiver: WebhookReceiver, worker: WorkerProcess, valkey_client: redis.Redis
) -> None:
    await company.add_connector(receiver.url, SECRET)
    for number in range(40):
        await company.conclude(await company.add_call(f"+4477009000{number % 10:02}"), "done", str(number))
        if number % 8 == 3:
            await valkey_client.flushall()
    await until(lambda: settled(company, 40), seconds=30)
    assert len(receiver.keys) == len(receiver.requests) == 40
