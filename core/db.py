"""PostgreSQL: the engine, and the unit of work in which state and events are committed together.

One request, message or task is one unit of work. Its events are rows of the same transaction and go to
the bus only after the commit; what a crash leaves between the two, ``core.bus.sweep`` publishes later.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Protocol, Self

import orjson
from sqlalchemy import Executable, event, text
from sqlalchemy.engine import CursorResult, Row
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.events import Event

_INSERT_EVENTS = text(
    """
    with logged as (
        insert into event_log (id, domain, name, at, actor, interaction_id, agent_id, payload)
        select id, :domain, name, at, :actor, interaction_id, agent_id, payload::jsonb
        from unnest(cast(:ids as uuid[]), cast(:names as text[]), cast(:ats as timestamptz[]),
                    cast(:interactions as uuid[]), cast(:agents as uuid[]), cast(:payloads as text[]))
             with ordinality as t (id, name, at, interaction_id, agent_id, payload, n)
        order by n
        returning position)
    insert into event_unpublished (position) select position from logged returning position
    """
)


class Publisher(Protocol):
    """Where committed events go; implemented by ``core.bus.Bus``."""

    async def publish(self, events: Sequence[tuple[int, Event]]) -> None:
        """Announce events with their positions. Never raises: the sweeper repeats what failed."""


def _to_json(value: Any) -> str:
    """JSON text; asyncpg's own UUID class, which orjson does not know, becomes text as any UUID does."""
    return orjson.dumps(value, default=str).decode()


def _url(url: str) -> str:
    """The URL with our driver's name, whatever dialect spelling was given."""
    scheme, _, rest = url.partition("://")
    return f"postgresql+asyncpg://{rest}" if scheme in ("postgres", "postgresql") else url


def _refuse_closed(connection: Any, record: object, proxy: object) -> None:
    """Have the pool open a new connection in place of one that PostgreSQL has closed; costs no round trip."""
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError("the connection was closed by the server")


class UnitOfWork:
    """One transaction with the events that it causes. Use through ``Database.unit_of_work``."""

    def __init__(self, connection: AsyncConnection, domain: str, actor: str) -> None:
        self.connection = connection
        self.domain = domain
        self.actor = actor
        self.events: list[Event] = []

    def record(self, *events: Event) -> None:
        """Remember events; they are written and announced when the unit of work commits."""
        self.events.extend(events)

    async def execute(self, statement: Executable, values: Any = None) -> CursorResult[Any]:
        """Run a statement in the transaction."""
        return await self.connection.execute(statement, values)

    async def one_or_none(self, statement: Executable, values: Any = None) -> Row[Any] | None:
        """The only row, or None."""
        return (await self.connection.execute(statement, values)).one_or_none()

    async def _write_events(self) -> list[tuple[int, Event]]:
        if not self.events:
            return []
        rows = await self.connection.execute(
            _INSERT_EVENTS,
            {
                "domain": self.domain,
                "actor": self.actor,
                "ids": [e.id for e in self.events],
                "names": [e.name for e in self.events],
                "ats": [e.at for e in self.events],
                "interactions": [e.subject_interaction for e in self.events],
                "agents": [e.subject_agent for e in self.events],
                "payloads": [e.model_dump_json() for e in self.events],
            },
        )
        return list(zip(sorted(row.position for row in rows), self.events, strict=True))


class Database:
    """The connection pool of one process, its domain, and where its events go."""

    def __init__(
        self, url: str, *, domain: str = "main", publisher: Publisher | None = None, pool_size: int = 8
    ) -> None:
        self.engine: AsyncEngine = create_async_engine(
            _url(url),
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=False,
            pool_timeout=10,
            json_serializer=_to_json,
            json_deserializer=orjson.loads,
            connect_args={"timeout": 5, "command_timeout": 30},
        )
        event.listen(self.engine.sync_engine, "checkout", _refuse_closed)
        self._glancing = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self.domain = domain
        self.publisher = publisher

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @asynccontextmanager
    async def unit_of_work(self, actor: str) -> AsyncIterator[UnitOfWork]:
        """A transaction; ``actor`` (``telephony``, ``routing``, ``user:<id>`` …) stands in the event log.

        Leaving the block commits and then announces; an exception rolls everything back and announces nothing.
        """
        async with self.engine.connect() as connection, connection.begin():
            work = UnitOfWork(connection, self.domain, actor)
            yield work
            announced = await work._write_events()
        if announced and self.publisher is not None:
            await self.publisher.publish(announced)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reads whose statements see one state of the database."""
        async with self.engine.connect() as connection, connection.begin():
            await connection.execute(text("set transaction isolation level repeatable read read only"))
            yield connection

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[AsyncConnection]:
        """A connection for single reads: each statement sees its own moment, and costs one round trip, not three."""
        async with self._glancing.connect() as connection:
            yield connection

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
