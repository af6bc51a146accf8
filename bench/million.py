"""A database with many customers, made once and kept below ``var/bench`` for later runs."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import time
from pathlib import Path

import asyncpg

from bench.figures import say
from core.db import Database
from core.embedded.ports import any_free
from core.embedded.postgres import PostgresCluster
from core.embedded.process import ServerProcess, wait_until
from core.migrate import migrate
from core.settings import ROOT, Settings
from processes import seed

_CLONE = "bench_run"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for file in sorted((ROOT / "core" / "migrations").rglob("*.sql")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


async def seeded(below: Path, customers: int) -> Path:
    """The directory of a PostgreSQL cluster with the demo company and so many customers; kept for later runs."""
    home = below / f"customers-{customers}-{_fingerprint()}"
    mark = home / "seeded"
    if mark.exists():
        return home / "postgres"
    if home.exists():
        shutil.rmtree(home)
    home.mkdir(parents=True)
    began = time.monotonic()
    say(f"seeding {customers} customers once, kept in {home}")
    await _fill(home, customers)
    mark.touch()
    say(f"seeded in {time.monotonic() - began:.0f} s")
    return home / "postgres"


async def _fill(home: Path, customers: int) -> None:
    cluster = PostgresCluster(home / "postgres", any_free())
    await asyncio.to_thread(cluster.prepare)
    server = ServerProcess(cluster.command(), home / "postgres.log")
    server.start()
    try:
        await asyncio.to_thread(wait_until, cluster.is_ready, seconds=60, alive=server.alive, what="PostgreSQL")
        settings = Settings(DATABASE_URL=cluster.url, var_dir=home)  # type: ignore[call-arg]
        async with Database(cluster.url) as database:
            await migrate(database.engine)
        await seed.demo_company(cluster.url, home / "sign-ins.json")
        if await seed.seed_customers(settings, customers) != 0:
            raise RuntimeError("seeding failed")
        connection = await asyncpg.connect(cluster.url)
        await connection.execute("vacuum (analyze, freeze)")
        await connection.close()
    finally:
        await asyncio.to_thread(server.stop)


async def clone(cluster_url: str) -> str:
    """A fresh copy of the seeded database in its cluster, so that a run leaves the seeded one as it is."""
    base, _, name = cluster_url.rpartition("/")
    connection = await asyncpg.connect(f"{base}/postgres")
    try:
        await connection.execute(f"drop database if exists {_CLONE} with (force)")
        await connection.execute(f"create database {_CLONE} template {name} strategy file_copy")
    finally:
        await connection.close()
    return f"{base}/{_CLONE}"
