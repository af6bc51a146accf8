"""The commands `seed --days`, `day`, `config plan --replay` and `tune` on a company's own past."""

from __future__ import annotations

import argparse
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from core.db import Database
from core.errors import Conflict, NotFound, Refusal
from core.settings import Settings
from processes import config_cli, day_cli, seed, tune_cli
from processes.days import find_day, in_thread, parse_date, read_file
from routing.configuration.difference import difference
from routing.configuration.load import load_live
from routing.configuration.plan import export_live
from routing.configuration.read import read
from routing.recorded.fitting import Proposal

DAYS = 3


class Shell:
    """Runs commands on the stores of this module: the demo company with a made-up past."""

    def __init__(self, home: Path, database_url: str, redis_url: str) -> None:
        self.home = home
        self.settings = Settings(database_url=database_url, redis_url=redis_url, var_dir=home / "var")

    async def day(self, *arguments: str) -> int:
        return await day_cli.run(day_cli.parser().parse_args(arguments), self.settings)

    async def config(self, *arguments: str) -> int:
        return await config_cli.run(config_cli.parser().parse_args(arguments), self.settings)

    def tune(self, *arguments: str) -> argparse.Namespace:
        return tune_cli.parser().parse_args(arguments)

    async def exported(self) -> str:
        async with Database(self.settings.database_url, pool_size=1) as database:
            return await export_live(database)

    def file(self, text: str) -> str:
        (self.home / "hotline.yaml").write_text(text, encoding="utf-8")
        return str(self.home / "hotline.yaml")


@pytest.fixture(scope="module")
async def shell(
    tmp_path_factory: pytest.TempPathFactory, module_database_url: str, valkey: object
) -> AsyncIterator[Shell]:
    home = tmp_path_factory.mktemp("replay")
    found = Shell(home, module_database_url, valkey.url)  # type: ignore[attr-defined]
    await seed.seed_customers(found.settings, 300)
    await seed.seed_days(found.settings, DAYS)
    yield found


pytestmark = pytest.mark.long


