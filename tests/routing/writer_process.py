"""The routing process as a process of its own, to be stopped and killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.db import Database
from core.settings import ROOT
from core.tables import domains
from tests.routing.company import until


class WriterProcess:
    """One ``processes.routing``."""

    def __init__(self, database_url: str, redis_url: str, log: Path) -> None:
        environment = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": redis_url, "PYTHONPATH": str(ROOT)}
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "processes.routing"], cwd=ROOT, env=environment, stdout=out, stderr=out
            )
        self.pid = self._process.pid

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def end(self) -> None:
        """Make sure that it is gone."""
        self._process.kill()
        await asyncio.to_thread(self._process.wait)

    @property
    def runs(self) -> bool:
        return self._process.poll() is None


Start = Callable[[], WriterProcess]


async def writer_of(database: Database) -> tuple[int, int]:
    """The pid that stands in the table as the domain's writer (0: none), and the epoch."""
    async with database.reading() as connection:
        row: Any = (await connection.execute(domains.select().where(domains.c.id == database.domain))).one()
    return int((row.writer or ":0").rpartition(":")[2]), row.epoch


async def writer_after(database: Database, epoch: int, seconds: float = 20.0) -> tuple[int, int]:
    """The next writer after ``epoch``."""

    async def raised() -> Any:
        pid, now = await writer_of(database)
        return (pid, now) if now > epoch else None

    return await until(raised, seconds, "another writer")
