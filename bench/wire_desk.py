"""Hundreds of desks in one light process: a websocket client that only looks for pops, and sign-ins for it."""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import httpx

OnPop = Callable[[bytes, float], None]
_POP = b'"type":"work.changed"'


class WireDesk(asyncio.Protocol):
    """One connected desk. ``on_pop`` gets the text of every frame with work (or of the ``wanted`` kinds), and the Unix
    time of its coming; the first of a call is its pop.
    """

    def __init__(self, handshake: bytes, on_pop: OnPop, wanted: tuple[bytes, ...] = (_POP,)) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.frames = 0
        self.is_lost = False
        self._handshake = handshake
        self._on_pop = on_pop
        self._wanted = wanted
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the websocket."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._handshake)

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember that the server dropped us."""
        self.is_lost = True
        if not self.ready.done():
            self.ready.set_exception(ConnectionError(self._buffer[:200]))

    def data_received(self, data: bytes) -> None:
        """Cut frames out of the stream."""
        at = time.time()
        self._buffer += data
        if not self.ready.done():
            head, separator, rest = self._buffer.partition(b"\r\n\r\n")
            if not separator:
                return
            if b" 101 " not in head.split(b"\r\n")[0]:
                self.ready.set_exception(ConnectionError(head[:200]))
                return
            self._buffer = rest
            self.ready.set_result(None)
        while (frame := self._next()) is not None:
            self._take(*frame, at)

    def _next(self) -> tuple[int, bytes] | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        length, start = buffer[1] & 0x7F, 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + length:
            return None
        self._buffer = buffer[start + length :]
        return buffer[0] & 0x0F, buffer[start : start + length]

    def _take(self, kind: int, payload: bytes, at: float) -> None:
        self.frames += 1
        if kind == 1 and any(each in payload[:200] for each in self._wanted):
            self._on_pop(payload, at)
        elif kind == 9:
            self.send(10, payload)

    def send(self, kind: int, payload: bytes) -> None:
        """Send a short frame (masked with zeros, as a client must mask)."""
        if self._transport:
            self._transport.write(bytes((0x80 | kind, 0x80 | len(payload))) + bytes(4) + payload)

    def ping(self) -> None:
        """What the console says when it has heard nothing for a while."""
        self.send(1, b'{"type":"ping"}')


async def connect_desk(
    url: str, login: str, password: str, on_pop: OnPop, wanted: tuple[bytes, ...] = (_POP,)
) -> tuple[WireDesk, httpx.AsyncClient]:
    """Sign in, become available, connect. Returns the desk and the client that holds its session."""
    client = httpx.AsyncClient(base_url=url, timeout=30, headers={"Origin": url})
    answer = await client.post("/api/session", json={"login": login, "password": password})
    answer.raise_for_status()
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    parts = urlsplit(url)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)
    handshake = (
        f"GET /api/desk HTTP/1.1\r\nHost: {parts.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
        f"Origin: {url}\r\nCookie: {cookies}\r\n\r\n"
    )
    loop = asyncio.get_running_loop()
    _, desk = await loop.create_connection(
        lambda: WireDesk(handshake.encode(), on_pop, wanted), parts.hostname, parts.port
    )
    await asyncio.wait_for(desk.ready, 30)
    (await client.post("/api/me/presence", json={"presence": "available", "reason": None})).raise_for_status()
    return desk, client
