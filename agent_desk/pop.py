"""Each agent's own work on their desks: the pop, and every change until the wrap-up ends.

An event only says whose work may have changed. One task reads the work of all agents so marked in one go and
sends what differs from what their desks show; thus nothing is sent twice or out of order, a lone pop is read
at once, and five hundred desks that connect together are read in a few batches.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from agent_desk.connection import Connection
from agent_desk.frames import encode
from agent_desk.hub import Hub, send
from agent_desk.outages import OUTAGES, OutageLog
from agent_desk.protocol import WorkChanged, WorkRemoved
from agent_desk.views import WorkItem
from agent_desk.work_reads import read_removals, read_work
from core.db import Database
from core.logs import logger

log = logger(__name__)

BATCH = 50
_RETRY_SECONDS = 0.3
_REMEMBERED_CUSTOMERS = 20

SendSnapshot = Callable[[Connection, list[WorkItem]], None]


@dataclass(slots=True)
class Shown:
    """What the desks of one agent show, and the desks that still wait for their snapshot."""

    work: dict[UUID, WorkItem] = field(default_factory=dict)
    newcomers: list[Connection] = field(default_factory=list)
    customers: OrderedDict[UUID, None] = field(default_factory=OrderedDict)
    """Customers whose history lies on this desk, or did a while ago; newest last."""

    def take(self, work: dict[UUID, WorkItem]) -> tuple[list[WorkItem], list[WorkItem]]:
        """Take the work as it is now; returns the items that came or changed, and those that are gone."""
        changed = [item for key, item in work.items() if item != self.work.get(key)]
        gone = [item for key, item in self.work.items() if key not in work]
        self.work = work
        for item in changed:
            self.remember(item.customer.id)
        return changed, gone

    def remember(self, customer_id: UUID) -> None:
        """A customer's history is looked at here."""
        self.customers[customer_id] = None
        self.customers.move_to_end(customer_id)
        if len(self.customers) > _REMEMBERED_CUSTOMERS:
            self.customers.popitem(last=False)


class Pop:
    """Keeps the work of all agents with an open desk; run ``run`` as one task."""

    def __init__(self, database: Database, hub: Hub, send_snapshot: SendSnapshot) -> None:
        self._database = database
        self._hub = hub
        self._send_snapshot = send_snapshot
        self._shown: dict[UUID, Shown] = {}
        self._marked: OrderedDict[UUID, None] = OrderedDict()
        self._wake = asyncio.Event()
        self._outage = OutageLog("agents' work")

    def mark(self, agent_id: UUID | None, *, first: bool = False) -> None:
        """This agent's work may have changed. ``first``: an offer, which must not wait behind others."""
        if agent_id is None or agent_id not in self._shown:
            return
        self._marked[agent_id] = None
        if first:
            self._marked.move_to_end(agent_id, last=False)
        self._wake.set()

    def mark_interaction(self, interaction_id: UUID) -> None:
        """This interaction may have changed, on whichever desk it is."""
        for agent_id, shown in self._shown.items():
            if interaction_id in shown.work:
                self.mark(agent_id)

    def mark_all(self) -> None:
        """Anybody's work may have changed."""
        for agent_id in self._shown:
            self.mark(agent_id)

    def welcome(self, agent_id: UUID, connection: Connection) -> None:
        """Send this connection a snapshot with the agent's work as soon as that is read."""
        self._shown.setdefault(agent_id, Shown()).newcomers.append(connection)
        self.mark(agent_id)

    def forget(self, agent_id: UUID) -> None:
        """The agent's last desk is gone."""
        self._shown.pop(agent_id, None)
        self._marked.pop(agent_id, None)

    def viewers_of(self, customer_id: UUID) -> list[UUID]:
        """Agents on whose desks this customer's history lies."""
        return [agent_id for agent_id, shown in self._shown.items() if customer_id in shown.customers]

    def remember(self, agent_id: UUID, customer_id: UUID) -> None:
        """An agent looks at a customer's record."""
        if agent_id in self._shown:
            self._shown[agent_id].remember(customer_id)

    async def run(self) -> None:
        """Read and send for ever. While PostgreSQL does not answer, what is marked stays marked."""
        while True:
            await self._wake.wait()
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

    async def _refresh(self, agents: list[UUID]) -> None:
        async with self._database.engine.connect() as connection:
            work = await read_work(connection, self._database.domain, agents)
            gone = [
                item.reservation_id
                for agent_id, now in work.items()
                if (shown := self._shown.get(agent_id))
                for key, item in shown.work.items()
                if key not in now and item.reservation_id
            ]
            removals = await read_removals(connection, gone) if gone else {}
        for agent_id, now in work.items():
            self._show(agent_id, now, removals)

    def _show(self, agent_id: UUID, work: dict[UUID, WorkItem], removals: dict[UUID, str]) -> None:
        shown = self._shown.get(agent_id)
        if shown is None:
            return
        changed, gone = shown.take(work)
        newcomers, shown.newcomers = shown.newcomers, []
        present = [connection for connection in self._hub.of_agent(agent_id) if connection not in newcomers]
        self._send_changes(present, changed, gone, removals)
        for connection in newcomers:
            self._send_snapshot(connection, list(work.values()))

    def _send_changes(
        self, desks: list[Connection], changed: Iterable[WorkItem], gone: Iterable[WorkItem], removals: dict[UUID, str]
    ) -> None:
        for item in gone:
            reason = removals.get(item.reservation_id, "closed") if item.reservation_id else "closed"
            message = WorkRemoved(
                seq=0, interaction_id=item.interaction_id, reservation_id=item.reservation_id, reason=reason
            )
            send(desks, encode(message))
        for item in changed:
            send(desks, encode(WorkChanged(seq=0, item=item)))
