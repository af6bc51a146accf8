"""Who kills and pauses routing processes, and what became of it."""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.db import Database
from tests.routing.chaos.plan import Plan
from tests.routing.writer_process import WriterProcess, writer_of

_WRITER_SHARE = 0.75
"""How often the writer is hit, and not any process."""
Start = Callable[[], WriterProcess]


@dataclass(slots=True)
class Fault:
    """One process killed (``over_at`` None) or paused until ``over_at``; Unix seconds. ``epoch``: while it happened."""

    kind: str
    at: float
    epoch: int
    hit_writer: bool
    over_at: float | None = None


class Troublemaker:
    """At least one process is left alone at any moment, for somebody must take over."""

    def __init__(self, database: Database, plan: Plan, start: Start) -> None:
        self._database = database
        self._plan = plan
        self._start = start
        self._dice = random.Random(plan.seed + 1)
        self.processes: list[WriterProcess] = []
        self._down: set[int] = set()
        self._mending: set[asyncio.Task[None]] = set()
        self.faults: list[Fault] = []

    def begin(self) -> None:
        """Start one more process."""
        self.processes.append(self._start())

    async def run(self) -> None:
        """Make trouble until cancelled."""
        while True:
            await asyncio.sleep(self._dice.uniform(*self._plan.fault_every))
            if len(self._down) < self._plan.writers - 1:
                await self._strike()

    async def mended(self) -> None:
        """Wait until everything that was hit runs again."""
        while self._mending:
            await asyncio.gather(*self._mending)

    async def _strike(self) -> None:
        pid, epoch = await writer_of(self._database)
        up = [place for place in range(len(self.processes)) if place not in self._down]
        writing = [place for place in up if self.processes[place].pid == pid]
        place = writing[0] if writing and self._dice.random() < _WRITER_SHARE else self._dice.choice(up)
        fault = Fault(self._dice.choice(["kill", "pause"]), time.time(), epoch, place in writing)
        self.processes[place].send(signal.SIGKILL if fault.kind == "kill" else signal.SIGSTOP)
        self.faults.append(fault)
        self._down.add(place)
        task = asyncio.create_task(self._mend(place, fault))
        self._mending.add(task)
        task.add_done_callback(self._mending.discard)

    async def _mend(self, place: int, fault: Fault) -> None:
        try:
            if fault.kind == "kill":
                await self.processes[place].end()
                await asyncio.sleep(self._dice.uniform(0.1, 1.5))
                self.processes[place] = self._start()
                await asyncio.sleep(1.0)  # until it can take over
            else:
                await asyncio.sleep(self._dice.uniform(0.1, self._plan.longest_pause))
                self.processes[place].send(signal.SIGCONT)
                fault.over_at = time.time()
        finally:
            self._down.discard(place)
