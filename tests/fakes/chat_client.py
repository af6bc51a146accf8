"""A chat widget for tests: its socket, and what it would show."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

WAIT_SECONDS = 5.0


@dataclass
class ChatClient:
    """An open widget; frames are collected as they come."""

    socket: ClientConnection
    token: str = ""
    frames: list[dict[str, Any]] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls, url: str, key: str, *, token: str | None = None, seen: int = 0, origin: str = "", language: str = "en"
    ) -> Self:
        """Connect, say hello, and wait for how it stands."""
        client = cls(await connect(address(url, key), origin=origin or url))  # type: ignore[arg-type]
        client._reading = asyncio.create_task(client._read())
        await client.send(type="hello", token=token, seen=seen, language=language)
        await client.until(lambda: client.closed.is_set() or bool(client.of("status")))
        if welcome := client.of("welcome"):
            client.token = welcome[0]["token"] or token or ""
        return client

    async def _read(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                self.frames.append(json.loads(text))
                self._news.set()
        self.closed.set()
        self._news.set()

    async def send(self, **frame: Any) -> None:
        """Any frame."""
        await self.socket.send(json.dumps(frame))

    async def say(self, body: str, given: str | None = None, **fields: Any) -> str:
        """A message; its id."""
        given = given or str(uuid4())
        await self.send(type="say", id=given, body=body, **fields)
        return given

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The frames of a kind so far."""
        return [frame for frame in self.frames if frame["type"] == kind]

    @property
    def bodies(self) -> list[str]:
        """What stands in the window."""
        return [frame["body"] for frame in self.of("message")]

    async def until(self, holds: Any) -> None:
        """Wait until something holds of what has come."""
        async with asyncio.timeout(WAIT_SECONDS):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def close(self) -> None:
        """Go away."""
        await self.socket.close()
        if self._reading is not None:
            await self._reading


def address(url: str, key: str) -> str:
    """Of the socket."""
    return f"{url.replace('http', 'ws', 1)}/api/chat/{key}/socket"
