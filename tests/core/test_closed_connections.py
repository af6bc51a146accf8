"""PostgreSQL closed our connections (a restart): the next statement opens a new one instead of failing."""

from __future__ import annotations

import asyncio

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import Database

_OTHERS = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
_END_OTHERS = text(f"select pg_terminate_backend(pid) {_OTHERS}")
_COUNT_OTHERS = text(f"select count(*) {_OTHERS}")


async def test_connections_closed_by_the_server_are_replaced_unnoticed(
    quiet_database: Database, database_url: str
) -> None:
    async def hold() -> None:
        async with quiet_database.engine.connect() as connection:
            await connection.execute(text("select pg_sleep(0.05)"))

    await asyncio.gather(*(hold() for _ in range(4)))
    async with Database(database_url) as other, other.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        assert len((await connection.execute(_END_OTHERS)).all()) == 4
        await asyncio.wait_for(_all_gone(connection), 5)
    await asyncio.gather(*(hold() for _ in range(4)))


async def _all_gone(connection: AsyncConnection) -> None:
    while (await connection.execute(_COUNT_OTHERS)).scalar_one():
        await asyncio.sleep(0.01)
