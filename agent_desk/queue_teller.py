"""Tells desks their queues' counts, not too often and not all at once, so that no pop waits behind a broadcast."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from uuid import UUID

from agent_desk.board import Board
from agent_desk.connection import Connection
from agent_desk.frames import encode
from agent_desk.hub import send
from agent_desk.protocol import QueueChanged
from agent_desk.views import QueueView

_AT_ONCE = 5
"""Desks that are sent to before whoever else waits for the loop gets a turn."""


class QueueTeller:
    """Some of the desks (those of ``audience``), told at most every ``pause_seconds`` what has changed."""

    def __init__(self, pause_seconds: float, audience: Callable[[Board, UUID], Iterable[Connection]]) -> None:
        self._pause_seconds = pause_seconds
        self._audience = audience
        self._marked: set[UUID] = set()
        self._told: dict[UUID, QueueView] = {}
        self._due = 0.0

    @property
    def told(self) -> list[QueueView]:
        """The queues as these desks were last told: what a snapshot shows, so that it fits the changes after it."""
        return list(self._told.values())

    def mark(self, queues: Iterable[UUID]) -> None:
        """These queues' counts may have changed."""
        self._marked.update(queues)

    def keep(self, queues: Iterable[UUID]) -> None:
        """Only these queues are left; all of them are looked at again."""
        left = set(queues)
        self._told = {key: view for key, view in self._told.items() if key in left}
        self._marked = left

    def seconds_left(self) -> float | None:
        """How long until it has something to tell; None when nothing is marked."""
        return max(0.0, self._due - asyncio.get_running_loop().time()) if self._marked else None

    async def tell(self, board: Board) -> None:
        """Send what differs from what was told, if it is time."""
        if self.seconds_left() != 0.0:
            return
        self._due = asyncio.get_running_loop().time() + self._pause_seconds
        marked, self._marked = self._marked, set()
        for view in board.queue_views(marked):
            if self._told.get(view.id) != view:
                self._told[view.id] = view
                await self._send(board, view)

    async def _send(self, board: Board, view: QueueView) -> None:
        frame, desks = encode(QueueChanged(seq=0, queue=view)), list(self._audience(board, view.id))
        for start in range(0, len(desks), _AT_ONCE):
            send(desks[start : start + _AT_ONCE], frame)
            await asyncio.sleep(0)
