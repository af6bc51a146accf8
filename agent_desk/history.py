"""News of customers' histories for the desks that show them: outcomes recorded, and how far they got."""

from __future__ import annotations

import asyncio
from uuid import UUID

from agent_desk.cards import entry_of
from agent_desk.frames import encode
from agent_desk.hub import Hub, send
from agent_desk.outages import OUTAGES, OutageLog
from agent_desk.pop import Pop
from agent_desk.protocol import TimelineChanged
from agent_desk.views import TimelineEntry
from core.db import Database
from core.logs import logger
from crm_sync.record import read_entries

log = logger(__name__)

_PAUSE_SECONDS = 0.05
_RETRY_SECONDS = 0.3


class History:
    """Run ``run`` as one task. Only customers on some desk of this process are read."""

    def __init__(self, database: Database, hub: Hub, pop: Pop) -> None:
        self._database = database
        self._hub = hub
        self._pop = pop
        self._marked: dict[UUID, UUID] = {}
        self._wake = asyncio.Event()
        self._outage = OutageLog("histories")

    def mark(self, customer_id: UUID, interaction_id: UUID) -> None:
        """The line of this interaction came or changed."""
        if self._pop.viewers_of(customer_id):
            self._marked[interaction_id] = customer_id
            self._wake.set()

    async def run(self) -> None:
        """Read and send for ever; what cannot be read stays marked."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            marked, self._marked = self._marked, {}
            try:
                await self._tell(marked)
                self._outage.worked()
            except OUTAGES as error:
                self._outage.failed(error)
                self._marked = marked | self._marked
                self._wake.set()
                await asyncio.sleep(_RETRY_SECONDS)
            except Exception as error:
                log.exception("histories could not be shown", error=str(error))
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _tell(self, marked: dict[UUID, UUID]) -> None:
        async with self._database.glance() as connection:
            entries = await read_entries(connection, self._database.domain, marked)
        for entry in entries:
            self._send(entry.customer_id, entry_of(entry))

    def _send(self, customer_id: UUID, entry: TimelineEntry) -> None:
        frame = encode(TimelineChanged(seq=0, customer_id=customer_id, entry=entry))
        for agent_id in self._pop.viewers_of(customer_id):
            send(self._hub.of_agent(agent_id), frame)
