"""The supervisor: what dies comes back, what is told to stop stops, what is left behind is found."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.embedded.process import ServerCommand, ServerProcess, identity
from core.errors import Unavailable
from processes.child import BACKOFF_SECONDS, restart_delay
from processes.records import Records
from processes.supervisor import Seat, Supervisor, Tier

_SLEEP = "import time; print('on', flush=True); time.sleep(60)"
_STUBBORN = "import signal,time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
_PARENT = "import subprocess,sys,time; print(subprocess.Popen([sys.executable,'-c','import time; time.sleep(60)']).pid, flush=True); time.sleep(60)"  # noqa: E501


def _command(name: str, code: str, stop_seconds: float = 10.0) -> ServerCommand:
    return ServerCommand(name, (sys.executable, "-c", code), stop_seconds=stop_seconds)


async def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        await asyncio.sleep(0.01)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Supervisor:
    return Supervisor(tmp_path, said.append)


async def test_a_killed_child_is_started_again(supervisor: Supervisor, said: list[str]) -> None:
    child = await supervisor.start(Tier.WORK, _command("sample", _SLEEP))
    first = child.pid
    os.kill(first, signal.SIGKILL)
    await _until(lambda: child.pid not in (0, first))
    assert said == ["sample ended (signal 9), starting it again"]
    assert [record.pid for record in supervisor.records.read()] == [child.pid]
    await supervisor.stop()
    assert supervisor.records.read() == []


async def test_a_stop_in_the_moment_of_a_restart_stops_the_new_one(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    child = await supervisor.start(Tier.WORK, _command("sample", _SLEEP))
    restarting, go_on, spawn = asyncio.Event(), asyncio.Event(), child._spawn

    async def slowly() -> None:
        restarting.set()
        await go_on.wait()
        await spawn()

    monkeypatch.setattr(child, "_spawn", slowly)
    os.kill(child.pid, signal.SIGKILL)
    await restarting.wait()
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0)
    go_on.set()
    done, _ = await asyncio.wait({stopping}, timeout=5)
    if not done:
        os.kill(child.pid, signal.SIGKILL)
    assert done and child.pid == 0


async def test_logs_are_for_the_owner_only(supervisor: Supervisor) -> None:
    child = await supervisor.start(Tier.WORK, _command("sample", _SLEEP))
    assert child.log.parent.stat().st_mode & 0o077 == 0
    await supervisor.stop()


async def test_what_a_dead_child_had_started_goes_with_it(supervisor: Supervisor) -> None:
    child = await supervisor.start(Tier.WORK, _command("sample", _PARENT))
    await _until(lambda: child.log.read_text().strip().isdigit())
    grandchild = int(child.log.read_text())
    os.kill(child.pid, signal.SIGKILL)
    await _until(lambda: identity(grandchild) is None)
    await supervisor.stop()


async def test_tiers_stop_from_the_web_down(supervisor: Supervisor, tmp_path: Path) -> None:
    code = (
        "import signal,sys,time\n"
        "def stop(*_): open({file!r}, 'a').write({name!r} + ' '); sys.exit(0)\n"
        "signal.signal(15, stop); print('on', flush=True); time.sleep(60)\n"
    )
    order = tmp_path / "order"
    for tier in (Tier.STORES, Tier.PBX, Tier.WORK, Tier.WEB):
        child = await supervisor.start(tier, _command(tier.name, code.format(file=str(order), name=tier.name)))
        await _until(lambda log=child.log: log.read_text() == "on\n")  # type: ignore[misc]
    await supervisor.stop()
    assert order.read_text().split() == ["WEB", "WORK", "PBX", "STORES"]


async def test_a_stubborn_child_is_ended_after_its_time(supervisor: Supervisor, said: list[str]) -> None:
    child = await supervisor.start(Tier.WORK, _command("stubborn", _STUBBORN, stop_seconds=0.2))
    await _until(lambda: child.log.read_text() == "on\n")
    pid = child.pid
    await supervisor.stop()
    assert identity(pid) is None
    assert said == ["stubborn does not stop, ending it the hard way"]


async def test_a_second_signal_ends_a_stubborn_child_at_once(supervisor: Supervisor) -> None:
    child = await supervisor.start(Tier.WORK, _command("stubborn", _STUBBORN, stop_seconds=60))
    await _until(lambda: child.log.read_text() == "on\n")
    supervisor.listen_for_signals()
    os.kill(os.getpid(), signal.SIGTERM)
    await supervisor.stop_asked.wait()
    stopping = asyncio.create_task(supervisor.stop())
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(stopping, 10)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().remove_signal_handler(number)


async def test_a_child_that_dies_while_starting_is_named(supervisor: Supervisor) -> None:
    with pytest.raises(Unavailable, match="sample ended while it was starting"):
        await supervisor.start(Tier.WORK, _command("sample", "raise SystemExit(3)"), lambda: False)
    await supervisor.stop()


async def test_a_leftover_is_stopped_and_a_stranger_with_its_pid_is_not(tmp_path: Path) -> None:
    records = Records(tmp_path / "run")
    ours = ServerProcess(_command("ours", _SLEEP), tmp_path / "ours.log")
    stranger = ServerProcess(_command("stranger", _SLEEP), tmp_path / "stranger.log")
    for process in (ours, stranger):
        process.start()
        records.write(process.command, process.pid)
    _disguise(records, "stranger")
    stopping = asyncio.to_thread(records.stop_leftovers)
    assert await asyncio.wait_for(asyncio.shield(asyncio.gather(stopping, _reaped(ours))), 20)
    assert not ours.alive()
    assert stranger.alive()
    assert records.read() == []
    stranger.stop()


def _disguise(records: Records, name: str) -> None:
    """Make the record one of an earlier process that had the same pid."""
    record = next(record for record in records.read() if record.name == name)
    file = records.directory / f"{name}.process.json"
    file.write_text(file.read_text().replace(record.identity, replace(record, identity="other:1").identity))


async def _reaped(process: ServerProcess) -> bool:
    await _until(lambda: not process.alive())
    return True


def test_an_unreadable_record_is_dropped(tmp_path: Path) -> None:
    records = Records(tmp_path)
    (tmp_path / "web.process.json").write_text('{"pid": 1')
    (tmp_path / "beat.process.json").write_text('{"pid": 1}')
    assert records.read() == []
    assert list(tmp_path.iterdir()) == []


def test_the_seat_is_for_one(tmp_path: Path) -> None:
    seat, other = Seat(tmp_path), Seat(tmp_path)
    assert seat.take()
    seat.announce("http://127.0.0.1:1")
    assert not other.take()
    occupant = other.occupant()
    assert occupant is not None
    assert (occupant.pid, occupant.url) == (os.getpid(), "http://127.0.0.1:1")
    seat.leave()
    assert other.occupant() is None
    assert other.take()
    other.leave()


def test_restarts_wait_longer_and_longer() -> None:
    delays = [restart_delay(deaths) for deaths in range(1, 10)]
    assert delays[0] == 0
    assert delays == sorted(delays)
    assert delays[-1] == BACKOFF_SECONDS[-1]
