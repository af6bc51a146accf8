"""Real PostgreSQL and Valkey for every test: one of each a run, one migrated database a test."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import redis.asyncio as redis

from core import bus
from core.db import Database
from core.embedded.ports import any_free
from core.embedded.postgres import PostgresCluster
from core.embedded.process import ServerProcess, wait_until
from core.embedded.valkey import ValkeyServer
from core.migrate import migrate
from tests.places import open_directory

_TEMPLATE = "hotline_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server_home() -> Iterator[Path]:
    """A directory for servers that lasts as long as the run."""
    with open_directory("hotline-test-") as home:
        yield home


@pytest.fixture(scope="session")
def postgres(server_home: Path) -> Iterator[PostgresCluster]:
    """The run's PostgreSQL, with a migrated template database."""
    cluster = PostgresCluster(server_home / "postgres", any_free(), durable=False)
    cluster.prepare()
    server = ServerProcess(cluster.command(), server_home / "postgres.log")
    server.start()
    try:
        wait_until(cluster.is_ready, seconds=30, alive=server.alive, what="PostgreSQL")
        asyncio.run(_make_template(cluster.url))
        yield cluster
    finally:
        server.stop()


async def _make_template(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE DATABASE {_TEMPLATE}")
    await connection.close()
    async with Database(_named(url, _TEMPLATE)) as database:
        await migrate(database.engine)


@pytest.fixture(scope="session")
async def _databases(postgres: PostgresCluster) -> AsyncIterator[asyncpg.Connection]:
    """What makes and drops databases: one connection for all tests, since opening one takes 15 ms."""
    connection = await asyncpg.connect(postgres.url)
    yield connection
    await connection.close()


def _named(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


async def _clone(databases: asyncpg.Connection, url: str) -> AsyncIterator[str]:
    name = f"test_{next(_numbers)}"
    await databases.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY")
    yield _named(url, name)
    await databases.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database_url(postgres: PostgresCluster, _databases: asyncpg.Connection) -> AsyncIterator[str]:
    """The address of a migrated, empty database of this test's own."""
    async for url in _clone(_databases, postgres.url):
        yield url


@pytest.fixture(scope="module")
async def module_database_url(postgres: PostgresCluster, _databases: asyncpg.Connection) -> AsyncIterator[str]:
    """The same for tests of one module that only read, or keep out of each other's way."""
    async for url in _clone(_databases, postgres.url):
        yield url


@pytest.fixture(scope="session")
def valkey(server_home: Path) -> Iterator[ValkeyServer]:
    """The run's Valkey."""
    server = ValkeyServer(server_home / "valkey", any_free(), durable=False)
    server.prepare()
    process = ServerProcess(server.command(), server_home / "valkey.log")
    process.start()
    try:
        wait_until(server.is_ready, seconds=10, alive=process.alive, what="Valkey")
        yield server
    finally:
        process.stop()


@pytest.fixture
async def redis_url(valkey: ValkeyServer) -> AsyncIterator[str]:
    """The address of a Valkey that is empty when the test starts."""
    client = bus.connect(valkey.url)
    await client.flushall()
    await client.aclose()
    yield valkey.url


@pytest.fixture
async def valkey_client(redis_url: str) -> AsyncIterator[redis.Redis]:
    """A client for the empty Valkey."""
    client = bus.connect(redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def database(database_url: str, valkey_client: redis.Redis) -> AsyncIterator[Database]:
    """The test's database with the bus behind it, as a process has it."""
    async with bus.Bus(valkey_client, "main") as publisher, Database(database_url, publisher=publisher) as opened:
        yield opened


@pytest.fixture
async def quiet_database(database_url: str) -> AsyncIterator[Database]:
    """The test's database without a bus: events are written and not announced."""
    async with Database(database_url) as opened:
        yield opened
