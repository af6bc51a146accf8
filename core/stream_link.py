"""One plain connection to Valkey for the two commands that lie on the path of every call.

The client library takes six times the processor time for the same command (CONTRIBUTING, decision 21); it still does
everything else. Answers come in order, so commands may be sent side by side.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from typing import Any, Self, cast

import hiredis
import redis.asyncio as redis
from redis.exceptions import ConnectionError as LinkError
from redis.exceptions import ResponseError

OPEN_SECONDS = 2.0
ANSWER_SECONDS = 5.0

Word = str | bytes | int


class StreamLink(asyncio.Protocol):
    """``await StreamLink.open(client)``, then ``call``; once closed it stays so."""

    def __init__(self) -> None:
        self._reader = hiredis.Reader()
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._transport: asyncio.Transport | None = None
        self._lost: Exception | None = None

    @classmethod
    async def open(cls, client: redis.Redis) -> Self:
        """Connect to where ``client`` goes and sign in like it. Raises LinkError, ResponseError or OSError."""
        where = client.connection_pool.connection_kwargs
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                link = await cls._connect(
                    where, uses_tls=client.connection_pool.connection_class is redis.SSLConnection
                )
                try:
                    await link._sign_in(where)
                except BaseException:
                    link.close()
                    raise
        except TimeoutError:
            raise LinkError("Valkey did not answer in time") from None
        return link

    @classmethod
    async def _connect(cls, where: dict[str, Any], *, uses_tls: bool) -> Self:
        loop = asyncio.get_running_loop()
        if "path" in where:
            return (await loop.create_unix_connection(cls, where["path"]))[1]
        host, port = where.get("host", "localhost"), int(where.get("port", 6379))
        return (await loop.create_connection(cls, host, port, ssl=ssl.create_default_context() if uses_tls else None))[
            1
        ]

    async def _sign_in(self, where: dict[str, Any]) -> None:
        if where.get("password"):
            await self.call("AUTH", *([where["username"]] if where.get("username") else []), where["password"])
        if where.get("db"):
            await self.call("SELECT", where["db"])

    async def call(self, *words: Word, within: float = ANSWER_SECONDS) -> Any:
        """Send one command, return its answer. Raises LinkError (then the link is closed) or ResponseError."""
        if self._transport is None or self._lost is not None:
            raise LinkError(str(self._lost or "not connected"))
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(answer)
        self._transport.write(hiredis.pack_command(words))  # type: ignore[arg-type]
        try:
            async with asyncio.timeout(within):
                found = await answer
        except TimeoutError:
            self.close()
            raise LinkError(f"no answer in {within:g} s") from None
        if isinstance(found, hiredis.ReplyError):
            raise ResponseError(str(found))
        return found

    @property
    def is_closed(self) -> bool:
        """Whether it is of no more use."""
        return self._lost is not None

    async def aclose(self) -> None:
        """``close``, for ``contextlib.aclosing``."""
        self.close()

    def close(self) -> None:
        """End the connection; what waits fails."""
        self._fail(LinkError("closed"))
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See ``asyncio.Protocol``."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """See ``asyncio.Protocol``."""
        try:
            self._reader.feed(data)
            while (answer := self._reader.gets()) is not False:
                waiting = self._waiting.popleft()
                if not waiting.done():
                    waiting.set_result(answer)
        except (hiredis.HiredisError, IndexError) as error:
            self._fail(LinkError(f"unreadable answer: {error}"))
            self.close()

    def connection_lost(self, error: Exception | None) -> None:
        """See ``asyncio.Protocol``."""
        self._fail(LinkError(f"connection lost: {error or 'closed by the other end'}"))

    def _fail(self, error: Exception) -> None:
        self._lost = self._lost or error
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_exception(error)
