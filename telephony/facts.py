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
from core.event import Event
from core.logs import logger
from core.tasks import end

log = logger(__name__)

FIRST_DELAY_SECONDS = 0.05
LONGEST_DELAY_SECONDS = 0.5
HEARD_SECONDS = 0.03
AT_ONCE = {False: 2, True: 1}
"""How many facts are committed at a time, news and what was heard: more would only meet in PostgreSQL, and the
writer's decisions with them."""
STOP_SECONDS = 0.3
_PERMANENT = (IntegrityError, DataError, ProgrammingError)
_PASSING = (SQLAlchemyError, OSError, TimeoutError)

Write = Callable[[UnitOfWork], Awaitable[None]]


@dataclass(slots=True)
class _Fact:
    name: str
    write: Write
    done: asyncio.Future[bool]
    heard: bool = False


class Facts:
    """Writes facts as ``telephony``; ``on_recovered`` is called once after an outage of PostgreSQL.

    ``tell`` says an event to the writer in this process, if there is one, and whether it was heard.
    """

    def __init__(
        self,
        database: Database,
        on_recovered: Callable[[], None] = lambda: None,
        tell: Callable[[Event], bool] = lambda event: False,
    ) -> None:
        self._database = database
        self._tell = tell
        self._on_recovered = on_recovered
        self._waiting: dict[UUID, deque[_Fact]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._down = False
        self._lanes = {heard: asyncio.Semaphore(places) for heard, places in AT_ONCE.items()}
        self._stopped = False

    @property
    def pending(self) -> int:
        """How many facts are not written yet."""
        return sum(len(facts) for facts in self._waiting.values())

    def tell(self, key: UUID, event: Event) -> bool:
        """Tell the writer, if that is in this process, what is true whatever becomes of the commit that follows.

        Not while earlier facts of ``key`` are being written: nobody may hear of a call's end before its beginning.
        Says whether it was heard.
        """
        return key not in self._waiting and self._tell(event)

    def put(self, key: UUID, name: str, write: Write, *, heard: bool = False) -> asyncio.Future[bool]:
        """Write after all earlier facts of ``key``. The future says True when it is committed, False when the
        database refused it for good (logged; a second attempt of the same fact, say).

        What was ``heard`` already stands back for a moment, so that what follows from it comes first.
        """
        fact = _Fact(name, write, asyncio.get_running_loop().create_future(), heard)
        if self._stopped:
            fact.done.set_result(False)
            return fact.done
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.append(fact)
            return fact.done
        self._waiting[key] = deque([fact])
        task = asyncio.create_task(self._work_off(key, HEARD_SECONDS if heard else 0.0))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return fact.done

    async def settled(self) -> None:
        """Wait until nothing is left to write."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def stop(self) -> None:
        """Give what is under way a moment, then write nothing any more: the next comparison finds it again."""
        self._stopped = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
        await end(*self._tasks)

    async def _work_off(self, key: UUID, after: float) -> None:
        waiting = self._waiting[key]
        try:
            if after:
                await asyncio.sleep(after)
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
                async with self._lanes[fact.heard], self._database.unit_of_work("telephony") as work:
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
