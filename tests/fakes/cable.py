"""A TCP cable that can be cut: a proxy between one of our processes and what it talks to."""

from __future__ import annotations

import asyncio
import contextlib


class Cable:
    """Listens on ``port`` and carries bytes to ``target``. ``cut`` breaks it, ``mend`` lets new links in."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.port = 0
        self.carried = 0
        self._is_cut = False
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    @classmethod
    async def open(cls, target: tuple[str, int]) -> Cable:
        """A whole cable to ``target`` on a free port."""
        cable = cls(target)
        cable._server = await asyncio.start_server(cable._carry, "127.0.0.1", 0)
        cable.port = cable._server.sockets[0].getsockname()[1]
        return cable

    def cut(self) -> None:
        """Break every link now and refuse new ones."""
        self._is_cut = True
        for writer in list(self._writers):
            writer.transport.abort()

    def mend(self) -> None:
        """Let new links in again."""
        self._is_cut = False

    async def close(self) -> None:
        """Cut it for good."""
        self.cut()
        if self._server:
            self._server.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            self._writers -= {writer, far_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                self.carried += len(data)
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
