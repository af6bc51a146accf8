"""One active telephony process a PBX: the holder of an advisory lock in PostgreSQL; others wait beside it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.logs import logger
from core.tasks import end

log = logger(__name__)

POLL_SECONDS = 0.3
CHECK_SECONDS = 1.0
_OUTAGE = (SQLAlchemyError, OSError, TimeoutError)
_TRY = text("select pg_try_advisory_lock(:key)")
_ALIVE = text("select 1")


class PbxSeat:
    """``hold(serve)`` runs ``serve`` while this process has the lock, again and again, until cancelled."""

    def __init__(self, engine: AsyncEngine, pbx: str) -> None:
        self._engine = engine
        digest = hashlib.sha256(f"telephony:{pbx}".encode()).digest()
        self._key = int.from_bytes(digest[:8], "big", signed=True)
        self.active = False

    async def hold(self, serve: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Wait for the lock, serve, step down when somebody else has got it; then wait again."""
        while True:
            connection = await self._wait()
            task = asyncio.create_task(serve())
            self.active = True
            log.info("telephony is active")
            try:
                await self._keep(connection, task)
            finally:
                self.active = False
                await end(task)
                log.warning("telephony is no longer active")

    async def _wait(self) -> AsyncConnection:
        told = False
        while True:
            connection = await self._try()
            if connection is not None:
                return connection
            if not told:
                told = True
                log.info("telephony stands by")
            await asyncio.sleep(POLL_SECONDS)

    async def _try(self) -> AsyncConnection | None:
        """A connection that holds the lock, or None while another process or an outage is in the way."""
        try:
            connection = await self._engine.connect()
        except _OUTAGE:
            return None
        try:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            if (await connection.execute(_TRY, {"key": self._key})).scalar_one():
                return connection
        except _OUTAGE:
            await connection.invalidate()
        await connection.close()
        return None

    async def _keep(self, connection: AsyncConnection, task: asyncio.Task[None]) -> None:
        """Until somebody else has the lock, or serving ended by itself (which raises its error).

        A broken connection loses the lock, but while PostgreSQL is away nobody can take it: the calls go on.
        """
        held: AsyncConnection | None = connection
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=CHECK_SECONDS if held else POLL_SECONDS)
                if held is not None and not await _alive(held):
                    held = None
                if held is None:
                    held = await self._try()
                    if held is None and await self._taken():
                        return
            await task
        finally:
            if held is not None:
                await held.invalidate()  # ends the session and with it the lock
                await held.close()

    async def _taken(self) -> bool:
        """Whether another process holds the lock; False while that cannot be known."""
        try:
            async with self._engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                free = (await connection.execute(_TRY, {"key": self._key})).scalar_one()
                if free:
                    await connection.execute(text("select pg_advisory_unlock(:key)"), {"key": self._key})
                return not free
        except _OUTAGE:
            return False


async def _alive(connection: AsyncConnection) -> bool:
    try:
        async with asyncio.timeout(5):
            await connection.execute(_ALIVE)
    except _OUTAGE:
        await _drop(connection)
        return False
    return True


async def _drop(connection: AsyncConnection) -> None:
    try:
        await connection.invalidate()
        await connection.close()
    except _OUTAGE:
        log.info("lost connection could not be closed")
