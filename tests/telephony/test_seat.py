"""One active telephony process a PBX."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text

from core.db import Database
from core.tasks import end
from telephony.seat import PbxSeat
from tests.telephony.ami_server import until


class Server:
    def __init__(self) -> None:
        self.serving = False
        self.starts = 0

    async def serve(self) -> None:
        self.serving, self.starts = True, self.starts + 1
        try:
            await asyncio.Event().wait()
        finally:
            self.serving = False


@asynccontextmanager
async def seated(url: str, pbx: str = "pbx:1") -> AsyncIterator[tuple[Server, asyncio.Task[None]]]:
    server = Server()
    async with Database(url) as database:
        task = asyncio.create_task(PbxSeat(database.engine, pbx).hold(server.serve))
        try:
            yield server, task
        finally:
            await end(task)


async def test_the_second_waits_and_takes_over(database_url: str) -> None:
    async with seated(database_url) as (first, task):
        await until(lambda: first.serving)
        async with seated(database_url) as (second, _):
            await asyncio.sleep(0.4)
            assert not second.serving
            await end(task)
            await until(lambda: second.serving, 2)
            assert not first.serving


async def test_another_pbx_is_another_seat(database_url: str) -> None:
    async with seated(database_url) as (first, _), seated(database_url, "pbx:2") as (second, _):
        await until(lambda: first.serving and second.serving)


async def test_a_lost_connection_to_postgresql_does_not_stop_the_calls(database_url: str) -> None:
    async with seated(database_url) as (first, _), Database(database_url) as other:
        await until(lambda: first.serving)
        async with other.engine.begin() as connection:
            await connection.execute(
                text("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted"
                     " and database = (select oid from pg_database where datname = current_database())")
            )  # fmt: skip

        async def locks() -> int:
            async with other.engine.connect() as connection:
                statement = text("select count(*) from pg_locks where locktype = 'advisory' and granted")
                return int((await connection.execute(statement)).scalar_one())

        async with asyncio.timeout(5):
            while not await locks():
                await asyncio.sleep(0.05)
        assert first.serving
        assert first.starts == 1
