"""One open widget: what it has been sent, and what is still to be said to it.

Messages are read from their rows after the newest that was sent, so that none can be missed or said twice on one
socket, whatever the bus tells. Only the writer task sends.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Protocol

from core import clock
from core.db import Database
from core.message import MessageState
from core.ports import QueueDoors
from telephony.messages.accounts import Account
from telephony.webchat.acts import mark
from telephony.webchat.protocol import ChatClose, Place, ServerFrame, Status
from telephony.webchat.reads import HISTORY, MOST_AT_ONCE, Standing, read_lines, read_standing
from telephony.webchat.visitor import Visitor

SEND_SECONDS = 10.0
_MOST_REPLIES = 200
Send = Callable[[str], Awaitable[None]]


class Registry(Protocol):
    """Whoever finds the open widgets of a conversation."""

    def bind(self, link: Link, standing: Standing) -> None:
        """The widget's conversation is known, or is served by other work than before."""


class Link:
    """Made by the socket's handler; ``write`` runs beside its reader."""

    def __init__(self, account: Account, visitor: Visitor, seen: int, address: str, send: Send) -> None:
        self.account = account
        self.visitor = visitor
        self.address = address
        self.language = "en"
        self.standing = Standing()
        self.closing: asyncio.Future[ChatClose] = asyncio.get_running_loop().create_future()
        self.used_at = time.monotonic()
        self._asked = seen
        self._sent: int | None = None
        self._send = send
        self._replies: deque[ServerFrame] = deque()
        self._status: Status | None = None
        self._place: Place | None = None
        self._is_stale = True
        self._more = asyncio.Event()
        self._more.set()

    def wake(self) -> None:
        """Something about the conversation may be different: look."""
        self._is_stale = True
        self._more.set()

    def reply(self, frame: ServerFrame) -> None:
        """Say something that is no message."""
        if len(self._replies) >= _MOST_REPLIES:
            self.close(ChatClose.TOO_SLOW)
            return
        self._replies.append(frame)
        self._more.set()

    def tell_place(self, place: Place) -> None:
        """Say where the visitor stands, if that is news."""
        if place != self._place:
            self._place = place
            self.reply(place)

    def close(self, code: ChatClose) -> None:
        """Ask the handler to close with this code; later calls change nothing."""
        if not self.closing.done():
            self.closing.set_result(code)

    async def write(self, database: Database, doors: QueueDoors, registry: Registry) -> None:
        """The writer task: say what there is to say, until cancelled."""
        while True:
            await self._more.wait()
            self._more.clear()
            while self._replies:
                await self._say(self._replies.popleft())
            if self._is_stale:
                self._is_stale = False
                await self._show(database, doors, registry)

    async def _show(self, database: Database, doors: QueueDoors, registry: Registry) -> None:
        async with database.glance() as connection:
            standing = await read_standing(connection, self.account, self.visitor)
        registry.bind(self, standing)
        if standing.conversation_id is not None and standing.newest > self._start(standing.newest):
            await self._catch_up(database, standing)
        status = Status(phase=standing.phase, agent=standing.agent, open=self._is_open(doors))
        if status != self._status:
            self._status = status
            self._place = None
            await self._say(status)

    def _start(self, newest: int) -> int:
        """After which message to go on; a browser that knows more than we do starts anew."""
        if self._sent is None:
            self._sent = self._asked if self._asked <= newest else 0
            if self._sent == 0:
                self._sent = max(0, newest - HISTORY)
        return self._sent

    async def _catch_up(self, database: Database, standing: Standing) -> None:
        assert standing.conversation_id is not None and self._sent is not None
        while True:
            async with database.glance() as connection:
                lines = await read_lines(connection, standing.conversation_id, self._sent)
            for line in lines:
                await self._say(line.frame)
                self._sent = line.frame.seq
            if any(line.is_unsent for line in lines):
                await mark(database, standing.conversation_id, self._sent, MessageState.SENT)
            if len(lines) < MOST_AT_ONCE:
                return

    def _is_open(self, doors: QueueDoors) -> bool:
        return self.account.queue_id is None or doors.is_open(self.account.queue_id, clock.now())

    async def _say(self, frame: ServerFrame) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send(frame.model_dump_json())
        except TimeoutError:
            self.close(ChatClose.TOO_SLOW)
            await asyncio.Future()  # the handler ends this task
