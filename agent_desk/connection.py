"""One open desk: a bounded queue, one writer task, consecutive numbers. A slow client is dropped, never waited for."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

from agent_desk.frames import Frame
from agent_desk.protocol import CloseCode
from agent_desk.views import UserView
from core import clock

MAX_WAITING = 512
SEND_SECONDS = 10.0

Send = Callable[[str], Awaitable[None]]


class Connection:
    """What the hub knows of one websocket. Only its own writer task sends on it."""

    def __init__(self, user: UserView, session: bytes, send: Send, *, max_waiting: int = MAX_WAITING) -> None:
        self.user = user
        self.session = session
        self.opened_at = clock.now()
        self.closing: asyncio.Future[CloseCode] = asyncio.get_running_loop().create_future()
        self._send = send
        self._waiting: deque[Frame] = deque()
        self._max_waiting = max_waiting
        self._more = asyncio.Event()
        self._seq = 0
        self._sending_since: float | None = None
        self.live = False
        """Whether its first snapshot is under way; before that it gets no events."""

    def put(self, frame: Frame) -> None:
        """Queue a frame. A snapshot replaces what waits; a full queue closes the connection."""
        if self.closing.done():
            return
        if frame.restarts:
            self._waiting.clear()
            self.live = True
        elif not self.live:
            return
        if len(self._waiting) >= self._max_waiting:
            self.close(CloseCode.TOO_SLOW)
            return
        self._waiting.append(frame)
        self._more.set()

    def close(self, code: CloseCode) -> None:
        """Ask the handler to close with this code; later calls change nothing."""
        if not self.closing.done():
            self.closing.set_result(code)

    async def write(self) -> None:
        """The writer task: send what waits, in order, until cancelled."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._waiting:
                await self._send_one(self._waiting.popleft())

    async def _send_one(self, frame: Frame) -> None:
        self._seq = 0 if frame.restarts else self._seq + 1
        self._sending_since = time.monotonic()
        await self._send(frame.text(self._seq))
        self._sending_since = None

    def drop_if_stuck(self) -> None:
        """Close when one frame has been on its way for too long; cheaper than a timer for every frame."""
        if self._sending_since is not None and time.monotonic() - self._sending_since > SEND_SECONDS:
            self.close(CloseCode.TOO_SLOW)
