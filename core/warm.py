"""Connections kept at hand for units of work: taking one from the pool and giving it back costs more than a commit."""

from __future__ import annotations

from contextlib import suppress

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class Warm:
    """One connection in autocommit with its driver, for one unit of work at a time."""

    __slots__ = ("connection", "driver")

    def __init__(self, connection: AsyncConnection, driver: asyncpg.Connection) -> None:
        self.connection = connection
        self.driver = driver

    @property
    def is_clean(self) -> bool:
        """Whether it is open and nothing of the last user is left on it."""
        return not self.driver.is_closed() and not self.driver.is_in_transaction()


class WarmConnections:
    """Up to ``size`` connections of an engine in autocommit stay checked out between their uses."""

    def __init__(self, engine: AsyncEngine, size: int) -> None:
        self._engine = engine
        self._size = size
        self._idle: list[Warm] = []

    async def take(self) -> Warm:
        """The one used last, or a new one from the pool. Raises SQLAlchemy's errors and OSError."""
        while self._idle:
            warm = self._idle.pop()
            if warm.is_clean:
                return warm
            await _let_go(warm)
        connection = await self._engine.connect()
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        return Warm(connection, driver)

    async def give_back(self, warm: Warm) -> None:
        """Keep it for the next, unless it is broken or there are enough."""
        if not warm.is_clean or len(self._idle) >= self._size:
            await _let_go(warm)
            return
        if warm.connection.in_transaction():
            await warm.connection.rollback()  # in autocommit this ends what only SQLAlchemy holds for open
        self._idle.append(warm)

    async def close(self) -> None:
        """Give all of them back to the pool, and those that are still out as soon as they come."""
        self._size = 0
        while self._idle:
            await _let_go(self._idle.pop())


async def _let_go(warm: Warm) -> None:
    with suppress(SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
        if not warm.is_clean:
            await warm.connection.invalidate()
        await warm.connection.close()
