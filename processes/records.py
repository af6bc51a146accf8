"""Records of running processes in var/run, by which a later command recognises and stops them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from core.embedded.process import ServerCommand, identity, signal_group
from core.embedded.secret_file import write_secret

_POLL_SECONDS = 0.05
_DEFAULT_STOP_SECONDS = 10.0


@dataclass(frozen=True)
class Record:
    """One started process. ``token`` is a word of its command line, before and after the leash's exec."""

    name: str
    pid: int
    identity: str
    token: str
    stop_signal: int
    stop_seconds: float = _DEFAULT_STOP_SECONDS

    def is_running(self) -> bool:
        """Whether this very process (not a later one with its pid) is still there."""
        return identity(self.pid) == self.identity and self.token in command_line(self.pid)


def command_line(pid: int) -> str:
    """The arguments of a process, joined by spaces; empty when it is gone."""
    if not Path("/proc/self/cmdline").exists():
        asked = ["ps", "-o", "command=", "-p", str(pid)]
        return subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


class Records:
    """The records of one installation."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    def write(self, command: ServerCommand, pid: int) -> None:
        """Remember a process that has just been started."""
        record = Record(
            name=command.name,
            pid=pid,
            identity=identity(pid) or "",
            token=command.token,
            stop_signal=int(command.stop_signal),
            stop_seconds=command.stop_seconds,
        )
        write_secret(self._file(command.name), json.dumps(asdict(record)))

    def forget(self, name: str) -> None:
        """The process has ended."""
        self._file(name).unlink(missing_ok=True)

    def read(self) -> list[Record]:
        """All records that can be read."""
        found = []
        for file in sorted(self.directory.glob("*.process.json")):
            try:
                found.append(Record(**json.loads(file.read_text())))
            except (OSError, ValueError, TypeError):
                file.unlink(missing_ok=True)
        return found

    def stop_leftovers(self) -> list[str]:
        """Stop what an earlier run left behind; returns the names of what was still running."""
        running = [record for record in self.read() if record.is_running()]
        for record in running:
            _send(record.pid, signal.Signals(record.stop_signal))
        for record in running:
            _wait_or_kill(record)
        for record in self.read():
            self.forget(record.name)
        return [record.name for record in running]

    def _file(self, name: str) -> Path:
        return self.directory / f"{name}.process.json"


def _wait_or_kill(record: Record) -> None:
    deadline = time.monotonic() + record.stop_seconds
    while record.is_running():
        if time.monotonic() > deadline:
            signal_group(record.pid, signal.SIGKILL)
            deadline = float("inf")
        time.sleep(_POLL_SECONDS)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