async def test_the_past_is_made_once(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    assert await seed.seed_days(shell.settings, DAYS) == 0
    assert "0 made-up days added" in capsys.readouterr().out
    assert await shell.day("list") == 0
    listed = capsys.readouterr().out.splitlines()
    assert len(listed) == DAYS
    assert all("contacts" in line for line in listed)


async def test_a_day_is_kept_as_a_file_and_never_over_another(shell: Shell) -> None:
    file = shell.home / "kept.jsonl"
    assert await shell.day("export", "yesterday", str(file)) == 0
    async with Database(shell.settings.database_url, pool_size=1) as database:
        assert read_file(file) == await find_day(database, "yesterday")
        assert await find_day(database, str(file)) == read_file(file)
    with pytest.raises(Refusal, match=r"day\.file_exists"):
        await shell.day("export", "yesterday", str(file))
    with pytest.raises(Refusal, match=r"day\.no_file"):
        await shell.day("export", "yesterday", str(shell.home / "nowhere" / "x"))


@pytest.mark.parametrize(
    ("name", "code"),
    [("2020-01-01", "nothing_recorded"), ("2020-02-30", "bad_date"), ("2999-01-01", "in_future"), ("20-1-1", "no_file"),
     ("nul\0", "no_file"), (".", "no_file")],
)  # fmt: skip
async def test_a_day_that_cannot_be_had_is_refused(shell: Shell, name: str, code: str) -> None:
    with pytest.raises((Refusal, NotFound)) as refused:
        await shell.day("export", name, str(shell.home / "never"))
    assert refused.value.code == f"day.{code}"
    assert not (shell.home / "never").exists()


async def test_a_plan_is_replayed_and_changes_nothing(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    text = await shell.exported()
    before = "skills: {english: 4, shipments: 3}\n    queues: {shipments: 1}"
    skilled = text.replace(before, "skills: {complaints: 4, shipments: 3}\n    queues: [shipments, complaints]")
    assert skilled != text
    assert await shell.config("plan", shell.file(skilled), "--replay", "yesterday", "--runs", "3") == 2
    told = capsys.readouterr().out
    for part in (
        "~ agent elena", "simulated with the present configuration (3 runs", "The simulation comes near",
        "queue complaints", "tier key", "occupancy of agents", "contacts",
    ):  # fmt: skip
        assert part in told
    assert await shell.exported() == text


async def test_without_a_change_the_check_alone_is_told(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    file = shell.home / "again.jsonl"
    assert await shell.day("export", "yesterday", str(file)) == 0
    live = shell.file(await shell.exported())
    assert await shell.config("plan", live, "--replay", str(file), "--runs", "2") == 0
    told = capsys.readouterr().out
    assert "No change." in told
    assert "recorded" in told
    assert "queue complaints" not in told


async def test_a_broken_day_is_refused_by_plan(shell: Shell) -> None:
    (shell.home / "broken.jsonl").write_bytes(b'{"hotline_day":1')
    live = shell.file(await shell.exported())
    with pytest.raises(Refusal, match=r"day\.broken"):
        await shell.config("plan", live, "--replay", str(shell.home / "broken.jsonl"))


async def _proposal(shell: Shell) -> tuple[tune_cli.Material, Proposal]:
    material = await tune_cli.read(shell.tune(), shell.settings)
    assert len(material.days) == DAYS
    ticks = iter(range(10_000))
    return material, tune_cli.propose(material, 4.0, lambda: float(next(ticks)))


async def test_tune_applies_only_with_consent_and_rollback_takes_it_back(
    shell: Shell, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await shell.exported()
    live = (await tune_cli.read(shell.tune(), shell.settings)).live
    wanted = read("tuning: {choice: {occupancy: 20.0}}\n", "UTC")[0]
    _, found = await _proposal(shell)
    changed = live.with_sections_of(wanted)
    proposal = replace(found, wanted=changed, changes=difference(live, changed))
    tune_cli.show(proposal)
    assert "+ tuning choice" in capsys.readouterr().out
    assert await shell.exported() == before

    for answer, agreed in (("no\n", False), ("\n", False), ("yes\n", True)):
        monkeypatch.setattr("sys.stdin", io.StringIO(answer))
        assert tune_cli._agreed(shell.tune("--apply"), proposal) is agreed
    assert await tune_cli.apply(shell.tune("--apply", "--author", "ana"), shell.settings, live, proposal) > 1
    assert "choice: {occupancy: 20.0}" in await shell.exported()
    with pytest.raises(Conflict, match=r"tune\.configuration_changed"):
        await tune_cli.apply(shell.tune("--apply"), shell.settings, live, proposal)
    assert await shell.config("rollback") == 0
    assert await shell.exported() == before
    async with Database(shell.settings.database_url, pool_size=1) as database, database.reading() as connection:
        assert await load_live(connection, "main") == live


async def test_tune_refuses_too_few_days(shell: Shell) -> None:
    day = (clock.now() - timedelta(days=1)).date()
    with pytest.raises(Refusal, match=r"tune\.too_few_days"):
        await tune_cli.read(shell.tune("--days", f"{day}..{day}"), shell.settings)


def test_nobody_to_say_yes_is_refused_before_anything_is_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(Refusal, match=r"tune\.no_consent"):
        tune_cli.main(["--apply"])


@pytest.mark.parametrize(
    "arguments",
    [["--days", "x"], ["--days", "2026-11-20"], ["--days", "2026-11-20..2026-11-01"], ["--minutes", "nan"],
     ["--minutes", "0"]],
)  # fmt: skip
def test_a_wrong_call_is_told(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        tune_cli.parser().parse_args(arguments)
    assert ended.value.code == 2


def test_interrupted_tuning_leaves_everything_as_it_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def nothing(*_: object) -> tune_cli.Material:
        return tune_cli.Material(None, [])  # type: ignore[arg-type]

    async def never(*_: object) -> int:
        raise AssertionError("applied")

    def interrupted(*_: object) -> Proposal:
        raise KeyboardInterrupt

    monkeypatch.setattr(tune_cli, "read", nothing)
    monkeypatch.setattr(tune_cli, "apply", never)
    monkeypatch.setattr(tune_cli, "propose", interrupted)
    assert tune_cli.main(["--apply", "--yes"]) == 130
    assert "nothing is changed" in capsys.readouterr().err


async def test_work_in_a_thread_comes_back() -> None:
    assert await in_thread(lambda check: check() or 5) == 5


def test_dates() -> None:
    assert (parse_date("today") - parse_date("yesterday")).days == 1
    with pytest.raises(Refusal):
        parse_date("2026-13-01")
