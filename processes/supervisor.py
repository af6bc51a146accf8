"""Keeps the parts of one installation running, and stops them in the right order."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import IntEnum
from pathlib import Path
from typing import TextIO

from core.embedded.process import ServerCommand, identity
from core.embedded.secret_file import write_secret
from processes.child import Child
from processes.records import Records

SLOW_STOP_SECONDS = 2.0
"""A part that takes longer to stop is named, so that nobody wonders what a Ctrl-C waits for."""


class Tier(IntEnum):
    """Parts are stopped from the highest tier to the lowest; those of one tier at the same time."""

    STORES = 0
    PBX = 1
    WORK = 2
    WEB = 3


class Supervisor:
    """Starts children and keeps them until ``run`` returns."""

    def __init__(self, var: Path, say: Callable[[str], None]) -> None:
        self.var = var
        self.records = Records(var / "run")
        self.stop_asked = asyncio.Event()
        self._hard = asyncio.Event()
        self._say = say
        self._children: list[tuple[Tier, Child]] = []

    async def start(
        self,
        tier: Tier,
        command: ServerCommand,
        ready: Callable[[], bool] | None = None,
        seconds: float = 30.0,
    ) -> Child:
        """Start one child and wait until it is ready; raises Unavailable when it is not."""
        child = Child(command, self.var / "logs" / f"{command.name}.log", self.records, self._say)
        self._children.append((tier, child))
        await child.start(ready, seconds)
        return child

    async def give_up(self, name: str) -> None:
        """Stop one child for good."""
        for tier, child in [entry for entry in self._children if entry[1].name == name]:
            await child.stop(self._hard)
            self._children.remove((tier, child))

    def listen_for_signals(self) -> None:
        """The first Ctrl-C or SIGTERM asks for a clean stop, the second for a hard one."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop)

    def _asked_to_stop(self) -> None:
        if self.stop_asked.is_set():
            self._hard.set()
        self.stop_asked.set()

    async def stop(self) -> None:
        """Stop every child, tier by tier."""
        for tier in sorted(Tier, reverse=True):
            children = [child for own, child in self._children if own is tier]
            await asyncio.gather(*(self._stop_one(child) for child in children))
        self._children.clear()

    async def _stop_one(self, child: Child) -> None:
        began = time.monotonic()
        await child.stop(self._hard)
        seconds = time.monotonic() - began
        if seconds > SLOW_STOP_SECONDS:
            self._say(f"{child.name} took {seconds:.1f} s to stop")

    def pids(self) -> dict[str, int]:
        """The present pid of every child by name."""
        return {child.name: child.pid for _, child in self._children}


@dataclass(frozen=True)
class Running:
    """What a second command learns of the one that runs."""

    pid: int
    identity: str
    url: str

    @property
    def is_alive(self) -> bool:
        """Whether that process is still there."""
        return self.pid > 0 and identity(self.pid) == self.identity


class Seat:
    """The one place from which an installation is run; taken by a lock that dies with its holder."""

    def __init__(self, var: Path) -> None:
        self._lock_file = var / "run" / "up.lock"
        self._state_file = var / "run" / "up.json"
        self._held: TextIO | None = None

    def take(self) -> bool:
        """Take the seat; False when another process sits there."""
        self._lock_file.parent.mkdir(parents=True, exist_ok=True)
        handle = self._lock_file.open("a")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.close()
            return False
        self._held = handle
        self.announce("")
        return True

    def announce(self, url: str) -> None:
        """Tell later commands who sits here, and the console's address once it is known."""
        running = Running(os.getpid(), identity(os.getpid()) or "", url)
        write_secret(self._state_file, json.dumps(asdict(running)))

    def leave(self) -> None:
        """Give the seat back."""
        self._state_file.unlink(missing_ok=True)
        if self._held is not None:
            self._held.close()

    def occupant(self) -> Running | None:
        """Who runs now, None when nobody does."""
        try:
            running = Running(**json.loads(self._state_file.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return running if running.is_alive else None
