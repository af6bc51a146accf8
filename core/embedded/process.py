"""One server process: how it is started, recognised again later, and stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from core.errors import Unavailable

_LEASH = Path(__file__).with_name("leash.py")
_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class ServerCommand:
    """What to run, and how it wants to be stopped. ``user`` is set only when we are root and it must not be."""

    name: str
    argv: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    hard_signal: signal.Signals = signal.SIGKILL
    stop_seconds: float = 10.0
    directory: Path | None = None
    mark: str = ""

    @property
    def token(self) -> str:
        """A word of its command line by which the process is told from others that share its pid later."""
        return self.mark or (self.argv[2] if self.argv[1:2] == ("-m",) else self.argv[0])

    def leashed(self) -> list[str]:
        """The argument list that drops privileges and ends the process with this one."""
        leash = [sys.executable, "-S", "-E", str(_LEASH), str(os.getpid()), str(int(self.stop_signal))]
        return [*leash, self.user or "-", *self.argv]


def identity(pid: int) -> str | None:
    """A name for a live process that no later process with the same pid shares; None when there is none."""
    if pid <= 0:
        return None
    if Path("/proc/self/stat").exists():
        return _identity_from_proc(pid)
    listed = subprocess.run(["ps", "-o", "lstart=,stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    text = listed.stdout.strip()
    return None if not text or text.split()[-1].startswith("Z") else text.rsplit(None, 1)[0]


def _identity_from_proc(pid: int) -> str | None:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except (OSError, ValueError):
        return None
    return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"


def signal_group(pid: int, number: signal.Signals) -> None:
    """Signal the process group that ``pid`` leads, or the process alone; a process that is gone is no error."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return


def wait_until(ready: Callable[[], bool], *, seconds: float, alive: Callable[[], bool], what: str) -> None:
    """Poll until ``ready``; raises Unavailable when the process ends first or the time is up."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not alive():
            raise Unavailable("server.ended", f"{what} ended while it was starting; its log says why")
        if time.monotonic() > deadline:
            raise Unavailable("server.slow", f"{what} was not ready after {seconds:.0f} s")
        time.sleep(_POLL_SECONDS)


class ServerProcess:
    """A started server for callers without the supervisor: tests, benchmarks, one-off commands."""

    def __init__(self, command: ServerCommand, log: Path) -> None:
        self.command = command
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The pid of the running process."""
        assert self._process is not None, "not started"
        return self._process.pid

    def start(self) -> None:
        """Start it with its output appended to the log file; does not wait for readiness."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = start_process(self.command, output)

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it and everything in its process group the hard way, and reap it."""
        if self._process is not None:
            signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def stop(self) -> int | None:
        """Stop it cleanly, the hard way after ``stop_seconds``; returns the exit code, None if never started."""
        if self._process is None:
            return None
        if self.alive():
            os.kill(self._process.pid, self.command.stop_signal)
        try:
            return self._process.wait(self.command.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.returncode


def start_process(command: ServerCommand, output: BinaryIO) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, so that a Ctrl-C in the terminal reaches only its supervisor."""
    return subprocess.Popen(
        command.leashed(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, **command.environment},
        cwd=command.directory,
        start_new_session=True,
    )
