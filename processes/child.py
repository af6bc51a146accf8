"""One supervised child process: started, restarted when it dies, stopped in its own way."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from core.embedded.process import ServerCommand, signal_group
from core.errors import Unavailable
from processes.records import Records

BACKOFF_SECONDS = (0.0, 0.5, 1.0, 2.0, 5.0)
"""How long a restart waits after the first, second, … death in a row."""
HEALTHY_SECONDS = 20.0
"""A child that lived this long starts again with the shortest wait."""
_POLL_SECONDS = 0.02
_HARD_SECONDS = 2.0


def restart_delay(deaths_in_a_row: int) -> float:
    """Seconds to wait before the restart that follows this many deaths in a row (1 = the first)."""
    return BACKOFF_SECONDS[min(deaths_in_a_row, len(BACKOFF_SECONDS)) - 1]


class Child:
    """Keeps one process running until it is told to stop. Its output goes straight into its log file."""

    def __init__(self, command: ServerCommand, log: Path, records: Records, say: Callable[[str], None]) -> None:
        self.command = command
        self.log = log
        self._records = records
        self._say = say
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._spawning = asyncio.Lock()
        """Held while a dead process is replaced: whoever stops must not miss the new one."""

    @property
    def name(self) -> str:
        """The name under which people know it."""
        return self.command.name

    @property
    def pid(self) -> int:
        """The pid of the present process, 0 between two."""
        return 0 if self._process is None or self._process.returncode is not None else self._process.pid

    async def start(self, ready: Callable[[], bool] | None = None, seconds: float = 30.0) -> None:
        """Start it and wait until ``ready``; raises Unavailable when it dies first or takes too long."""
        await self._spawn()
        self._keeper = asyncio.create_task(self._keep())
        deadline = time.monotonic() + seconds
        while ready is not None and not await asyncio.to_thread(ready):
            if self.pid == 0:
                raise Unavailable("server.ended", f"{self.name} ended while it was starting")
            if time.monotonic() > deadline:
                raise Unavailable("server.slow", f"{self.name} was not ready after {seconds:.0f} s")
            await asyncio.sleep(_POLL_SECONDS)

    async def stop(self, hard: asyncio.Event) -> None:
        """Stop it: softly, the hard way when its time is over or ``hard`` is set."""
        self._stopping.set()
        async with self._spawning:
            process = self._process
        if process is not None and process.returncode is None:
            _signal(process.pid, self.command.stop_signal)
            if not await _ended(process, self.command.stop_seconds, hard):
                self._say(f"{self.name} does not stop, ending it the hard way")
                _signal(process.pid, self.command.hard_signal)
                if not await _ended(process, _HARD_SECONDS, asyncio.Event()):
                    signal_group(process.pid, signal.SIGKILL)
                    await process.wait()
        if self._keeper is not None:
            await self._keeper
        self._records.forget(self.name)

    async def _spawn(self) -> None:
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self.command.leashed(),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                env={**os.environ, **self.command.environment},
                cwd=self.command.directory,
                start_new_session=True,
            )
        self._records.write(self.command, self._process.pid)

    async def _keep(self) -> None:
        deaths = 0
        while self._process is not None:
            began = time.monotonic()
            code = await self._process.wait()
            # What the dead process had started would hold its ports and its shared memory.
            _signal_group_quietly(self._process.pid)
            if self._stopping.is_set():
                return
            deaths = 1 if time.monotonic() - began > HEALTHY_SECONDS else deaths + 1
            delay = restart_delay(deaths)
            self._say(f"{self.name} ended ({_reason(code)}), starting it again{f' in {delay} s' if delay else ''}")
            if await _is_set_within(self._stopping, delay):
                return
            async with self._spawning:
                if self._stopping.is_set():
                    return
                await self._spawn()


async def _is_set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return event.is_set()
    return True


async def _ended(process: asyncio.subprocess.Process, seconds: float, hard: asyncio.Event) -> bool:
    """Whether it ended within ``seconds`` and before ``hard`` was set."""
    waiting = asyncio.create_task(process.wait())
    hurry = asyncio.create_task(hard.wait())
    done, pending = await asyncio.wait({waiting, hurry}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    return waiting in done


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _signal_group_quietly(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _reason(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
