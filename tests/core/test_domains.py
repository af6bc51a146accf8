"""What a process runs for each domain."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import text

from core import domains
from core.db import Database
from core.tasks import end


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(domains, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(domains, "_AGAIN_SECONDS", 0.01)


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not true():
            await asyncio.sleep(0.005)


async def _change(database: Database, statement: str) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text(statement))


class Served:
    """Who is served, and how often each was begun."""

    def __init__(self) -> None:
        self.now: set[str] = set()
        self.begun: list[str] = []
        self.failing: Callable[[str], Awaitable[None]] | None = None

    async def serve(self, domain: str) -> None:
        self.begun.append(domain)
        self.now.add(domain)
        try:
            if self.failing is not None:
                await self.failing(domain)
            await asyncio.Event().wait()
        finally:
            self.now.discard(domain)


async def test_domains_come_and_go_while_it_runs(quiet_database: Database) -> None:
    served = Served()
    serving = asyncio.create_task(domains.serve_each(quiet_database, served.serve))
    await _until(lambda: served.now == {"main"})

    await _change(quiet_database, "insert into domains (id) values ('second')")
    await _until(lambda: served.now == {"main", "second"})
    await _change(quiet_database, "update domains set active = false where id = 'main'")
    await _until(lambda: served.now == {"second"})

    await end(serving)
    assert served.now == set()
    assert served.begun == ["main", "second"]


async def test_one_that_fails_is_begun_anew_and_the_others_do_not_notice(quiet_database: Database) -> None:
    await _change(quiet_database, "insert into domains (id) values ('bad')")
    served = Served()

    async def fail(domain: str) -> None:
        if domain == "bad" and served.begun.count("bad") < 3:
            raise ValueError("of this domain")

    served.failing = fail
    serving = asyncio.create_task(domains.serve_each(quiet_database, served.serve))
    await _until(lambda: served.begun.count("bad") == 3)

    assert served.begun.count("main") == 1
    assert served.now == {"main", "bad"}
    await end(serving)


async def test_those_excepted_are_left_to_others(quiet_database: Database) -> None:
    await _change(quiet_database, "insert into domains (id) values ('second')")
    served = Served()
    serving = asyncio.create_task(domains.serve_each(quiet_database, served.serve, but=("main",)))
    await _until(lambda: served.now == {"second"})

    await end(serving)
    assert served.begun == ["second"]


async def test_an_outage_changes_nothing(quiet_database: Database) -> None:
    served = Served()
    serving = asyncio.create_task(domains.serve_each(quiet_database, served.serve))
    await _until(lambda: served.now == {"main"})

    await _change(quiet_database, "alter table domains rename to hidden")
    await asyncio.sleep(0.1)
    assert served.now == {"main"}

    await _change(quiet_database, "alter table hidden rename to domains")
    await _change(quiet_database, "insert into domains (id) values ('after')")
    await _until(lambda: served.now == {"main", "after"})
    await end(serving)
