"""How call control gives orders to the PBX: most are sent and forgotten, since an event says what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
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

    def begin(self, action: Action, within: float = 5.0) -> Coroutine[None, None, Frame]:
        """Send at once; awaiting what is returned gives the answer. Both raise AmiError."""


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
        """Send at once, without waiting for the answer."""
        try:
            answer = self._sender.begin(action)
        except AmiError as error:
            asyncio.get_running_loop().call_soon(self._not_done, action, error, refused)
            return
        task = asyncio.create_task(self._heed(action, answer, refused))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def ask(self, action: Action) -> Frame:
        """Send and wait for the answer; raises AmiError."""
        return await self._sender.begin(action)

    async def _heed(
        self, action: Action, answer: Coroutine[None, None, Frame], refused: Callable[[AmiError], None] | None
    ) -> None:
        try:
            await answer
        except AmiError as error:
            self._not_done(action, error, refused)

    @staticmethod
    def _not_done(action: Action, error: AmiError, refused: Callable[[AmiError], None] | None) -> None:
        # a channel that is gone already is the usual refusal: its end arrives as an event
        level = log.info if isinstance(error, AmiRefused) else log.warning
        level("order not done", action=action.name, code=error.code, reason=error.message)
        if refused is not None:
            refused(error)
