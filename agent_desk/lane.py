"""A lane of agents whose work is read in turn: one reading at a time, many agents together when many wait."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from uuid import UUID

from agent_desk.outages import OUTAGES, OutageLog
from core.logs import logger

log = logger(__name__)

BATCH = 50
PAUSE_SECONDS = 0.003
"""Rest before a reading: the phone rings first, and what an event changes together is read together."""
_RETRY_SECONDS = 0.3

Refresh = Callable[[list[UUID]], Awaitable[None]]


class Lane:
    """Run ``run`` as one task. An agent is always in the same lane, so readings of one never overtake each other."""

    def __init__(self, refresh: Refresh) -> None:
        self._refresh = refresh
        self._marked: OrderedDict[UUID, None] = OrderedDict()
        self._wake = asyncio.Event()
        self._outage = OutageLog("agents' work")

    def mark(self, agent_id: UUID, *, first: bool = False) -> None:
        """Read this agent's work; ``first``: before those that wait already."""
        self._marked[agent_id] = None
        if first:
            self._marked.move_to_end(agent_id, last=False)
        self._wake.set()

    def forget(self, agent_id: UUID) -> None:
        """There is nobody left to show it to."""
        self._marked.pop(agent_id, None)

    async def run(self) -> None:
        """Read for ever. While PostgreSQL does not answer, what is marked stays marked."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(PAUSE_SECONDS)
            batch = self._take_batch()
            try:
                await self._refresh(batch)
                self._outage.worked()
            except OUTAGES as error:
                self._outage.failed(error)
                for agent_id in batch:
                    self.mark(agent_id)
                await asyncio.sleep(_RETRY_SECONDS)
            except Exception:
                await self._refresh_singly(batch)

    async def _refresh_singly(self, agents: list[UUID]) -> None:
        """One agent's rows cannot be shown (a fault of ours): the others must not suffer."""
        for agent_id in agents:
            try:
                await self._refresh([agent_id])
            except Exception as error:
                log.exception("work could not be shown", agent_id=str(agent_id), error=str(error))

    def _take_batch(self) -> list[UUID]:
        batch = [self._marked.popitem(last=False)[0] for _ in range(min(BATCH, len(self._marked)))]
        if not self._marked:
            self._wake.clear()
        return batch
