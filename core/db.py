"""PostgreSQL: the engine, and the unit of work in which state and events are committed together.

One request, message or task is one unit of work. Its events are rows of the same transaction and go to
the bus only after the commit; what a crash leaves between the two, ``core.bus.sweep`` publishes later.
"""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Protocol, Self

import asyncpg
import orjson
from sqlalchemy import event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from core.event import Event
from core.unit_of_work import UnitOfWork, told_as_sqlalchemy_errors
from core.warm import WarmConnections

__all__ = ["Database", "Publisher", "UnitOfWork", "fetch"]


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


async def fetch(connection: AsyncConnection, sql: str, *values: Any) -> list[asyncpg.Record]:
    """Run SQL with ``$1`` … on the driver below a connection: a third of the cost, for what every call reads.

    Raises SQLAlchemy's errors.
    """
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None
    with told_as_sqlalchemy_errors(sql):
        rows: list[asyncpg.Record] = await driver.fetch(sql, *values)
        return rows


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
        self._autocommit = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._warm = WarmConnections(self._autocommit, pool_size)
        self.domain = domain
        self.publisher = publisher
        self._shares_pool = False

    def of(self, domain: str, publisher: Publisher | None = None) -> Self:
        """The same pool for another domain, whose events go there. Closing it closes nothing."""
        other = copy.copy(self)
        other.domain, other.publisher, other._shares_pool = domain, publisher, True
        return other

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
        warm = await self._warm.take()
        try:
            work = UnitOfWork(warm.connection, warm.driver, self.domain, actor)
            try:
                yield work
                announced = await work.finish()
            except BaseException:
                await work.give_up()
                raise
        finally:
            await self._warm.give_back(warm)
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
        warm = await self._warm.take()
        try:
            yield warm.connection
        finally:
            await self._warm.give_back(warm)

    async def close(self) -> None:
        """Close every connection."""
        if self._shares_pool:
            return
        await self._warm.close()
        await self.engine.dispose()
