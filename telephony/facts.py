"""Facts on their way into PostgreSQL: in order for one key, side by side for different ones, never dropped.

While PostgreSQL is away facts wait here and are tried again. A fact is written so that it may be tried twice: a
commit whose answer was lost looks like a failure.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError, ProgrammingError, SQLAlchemyError

from core.db import Database, UnitOfWork
from core.logs import logger

log = logger(__name__)

FIRST_DELAY_SECONDS = 0.05
LONGEST_DELAY_SECONDS = 0.5
_PERMANENT = (IntegrityError, DataError, ProgrammingError)
_PASSING = (SQLAlchemyError, OSError, TimeoutError)

Write = Callable[[UnitOfWork], Awaitable[None]]


@dataclass(slots=True)
class _Fact:
    name: str
    write: Write
    done: asyncio.Future[bool]


class Facts:
    """Writes facts as ``telephony``; ``on_recovered`` is called once after an outage of PostgreSQL."""

    def __init__(self, database: Database, on_recovered: Callable[[], None] = lambda: None) -> None:
        self._database = database
        self._on_recovered = on_recovered
        self._waiting: dict[UUID, deque[_Fact]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._down = False

    @property
    def pending(self) -> int:
        """How many facts are not written yet."""
        return sum(len(facts) for facts in self._waiting.values())

    def put(self, key: UUID, name: str, write: Write) -> asyncio.Future[bool]:
        """Write after all earlier facts of ``key``. The future says True when it is committed, False when the
        database refused it for good (logged; a second attempt of the same fact, say)."""
        fact = _Fact(name, write, asyncio.get_running_loop().create_future())
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.append(fact)
            return fact.done
        self._waiting[key] = deque([fact])
        task = asyncio.create_task(self._work_off(key))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return fact.done

    async def settled(self) -> None:
        """Wait until nothing is left to write."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work_off(self, key: UUID) -> None:
        waiting = self._waiting[key]
        try:
            while waiting:
                result = await self._write(waiting[0], key)
                fact = waiting.popleft()
                if not fact.done.done():
                    fact.done.set_result(result)
        finally:
            del self._waiting[key]

    async def _write(self, fact: _Fact, key: UUID) -> bool:
        delay = FIRST_DELAY_SECONDS
        while True:
            try:
                async with self._database.unit_of_work("telephony") as work:
                    await fact.write(work)
            except _PERMANENT as error:
                log.error("fact refused", fact=fact.name, key=str(key), error=str(error)[:300])
                return False
            except _PASSING as error:
                log.warning("fact waits for PostgreSQL", fact=fact.name, error=type(error).__name__)
                self._down = True
                await asyncio.sleep(delay)
                delay = min(delay * 2, LONGEST_DELAY_SECONDS)
            except Exception:
                log.exception("fact failed", fact=fact.name, key=str(key))
                return False
            else:
                self._note_recovery()
                return True

    def _note_recovery(self) -> None:
        if self._down:
            self._down = False
            self._on_recovered()
