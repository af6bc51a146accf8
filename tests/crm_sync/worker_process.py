"""A real worker process of the test's own, to be killed at will."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from core.settings import ROOT


@dataclass
class WorkerProcess:
    """``python -m processes.worker`` in a process group of its own."""

    database_url: str
    redis_url: str
    home: Path
    child: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.home / "worker.log"

    def start(self) -> None:
        environment = {**os.environ, "DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url}
        with self.log.open("ab") as out:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "processes.worker"],
                cwd=ROOT, env={**environment, "HOTLINE_VAR_DIR": str(self.home)}, stdout=out, stderr=out,
                start_new_session=True,
            )  # fmt: skip

    def pool(self) -> list[int]:
        """The process ids of the pool."""
        assert self.child is not None
        found = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children")
        return [int(pid) for pid in found.read_text().split()] if found.exists() else []

    def kill_group(self) -> None:
        """Kill the worker with its whole pool at this very moment."""
        assert self.child is not None
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def kill_parent(self) -> None:
        """Kill the worker's main process alone."""
        assert self.child is not None
        os.kill(self.child.pid, signal.SIGKILL)
        self.child.wait()

    def stop(self) -> int:
        """Stop it in peace; its exit code."""
        assert self.child is not None
        self.child.terminate()
        return self.child.wait(timeout=20)

    def is_running(self) -> bool:
        return self.child is not None and self.child.poll() is None


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 30.0) -> None:
    """Wait for a condition; AssertionError when the time is over."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline, "the condition did not come true in time"
        await asyncio.sleep(0.02)
