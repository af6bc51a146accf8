"""How call control gives orders to the PBX: most are sent and forgotten, since an event says what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from core.logs import logger
from telephony.asterisk.link import Action, Frame
from telephony.asterisk.link.errors import AmiError, AmiRefused

log = logger(__name__)


class Sender(Protocol):
    """The part of ``Keeper`` that is needed here; tests bring a scripted one."""

    @property
    def connected(self) -> bool:
        """Whether there is a link now."""

    async def send(self, action: Action, within: float = 5.0) -> Frame:
        """Send and await the answer; raises AmiError."""


class Orders:
    """Sends actions side by side; a refusal is logged, or handed to ``refused``."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def possible(self) -> bool:
        """Whether orders reach the PBX at present."""
        return self._sender.connected

    def give(self, action: Action, refused: Callable[[AmiError], None] | None = None) -> None:
        """Send without waiting. Actions given in one order are written in that order."""
        task = asyncio.create_task(self._send(action, refused))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def ask(self, action: Action) -> Frame:
        """Send and wait for the answer; raises AmiError."""
        return await self._sender.send(action)

    async def _send(self, action: Action, refused: Callable[[AmiError], None] | None) -> None:
        try:
            await self._sender.send(action)
        except AmiError as error:
            # a channel that is gone already is the usual refusal: its end arrives as an event
            level = log.info if isinstance(error, AmiRefused) else log.warning
            level("order not done", action=action.name, code=error.code, reason=error.message)
            if refused is not None:
                refused(error)
