"""The embedded PostgreSQL: first start, data that survives a kill, closed to strangers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from core.embedded.ports import any_free
from core.embedded.postgres import PostgresCluster, answers
from core.embedded.process import ServerProcess, wait_until
from core.errors import Unavailable
from tests.places import open_directory


@pytest.fixture
def home() -> Iterator[Path]:
    with open_directory("hotline-postgres-") as directory:
        yield directory


def _start(cluster: PostgresCluster) -> ServerProcess:
    cluster.prepare()
    server = ServerProcess(cluster.command(), cluster.directory / "log")
    server.start()
    wait_until(cluster.is_ready, seconds=30, alive=server.alive, what="PostgreSQL")
    return server


@pytest.mark.long
async def test_committed_rows_survive_a_kill_and_a_clean_stop(home: Path) -> None:
    cluster = PostgresCluster(home, any_free())
    server = _start(cluster)
    connection = await asyncpg.connect(cluster.url)
    await connection.execute("create table kept (n int); insert into kept values (1)")
    server.kill()
    connection.terminate()

    server = _start(cluster)
    connection = await asyncpg.connect(cluster.url)
    await connection.execute("insert into kept values (2)")
    await connection.close()
    assert server.stop() == 0

    elsewhere = PostgresCluster(home, any_free())
    server = _start(elsewhere)
    connection = await asyncpg.connect(elsewhere.url)
    assert [row["n"] for row in await connection.fetch("select n from kept order by n")] == [1, 2]
    await connection.close()
    server.stop()


@pytest.mark.long
async def test_commits_are_durable_and_a_password_is_asked_for(home: Path) -> None:
    cluster = PostgresCluster(home, any_free())
    server = _start(cluster)
    try:
        connection = await asyncpg.connect(cluster.url)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await connection.fetchval(f"select current_setting('{setting}')") == "on"
        superuser = await connection.fetchval("select rolsuper from pg_roles where rolname = current_user")
        assert superuser is False
        await connection.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(cluster.url, password="wrong")
    finally:
        server.stop()


def test_data_of_another_major_version_is_refused_untouched(home: Path) -> None:
    (home / "data").mkdir()
    version = home / "data" / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(Unavailable, match="PostgreSQL 17"):
        PostgresCluster(home, any_free()).prepare()
    assert version.read_text() == "17\n"


@pytest.mark.long
def test_an_interrupted_first_start_is_begun_again(home: Path) -> None:
    (home / "data.new" / "base").mkdir(parents=True)
    (home / "data.new" / "PG_VERSION").write_text("18\n")
    cluster = PostgresCluster(home, any_free())
    server = _start(cluster)
    assert answers(cluster.port)
    server.stop()
    assert not answers(cluster.port)
