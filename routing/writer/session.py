"""The writer's own connection: it holds the lock of the domain and carries every decision.

Decisions go to asyncpg directly, each as one statement in a transaction of its own: one round trip, and a writer
that is stopped at any moment leaves no open transaction behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import UUID

import asyncpg
import orjson

_SETTINGS = {
    "application_name": "hotline-routing",
    "jit": "off",
    # every statement finds its rows by key: keep it so, however young the statistics are
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "plan_cache_mode": "force_generic_plan",
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
}
_WATCH = {"application_name": "hotline-routing-watch", "jit": "off"}
REFUSED = "HT001"
"""SQLSTATE of ``demand``: a statement refused itself, the message says why."""


class SessionLostError(Exception):
    """The connection is gone, and with it the lock and the role."""


class DeposedError(Exception):
    """The epoch was raised: somebody else is the writer."""


class StaleError(Exception):
    """A row has moved on since it was read; nothing was written."""


class WriterSession:
    """One connection, used by one task at a time."""

    def __init__(self, connection: asyncpg.Connection[Any]) -> None:
        self._connection = connection
        self._lock = asyncio.Lock()

    @classmethod
    async def open(cls, url: str, *, watch: bool = False) -> Self:
        """Connect; ``watch``: to look on beside the session that decides.

        Raises ``SessionLostError`` when PostgreSQL does not answer.
        """
        plain = url.replace("postgresql+asyncpg://", "postgresql://", 1)
        try:
            connection = await asyncpg.connect(
                plain, timeout=5, command_timeout=10, server_settings=_WATCH if watch else _SETTINGS
            )
            await _teach(connection)
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise SessionLostError(str(error)) from error
        return cls(connection)

    async def fetch(self, statement: str, *values: Any) -> list[Any]:
        """Run one statement in a transaction of its own.

        Raises ``SessionLostError``, ``DeposedError`` or ``StaleError``.
        """
        async with self._lock, translated():
            rows: list[Any] = await self._connection.fetch(statement, *values)
            return rows

    async def on_notice(self, channel: str, heard: Callable[[str], None]) -> None:
        """Call ``heard`` with the payload of every notice on a channel. Raises as ``fetch``."""
        async with self._lock, translated():
            await self._connection.add_listener(channel, lambda *notice: heard(notice[3]))

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[asyncpg.Connection[Any]]:
        """The connection for reads that see one state of the database."""
        alike = {"isolation": "repeatable_read", "readonly": True}
        async with self._lock, translated(), self._connection.transaction(**alike):
            yield self._connection

    async def close(self) -> None:
        """Let go of the connection, hence of the lock, at once."""
        self._connection.terminate()


async def _teach(connection: asyncpg.Connection[Any]) -> None:
    """JSON as Python values, UUIDs as the standard library's (those of the driver are not known to orjson)."""
    await connection.set_type_codec(
        "jsonb", schema="pg_catalog", encoder=lambda value: orjson.dumps(value).decode(), decoder=orjson.loads
    )
    await connection.set_type_codec(
        "uuid", schema="pg_catalog", encoder=_to_bytes, decoder=_from_bytes, format="binary"
    )


def _to_bytes(value: UUID | str) -> bytes:
    return value.bytes if isinstance(value, UUID) else UUID(value).bytes


def _from_bytes(value: bytes) -> UUID:
    return UUID(bytes=bytes(value))


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Raise the driver's errors as what they mean for the writer."""
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        raise StaleError(str(error)) from error
    except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresConnectionError) as error:
        raise SessionLostError(str(error)) from error
    except asyncpg.InternalClientError as error:  # the driver no longer knows where it stands, as after a cut link
        raise SessionLostError(str(error)) from error
    except asyncpg.PostgresError as error:
        raise _meaning(error) from error


def _meaning(error: asyncpg.PostgresError) -> BaseException:
    """What an error of the server means for the writer."""
    state, message = error.sqlstate or "", str(error)
    if state == REFUSED:
        return DeposedError(message) if message == "writer.deposed" else StaleError(message)
    if state.startswith(("57P", "08", "53")):
        return SessionLostError(message)
    if state.startswith("40"):
        return StaleError(message)
    return error  # type: ignore[no-any-return]
