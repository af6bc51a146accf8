"""A scripted manager at protocol level: it says what the test tells it to, byte by byte."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Headers = list[tuple[str, str]]
Reply = Callable[["AmiServer", Headers], Awaitable[None]]


@dataclass
class AmiServer:
    """Answers Login and Ping; other actions go to `replies[name]`, or get a plain Success."""

    banner: bytes = b"Asterisk Call Manager/11.0.0\r\n"
    booted: bool = True
    answering: bool = True
    replies: dict[str, Reply] = field(default_factory=dict)
    actions: list[Headers] = field(default_factory=list)
    raw: bytes = b""
    connections: int = 0
    port: int = 0
    writer: asyncio.StreamWriter | None = None
    refusing: bool = False

    @property
    def url(self) -> str:
        return f"ami://hotline:s%40cret@127.0.0.1:{self.port}"

    def named(self, name: str) -> list[Headers]:
        return [action for action in self.actions if ("Action", name) in action]

    async def say(self, text: str | bytes) -> None:
        assert self.writer is not None
        self.writer.write(text if isinstance(text, bytes) else text.encode())
        await self.writer.drain()

    async def event(self, name: str, *pairs: tuple[str, str]) -> None:
        lines = [f"Event: {name}", *(f"{key}: {value}" for key, value in pairs)]
        await self.say("\r\n".join(lines) + "\r\n\r\n")

    async def respond(self, action: Headers, status: str = "Success", *pairs: tuple[str, str]) -> None:
        lines = [f"Response: {status}", f"ActionID: {dict(action)['ActionID']}"]
        await self.say("\r\n".join([*lines, *(f"{k}: {v}" for k, v in pairs)]) + "\r\n\r\n")

    def cut(self) -> None:
        if self.writer is not None:
            self.writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.refusing:
            writer.transport.abort()
            return
        self.writer = writer
        writer.write(self.banner)
        try:
            while True:
                pack = await reader.readuntil(b"\r\n\r\n")
                self.raw += pack
                await self._answer(_headers(pack))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.transport.abort()

    async def _answer(self, action: Headers) -> None:
        self.actions.append(action)
        name = dict(action)["Action"]
        if not self.answering:
            return
        if name in self.replies:
            await self.replies[name](self, action)
            return
        await self.respond(action)
        if name == "Login" and self.booted:
            await self.event("FullyBooted", ("Privilege", "system,all"), ("Status", "Fully Booted"))


def _headers(pack: bytes) -> Headers:
    pairs = (line.split(": ", 1) for line in pack.decode().split("\r\n") if line)
    return [(pair[0], pair[1] if len(pair) > 1 else "") for pair in pairs]


@asynccontextmanager
async def ami_server(**options: object) -> AsyncIterator[AmiServer]:
    """A server on a free port of the loopback for the length of a test."""
    state = AmiServer(**options)  # type: ignore[arg-type]
    server = await asyncio.start_server(state.serve, "127.0.0.1", 0, limit=8_000_000)
    state.port = server.sockets[0].getsockname()[1]
    try:
        yield state
    finally:
        server.close()
        state.cut()
        await server.wait_closed()


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait until the condition holds; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)
