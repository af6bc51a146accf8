"""The fixtures themselves: a migrated database of one's own, and a bus that carries what was committed."""

from __future__ import annotations

from redis.asyncio import Redis
from sqlalchemy import text

from core.db import Database


async def test_each_test_has_an_empty_migrated_database(quiet_database: Database) -> None:
    async with quiet_database.unit_of_work("test") as work:
        assert (await work.execute(text("select count(*) from interactions"))).scalar_one() == 0
        await work.execute(text("create table mine (n int)"))


async def test_a_table_of_another_test_is_not_there(quiet_database: Database, valkey_client: Redis) -> None:
    async with quiet_database.unit_of_work("test") as work:
        assert (await work.execute(text("select to_regclass('mine')"))).scalar_one() is None
    assert await valkey_client.dbsize() == 0


async def test_nothing_of_the_servers_own_holds_a_database_fast(quiet_database: Database) -> None:
    """A worker of autovacuum refuses to be ended by us, and with that the end of a test's database."""
    async with quiet_database.unit_of_work("test") as work:
        assert (await work.execute(text("select current_setting('autovacuum')"))).scalar_one() == "off"
