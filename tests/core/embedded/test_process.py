"""Processes: recognised again, ended with their parent, stopped softly and then hard."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from core.embedded import node
from core.embedded.node import major_version
from core.embedded.ports import first_free, is_free
from core.embedded.process import ServerCommand, ServerProcess, identity, wait_until
from core.errors import Unavailable

_SLEEP = "import time; time.sleep(60)"
_STUBBORN = "import signal,time; signal.signal(15, signal.SIG_IGN); print('on', flush=True); time.sleep(60)"
_PARENT = """
import pathlib, sys, time
from core.embedded.process import ServerCommand, ServerProcess
child = ServerProcess(ServerCommand("c", (sys.executable, "-c", {code!r})), pathlib.Path({log!r}))
child.start()
print(child.pid, flush=True)
time.sleep(60)
"""


def _command(code: str, stop_seconds: float = 10.0) -> ServerCommand:
    return ServerCommand("sample", (sys.executable, "-c", code), stop_seconds=stop_seconds)


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.01)


def test_an_identity_is_stable_and_ends_with_the_process(tmp_path: Path) -> None:
    process = ServerProcess(_command(_SLEEP), tmp_path / "log")
    process.start()
    first = identity(process.pid)
    assert first is not None
    assert identity(process.pid) == first
    process.stop()
    assert identity(process.pid) is None
    assert identity(0) is None
    assert identity(os.getpid()) not in (None, first)


def test_a_process_that_ignores_the_signal_is_ended_the_hard_way(tmp_path: Path) -> None:
    process = ServerProcess(_command(_STUBBORN, stop_seconds=0.2), tmp_path / "log")
    process.start()
    _until(lambda: (tmp_path / "log").read_text() == "on\n")
    assert process.stop() == -9


def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = _PARENT.format(code="print('on', flush=True);" + _SLEEP, log=str(tmp_path / "log"))
    with subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        child = int(started.stdout.readline())
        _until(lambda: (tmp_path / "log").read_text() == "on\n")
        started.kill()
    _until(lambda: identity(child) is None)


def test_a_server_that_ends_while_starting_is_named(tmp_path: Path) -> None:
    process = ServerProcess(_command("raise SystemExit(3)"), tmp_path / "log")
    process.start()
    with pytest.raises(Unavailable, match="sample ended"):
        wait_until(lambda: False, seconds=10, alive=process.alive, what="sample")


def test_a_taken_port_gives_the_next_one() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert not is_free(port)
        assert first_free(port) > port
        assert first_free(port, taken=[port + 1]) != port + 1


@pytest.mark.parametrize(("told", "major"), [("v24.19.0\n", 24), ("v20.20.2", 20), ("", 0), ("node: error", 0)])
def test_a_node_tells_its_version(told: str, major: int) -> None:
    assert major_version(told) == major


def test_node_trusts_what_the_system_trusts_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "ca.crt"
    monkeypatch.setattr(node, "_SYSTEM_CERTIFICATES", (str(tmp_path / "none.crt"), str(bundle)))
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    some = node.Node(tmp_path / "bin" / "node", ("npm",))
    assert "NODE_EXTRA_CA_CERTS" not in some.environment
    bundle.touch()
    assert some.environment["NODE_EXTRA_CA_CERTS"] == str(bundle)
    assert some.environment["PATH"].startswith(f"{tmp_path}/bin:")
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", "/a/company.pem")
    assert some.environment["NODE_EXTRA_CA_CERTS"] == "/a/company.pem"
