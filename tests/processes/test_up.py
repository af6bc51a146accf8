"""``up`` as people run it: started, killed at its worst, started again, stopped; the data stays."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from core.embedded.ports import any_free
from core.embedded.process import identity
from core.settings import ROOT, Settings
from processes.progress import Progress
from processes.records import Records
from processes.supervisor import Seat, Supervisor
from processes.up import Start, welcome
from processes.voice import write_state
from tests.places import open_directory

_START_SECONDS = 90


@dataclass
class Installation:
    """An installation in a directory of its own, without a PBX."""

    var: Path

    def environment(self) -> dict[str, str]:
        unwanted = ("DATABASE_URL", "REDIS_URL", "AMI_URL", "PYTHONDONTWRITEBYTECODE")
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_") and k not in unwanted}
        ports = {f"HOTLINE_{name}_PORT": str(any_free()) for name in ("HTTP", "POSTGRES", "VALKEY")}
        return {
            **kept,
            **ports,
            "HOTLINE_VAR_DIR": str(self.var),
            "HOTLINE_VOICE": "off",
            "HOTLINE_DEMO": "0",
            "PYTHONPATH": str(ROOT),
        }

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "processes.cli", *arguments],
            env=self.environment(), cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def up(self) -> subprocess.Popen[bytes]:
        output = (self.var / "up.out").open("wb")
        with output:
            return subprocess.Popen(
                [sys.executable, "-m", "processes.cli", "up"],
                env=self.environment(), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            )  # fmt: skip

    def told(self) -> str:
        return (self.var / "up.out").read_text()

    def pids(self) -> dict[str, int]:
        return {record.name: record.pid for record in Records(self.var / "run").read() if record.is_running()}

    def database_url(self) -> str:
        return str(json.loads((self.var / "run" / "stores.json").read_text())["database_url"])


def _until(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def _wait_up(installation: Installation, process: subprocess.Popen[bytes]) -> None:
    def is_up() -> bool:
        assert process.poll() is None, installation.told()
        return "Hotline is up" in installation.told()

    _until(is_up, f"not up: {installation.told()}", _START_SECONDS)


@pytest.fixture
def installation() -> Iterator[Installation]:
    with open_directory("hotline-up-") as var:
        yield Installation(var)
        Records(var / "run").stop_leftovers()


def _sql(installation: Installation, statement: str) -> object:
    async def ask() -> object:
        connection = await asyncpg.connect(installation.database_url())
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(ask())


@pytest.mark.parametrize("phone", [None, {"name": "demo-customer", "secret": "s"}])
def test_the_welcome_tells_of_the_demo_phone_where_there_is_one(tmp_path: Path, phone: dict[str, str] | None) -> None:
    known = Settings(var_dir=tmp_path)
    write_state(known, voice=True, reason="", demo_phone=phone)
    start = Start(known, Supervisor(tmp_path, print), Progress(), Seat(tmp_path), url="http://127.0.0.1:8700")
    assert ("http://127.0.0.1:8700/demo" in welcome(start)) == (phone is not None)


@pytest.mark.long
@pytest.mark.timeout(300)
def test_start_kill_restart_and_stop_keep_the_data(installation: Installation) -> None:
    first = installation.up()
    _wait_up(installation, first)
    assert re.search(r"console +http://127\.0\.0\.1:\d+", installation.told())
    assert "voice     off: switched off" in installation.told()
    _sql(installation, "create table kept as select 42 as answer")

    again = installation.command("up")
    assert again.returncode == 0
    assert f"runs already (pid {first.pid}" in again.stdout

    before = installation.pids()
    assert {"postgres", "valkey"} <= set(before)
    os.kill(before["postgres"], signal.SIGKILL)
    _until(
        lambda: installation.pids().get("postgres") not in (None, before["postgres"]), "PostgreSQL did not come back"
    )
    assert "postgres ended (signal 9), starting it again" in installation.told()

    running = installation.pids()
    first.kill()
    first.wait()
    _until(lambda: not any(map(identity, running.values())), "children outlived their supervisor")

    second = installation.up()
    _wait_up(installation, second)
    assert "warm start" in installation.told()
    assert _sql(installation, "select answer from kept") == 42

    down = installation.command("down")
    assert (down.returncode, down.stdout) == (0, "Hotline is stopped\n")
    assert second.wait(5) == 0
    assert installation.pids() == {}
    assert installation.command("down").stdout == "Hotline was not running\n"


@pytest.mark.long
@pytest.mark.timeout(300)
def test_a_stop_in_the_middle_of_the_start_leaves_nothing_behind(installation: Installation) -> None:
    process = installation.up()
    _until(lambda: "valkey" in installation.pids(), "nothing was started")
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0, installation.told()
    assert installation.told().rstrip().endswith("stopped")
    assert installation.pids() == {}
