"""PostgreSQL and Valkey of one installation: our own from wheels, or the ones that were named."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.db import Database
from core.embedded.ports import first_free
from core.embedded.postgres import PostgresCluster
from core.embedded.valkey import ValkeyServer
from core.migrate import migrate
from core.settings import Settings
from processes.supervisor import Supervisor, Tier

POSTGRES_PORT = 15432
VALKEY_PORT = 16379


@dataclass(frozen=True)
class Stores:
    """Where the two are, and whether this start has created the database."""

    database_url: str
    redis_url: str
    created: bool


async def start(supervisor: Supervisor, settings: Settings, say: Callable[[str], None]) -> Stores:
    """Start what is not given from outside, side by side, and bring the schema up to date."""
    var = settings.var_dir
    created = not settings.database_url and not (var / "postgres" / "data" / "PG_VERSION").exists()
    database_url, redis_url = await asyncio.gather(
        _postgres(supervisor, settings, say), _valkey(supervisor, settings, say)
    )
    async with Database(database_url) as database:
        await migrate(database.engine)
    say("PostgreSQL: schema is up to date")
    return Stores(database_url, redis_url, created)


async def _postgres(supervisor: Supervisor, settings: Settings, say: Callable[[str], None]) -> str:
    if settings.database_url:
        say("PostgreSQL: using DATABASE_URL")
        return settings.database_url
    cluster = PostgresCluster(settings.var_dir / "postgres", chosen_port("POSTGRES", POSTGRES_PORT, say))
    await asyncio.to_thread(cluster.prepare)
    await supervisor.start(Tier.STORES, cluster.command(), cluster.is_ready, seconds=120)
    say(f"PostgreSQL: ready on 127.0.0.1:{cluster.port}")
    return cluster.url


async def _valkey(supervisor: Supervisor, settings: Settings, say: Callable[[str], None]) -> str:
    if settings.redis_url:
        say("Valkey: using REDIS_URL")
        return settings.redis_url
    server = ValkeyServer(settings.var_dir / "valkey", chosen_port("VALKEY", VALKEY_PORT, say))
    await asyncio.to_thread(server.prepare)
    await supervisor.start(Tier.STORES, server.command(), server.is_ready, seconds=60)
    say(f"Valkey: ready on 127.0.0.1:{server.port}")
    return server.url


def chosen_port(name: str, usual: int, say: Callable[[str], None], host: str = "127.0.0.1") -> int:
    """The port that HOTLINE_<NAME>_PORT or custom names, or the next free one, which is then said."""
    wanted = int(os.environ.get(f"HOTLINE_{name}_PORT") or usual)
    port = first_free(wanted, host=host)
    if port != wanted:
        say(f"{name.lower()}: port {wanted} is taken, using {port}")
    return port


def data_of(var: Path) -> Path:
    """Where the embedded PostgreSQL keeps its data (a link, when this place is closed to its user)."""
    return var / "postgres" / "data"
