"""The command `domain`: what it makes can be served, what cannot be meant is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from core.db import Database
from core.errors import HotlineError
from core.settings import Settings
from processes import config_cli, domain_cli, seed
from routing.writer import election
from tests.routing.configuration.files import GOOD
from web.passwords import is_right


class Shell:
    """Runs the commands on the test's own stores."""

    def __init__(self, home: Path, database_url: str, redis_url: str) -> None:
        self.home = home
        self.settings = Settings(database_url=database_url, redis_url=redis_url, var_dir=home / "var")

    async def run(self, *arguments: str) -> int:
        return await domain_cli.run(domain_cli.parser().parse_args(arguments), self.settings)

    async def config(self, *arguments: str) -> int:
        return await config_cli.run(config_cli.parser().parse_args(arguments), self.settings)

    async def refused(self, *arguments: str) -> str:
        with pytest.raises(HotlineError) as caught:
            await self.run(*arguments)
        return caught.value.code


@pytest.fixture
def shell(tmp_path: Path, database_url: str, redis_url: str) -> Shell:
    return Shell(tmp_path, database_url, redis_url)


async def _rows(database: Database, query: str) -> list[tuple[object, ...]]:
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


@pytest.mark.long
async def test_a_domain_is_made_listed_configured_and_given_a_number(
    shell: Shell, quiet_database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await shell.run("add", "north", "North Sea", "--time-zone", "Europe/Oslo", "--administrator", "ada") == 0
    password = capsys.readouterr().out.split(" with ")[1].split()[0]
    (stored, domain) = (await _rows(quiet_database, "select password_hash, domain from users where login = 'ada'"))[0]
    assert domain == "north"
    assert await is_right(str(stored), password)

    file = shell.home / "north.yaml"
    file.write_text(GOOD)  # without the queues of the demo company's menu, to which no number here leads
    assert await shell.config("--domain", "north", "apply", str(file)) == 0
    assert await shell.run("number", "north", "+47 22 00 00 00", "--queue", "cargo") == 0
    assert await shell.run("number", "north", "+4722000000", "--menu", "main") == 0
    capsys.readouterr()
    assert await shell.run("list") == 0
    (home, north) = capsys.readouterr().out.splitlines()
    assert home.startswith("main")
    assert north.startswith("north ")
    assert north.endswith("; no writer yet; +4722000000")
    told = "select domain, name from event_log where payload ->> 'what' = 'numbers'"
    assert await _rows(quiet_database, told) == [("north", "configuration.changed")] * 2


@pytest.mark.long
async def test_what_cannot_be_meant_is_refused(shell: Shell, quiet_database: Database) -> None:
    await shell.run("add", "north", "North", "--administrator", "ada")
    for code in ("", "North", "1north", "n" * 41, "no rth", "n\u00f6rd", "north\n"):
        assert await shell.refused("add", code or " ", "N") == "domain.code"
    assert await shell.refused("add", "south", " ") == "domain.name"
    assert await shell.refused("add", "south", "S", "--time-zone", "Mars/Base") == "domain.time_zone"
    assert await shell.refused("add", "north", "Again") == "domain.exists"
    assert await shell.refused("add", "south", "S", "--administrator", "ada") == "user.exists"
    assert await shell.refused("number", "nowhere", "+4722000000", "--menu", "main") == "domain.unknown"
    assert await shell.refused("number", "north", "+4722000000", "--menu", "none") == "menu.unknown"
    assert await shell.refused("number", "north", "+4722000000", "--queue", "none") == "queue.unknown"
    await shell.run("number", "main", "+4722000000", "--menu", "main")
    assert await shell.refused("number", "north", "+4722000000", "--menu", "main") == "number.taken"
    with pytest.raises(HotlineError) as caught:
        await shell.config("--domain", "nowhere", "export")
    assert caught.value.code == "domain.unknown"
    assert await _rows(quiet_database, "select id from domains order by 1") == [("main",), ("north",)]


async def test_two_domains_never_share_a_lock(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(election, "lock_key", len)
    assert await shell.refused("add", "east", "Four letters, too") == "domain.code_collides"
    assert await shell.run("add", "north", "Five") == 0


@pytest.mark.long
async def test_the_demo_company_is_seeded_into_one_domain(shell: Shell, quiet_database: Database) -> None:
    await shell.run("add", "north", "North")
    assert await seed.seed_customers(shell.settings, 3, "north") == 0
    assert await _rows(quiet_database, "select distinct domain from agents") == [("north",)]
    assert await _rows(quiet_database, "select domain, count(*) from customers group by 1") == [("north", 3)]
    with pytest.raises(HotlineError) as caught:
        await seed.seed_customers(shell.settings, 3, "main")
    assert caught.value.code == "seed.elsewhere"
