"""One transaction with the events that it causes. Use through ``Database.unit_of_work``.

It begins with the first statement that needs a transaction. A unit of work whose writes are all known at its end
(``write``) never needs one of its own: they go out with its events as one statement, in one round trip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import asyncpg
from asyncpg.transaction import Transaction
from sqlalchemy import Executable
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.event import Event


@dataclass(frozen=True, slots=True)
class _Write:
    """A statement that waits, and the event that is told if it touches a row."""

    sql: str
    values: tuple[Any, ...]
    tells: Event | None = None


Announced = list[tuple[int, Event]]

_LOGGED = """
    insert into event_log (id, domain, name, at, actor, interaction_id, agent_id, payload)
    select id, $1, name, at, $2, interaction_id, agent_id, payload::jsonb
    from unnest($3::uuid[], $4::text[], $5::timestamptz[], $6::uuid[], $7::uuid[], $8::text[], $9::int[])
         with ordinality as t (id, name, at, interaction_id, agent_id, payload, told_by, n)
    where told_by is null{told}
    order by n
    returning position, id
"""
_TOLD = " or (told_by = {number} and exists (select 1 from w{number}))"
_LISTED = "insert into event_unpublished (position) select position from {logged}"
_PLACE = re.compile(r"\$(\d+)")


class UnitOfWork:
    """See the module. ``execute`` and ``fetch`` run at once, ``write`` at the end; reads by ``look`` stand outside."""

    def __init__(self, connection: AsyncConnection, driver: asyncpg.Connection, domain: str, actor: str) -> None:
        self._connection = connection
        self._driver = driver
        self._transaction: Transaction | None = None
        self._writes: list[_Write] = []
        self.announced: Announced = []
        self.domain = domain
        self.actor = actor
        self.events: list[Event] = []

    @property
    def is_untouched(self) -> bool:
        """Whether there is nothing to commit yet."""
        return self._transaction is None and not self._writes and not self.events

    def record(self, *events: Event) -> None:
        """Remember events; they are written and announced when the unit of work commits."""
        self.events.extend(events)

    async def execute(self, statement: Executable, values: Any = None) -> CursorResult[Any]:
        """Run a statement in the transaction."""
        await self._begin()
        return await self._connection.execute(statement, values)

    async def one_or_none(self, statement: Executable, values: Any = None) -> Row[Any] | None:
        """The only row, or None."""
        return (await self.execute(statement, values)).one_or_none()

    async def fetch(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """Run SQL with ``$1`` … on the driver itself: a third of the cost, for the path of a call. Errors as ever."""
        await self._begin()
        return await self._run(sql, *values)

    async def look(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """Read as ``fetch`` does, without waiting for a transaction; sees nothing of ``write``."""
        return await self._run(sql, *values)

    def write(self, sql: str, *values: Any, tells: Event | None = None) -> None:
        """An insert, update or delete whose result nobody needs: done at the end, or before the next statement.

        Statements written one after the other run as one and do not see each other's rows; foreign keys do.
        ``tells`` is recorded if the statement, which then ends in ``returning``, touches a row.
        """
        self._writes.append(_Write(sql, values, tells))

    async def finish(self) -> Announced:
        """Write what is left with the events, commit; returns the events with their positions."""
        await self._write_all(self.events)
        if self._transaction is not None:
            with told_as_sqlalchemy_errors("commit"):
                await self._transaction.commit()
        return self.announced

    async def give_up(self) -> None:
        """Roll everything back; harmless on a connection that is lost, and after ``finish``."""
        if self._transaction is not None:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await self._transaction.rollback()

    async def _begin(self) -> None:
        if self._transaction is None:
            transaction = self._driver.transaction()
            with told_as_sqlalchemy_errors("begin"):
                await transaction.start()
            self._transaction = transaction
        if self._writes:
            await self._write_all([])

    async def _write_all(self, events: list[Event]) -> None:
        """What waits, with these events and those that it tells, as one statement."""
        writes, self._writes = self._writes, []
        told = [each.tells for each in writes if each.tells is not None]
        told_by = [None] * len(events) + [number for number, each in enumerate(writes) if each.tells is not None]
        if told_by:
            writes.append(_Write(_LOGGED, self._event_values([*events, *told], told_by)))
        rows = await self._run(*_as_one(writes, tuple(told_by))) if writes else []
        by_id = {event.id: event for event in (*events, *told)}
        self.announced += [(row["position"], by_id[row["id"]]) for row in rows] if told_by else []

    async def _run(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        with told_as_sqlalchemy_errors(sql):
            rows: list[asyncpg.Record] = await self._driver.fetch(sql, *values)
            return rows

    def _event_values(self, events: list[Event], told_by: list[int | None]) -> tuple[Any, ...]:
        return (
            self.domain,
            self.actor,
            [event.id for event in events],
            [event.name for event in events],
            [event.at for event in events],
            [event.subject_interaction for event in events],
            [event.subject_agent for event in events],
            [event.model_dump_json() for event in events],
            told_by,
        )


def _as_one(writes: list[_Write], told_by: tuple[int | None, ...]) -> tuple[Any, ...]:
    """The statements as one, followed by all their values. With events, their insert is the last of them."""
    counts = tuple((each.sql, len(each.values)) for each in writes)
    return _joined(counts, told_by), *(value for each in writes for value in each.values)


@lru_cache(maxsize=256)
def _joined(statements: tuple[tuple[str, int], ...], told_by: tuple[int | None, ...]) -> str:
    """``told_by``: for each event the number of the statement that tells it, if any; empty without events."""
    if len(statements) == 1 and not told_by:
        return statements[0][0]
    parts, offset = [], 0
    for number, (sql, count) in enumerate(statements):
        parts.append(f"w{number} as ({_moved(sql, offset)})")
        offset += count
    if not told_by:
        return f"with {', '.join(parts)} select"
    told = "".join(_TOLD.format(number=number) for number in sorted({each for each in told_by if each is not None}))
    logged = f"w{len(statements) - 1}"
    joined = ", ".join((*parts, f"listed as ({_LISTED.format(logged=logged)})")).replace("{told}", told)
    return f"with {joined} select position, id from {logged} order by position"  # noqa: S608 (constants)


def _moved(sql: str, by: int) -> str:
    return _PLACE.sub(lambda place: f"${int(place[1]) + by}", sql)


@contextmanager
def told_as_sqlalchemy_errors(sql: str) -> Iterator[None]:
    """Raise the driver's errors as the classes that the rest of the code knows."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        raise IntegrityError(sql, None, error) from error
    except asyncpg.DataError as error:
        raise DataError(sql, None, error) from error
    except asyncpg.SyntaxOrAccessError as error:
        raise ProgrammingError(sql, None, error) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise OperationalError(sql, None, error) from error
