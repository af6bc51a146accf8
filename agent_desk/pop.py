"""Each agent's own work on their desks: the pop, and every change until the wrap-up ends.

An event only says whose work may have changed. That work is read as it is now, and what differs from what the
desks show is sent; thus nothing is sent twice or out of order, a lone pop is read at once, and five hundred desks
that connect together are read in a few batches.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from uuid import UUID

from agent_desk.connection import Connection
from agent_desk.frames import encode
from agent_desk.hub import Hub, send
from agent_desk.lane import Lane
from agent_desk.protocol import ConversationChanged, WorkChanged, WorkRemoved
from agent_desk.shown import Differences, Shown
from agent_desk.views import WorkItem
from agent_desk.work_reads import read_removals, read_work
from core.db import Database

LANES = 3

SendSnapshot = Callable[[Connection, list[WorkItem]], None]


class Pop:
    """Keeps the work of all agents with an open desk; run ``run`` as one task."""

    def __init__(self, database: Database, hub: Hub, send_snapshot: SendSnapshot) -> None:
        self._database = database
        self._hub = hub
        self._send_snapshot = send_snapshot
        self._shown: dict[UUID, Shown] = {}
        self._holders: dict[UUID, set[UUID]] = {}
        """By interaction, the agents on whose desks it is."""
        self._served: dict[UUID, UUID] = {}
        """By conversation, the interaction on some desk that serves it."""
        self._lanes = [Lane(self._refresh) for _ in range(LANES)]

    def _lane(self, agent_id: UUID) -> Lane:
        return self._lanes[agent_id.int % LANES]

    def mark(self, agent_id: UUID | None, *, first: bool = False) -> None:
        """This agent's work may have changed. ``first``: an offer, which must not wait behind others."""
        if agent_id is not None and agent_id in self._shown:
            self._lane(agent_id).mark(agent_id, first=first)

    def mark_interaction(self, interaction_id: UUID) -> None:
        """This interaction may have changed, on whichever desk it is."""
        for agent_id in self._holders.get(interaction_id, ()):
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
        shown = self._shown.pop(agent_id, None)
        for item in shown.work.values() if shown else ():
            self._let_go(item, agent_id)
        self._lane(agent_id).forget(agent_id)

    def holders_of(self, interaction_id: UUID) -> Iterable[UUID]:
        """Agents on whose desks an interaction is."""
        return self._holders.get(interaction_id, ())

    def holders_of_conversation(self, conversation_id: UUID) -> Iterable[UUID]:
        """Agents on whose desks a conversation is."""
        served = self._served.get(conversation_id)
        return self.holders_of(served) if served else ()

    def viewers_of(self, customer_id: UUID) -> list[UUID]:
        """Agents on whose desks this customer's history lies."""
        return [agent_id for agent_id, shown in self._shown.items() if customer_id in shown.customers]

    def remember(self, agent_id: UUID, customer_id: UUID) -> None:
        """An agent looks at a customer's record."""
        if agent_id in self._shown:
            self._shown[agent_id].remember(customer_id)

    async def run(self) -> None:
        """Read and send for ever."""
        async with asyncio.TaskGroup() as tasks:
            for lane in self._lanes:
                tasks.create_task(lane.run(), name="lane")

    async def _refresh(self, agents: list[UUID]) -> None:
        async with self._database.glance() as connection:
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
        different = shown.take(work)
        for item in different.changed:
            self._hold(item, agent_id)
        for item in different.gone:
            self._let_go(item, agent_id)
        newcomers, shown.newcomers = shown.newcomers, []
        present = [connection for connection in self._hub.of_agent(agent_id) if connection not in newcomers]
        self._send_changes(present, different, removals)
        for connection in newcomers:
            self._send_snapshot(connection, list(work.values()))

    def _hold(self, item: WorkItem, agent_id: UUID) -> None:
        self._holders.setdefault(item.interaction_id, set()).add(agent_id)
        if item.conversation is not None:
            self._served[item.conversation.id] = item.interaction_id

    def _let_go(self, item: WorkItem, agent_id: UUID) -> None:
        holders = self._holders.get(item.interaction_id, set())
        holders.discard(agent_id)
        if not holders:
            self._holders.pop(item.interaction_id, None)
            if item.conversation and self._served.get(item.conversation.id) == item.interaction_id:
                del self._served[item.conversation.id]

    def _send_changes(self, desks: list[Connection], different: Differences, removals: dict[UUID, str]) -> None:
        for item in different.gone:
            reason = removals.get(item.reservation_id, "closed") if item.reservation_id else "closed"
            message = WorkRemoved(
                seq=0, interaction_id=item.interaction_id, reservation_id=item.reservation_id, reason=reason
            )
            send(desks, encode(message))
        for item in different.changed:
            send(desks, encode(WorkChanged(seq=0, item=item)))
        for item in different.talked:
            if item.conversation is not None:
                changed = ConversationChanged(seq=0, interaction_id=item.interaction_id, conversation=item.conversation)
                send(desks, encode(changed))
