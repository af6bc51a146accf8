"""A company with its writer at work in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core import bus
from core.db import Database
from routing.writer.service import RoutingService
from tests.routing.company import Company, until
from tests.routing.writer_process import Start, WriterProcess


@pytest.fixture
async def company(database: Database) -> Company:
    """A company with one queue (no wrap-up time) and nobody in it yet."""
    founded = Company(database)
    await founded.found()
    return founded


@pytest.fixture
async def writer(company: Company, database_url: str, redis_url: str) -> AsyncIterator[RoutingService]:
    """The routing service, elected and caught up with the bus."""
    client = bus.connect(redis_url)
    publisher = bus.Bus(client, "main")
    service = RoutingService(database_url, "main", publisher, client)
    running = asyncio.create_task(service.run())

    async def ready() -> bool:
        return service.is_ready

    await until(ready, what="the writer's election")
    yield service
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    publisher.close()
    await client.aclose()


@pytest.fixture
async def start(database_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Start]:
    """Starts routing processes, and ends them after the test."""
    started: list[WriterProcess] = []

    def start_one() -> WriterProcess:
        started.append(WriterProcess(database_url, redis_url, tmp_path / "routing.log"))
        return started[-1]

    yield start_one
    for process in started:
        await process.end()
