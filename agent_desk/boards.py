"""Keeps the board of this process right, and tells the desks what changed.

Events only mark rows. Marked rows are read again together, a few times a second; the whole board is read
at the start, after every gap of the bus, at midnight and now and then in between. One lock keeps the two
apart, so that an older reading never comes after a newer one.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

from agent_desk.audience import agent_audience, members_of_queue, sees_everybody
from agent_desk.board import Board
from agent_desk.board_reads import load_board, read_agents, read_interactions
from agent_desk.frames import encode
from agent_desk.hub import Hub, send
from agent_desk.outages import OUTAGES, OutageLog
from agent_desk.protocol import AgentChanged, InteractionChanged
from agent_desk.queue_teller import QueueTeller
from agent_desk.views import AgentView, QueueView, UserView, WaitingItem
from core import clock
from core.db import Database
from core.interaction import InteractionState
from core.logs import logger

log = logger(__name__)

PAUSE_SECONDS = 0.1
"""Rest before a reading of marked rows: changes close together are read together, and pops go first."""
WATCHING_PAUSE_SECONDS = 0.25
MEMBERS_PAUSE_SECONDS = 1.0
"""Rest between two views of a queue: supervisors steer by them, agents glance at them and are many."""
RELOAD_SECONDS = 60.0
_RETRY_SECONDS = 0.3


class Boards:
    """Run ``run`` as one task; ``board`` is what snapshots show."""

    def __init__(self, database: Database, hub: Hub) -> None:
        now = clock.now()
        self.board = Board(loaded_at=now, day_start=now, day_end=now)
        self.loaded = asyncio.Event()
        """Whether there is a board to show at all."""
        self._database = database
        self._hub = hub
        self._lock = asyncio.Lock()
        self._wake = asyncio.Event()
        self._agents: set[UUID] = set()
        self._interactions: set[UUID] = set()
        self._watching = QueueTeller(WATCHING_PAUSE_SECONDS, lambda _board, _queue: hub.watching())
        self._members = QueueTeller(MEMBERS_PAUSE_SECONDS, lambda board, queue: members_of_queue(hub, board, queue))
        self._outage = OutageLog("boards")

    def mark(self, *, agent_id: UUID | None = None, interaction_id: UUID | None = None) -> None:
        """These rows may have changed."""
        if agent_id is not None:
            self._agents.add(agent_id)
        if interaction_id is not None:
            self._interactions.add(interaction_id)
        self._wake.set()

    def queues_for(self, user: UserView) -> list[QueueView]:
        """The queues as desks like this user's were last told."""
        return (self._watching if sees_everybody(user) else self._members).told

    async def reload(self) -> None:
        """Read everything again and tell the desks what is different."""
        async with self._lock:
            async with self._database.reading() as connection:
                loaded = await load_board(connection, self._database.domain)
            held, self.board = self.board, loaded
            self._tell_differences(held)
            for teller in (self._watching, self._members):
                teller.keep(loaded.queues)
                await teller.tell(loaded)
            self.loaded.set()

    async def run(self) -> None:
        """Read what is marked, for ever; what cannot be read stays marked."""
        while True:
            try:
                async with asyncio.timeout(self._seconds_until_reload()):
                    await self._wake.wait()
            except TimeoutError:
                pass
            await asyncio.sleep(PAUSE_SECONDS)
            await self._step()

    def _seconds_until_reload(self) -> float:
        due = min(self.board.loaded_at + timedelta(seconds=RELOAD_SECONDS), self.board.day_end)
        tellers = [teller.seconds_left() for teller in (self._watching, self._members)]
        waits = [(due - clock.now()).total_seconds(), *(seconds for seconds in tellers if seconds is not None)]
        return max(0.0, min(waits))

    async def _step(self) -> None:
        try:
            if clock.now() >= min(self.board.loaded_at + timedelta(seconds=RELOAD_SECONDS), self.board.day_end):
                await self.reload()
            await self._read_marked()
            self._outage.worked()
        except OUTAGES as error:
            self._outage.failed(error)
            await asyncio.sleep(_RETRY_SECONDS)
        except Exception as error:
            log.exception("boards could not be shown", error=str(error))
            await asyncio.sleep(_RETRY_SECONDS)

    async def _read_marked(self) -> None:
        async with self._lock:
            self._wake.clear()
            agents, self._agents = self._agents, set()
            interactions, self._interactions = self._interactions, set()
            try:
                await self._read(agents, interactions)
            except OUTAGES:
                self._agents |= agents
                self._interactions |= interactions
                self._wake.set()
                raise
            for teller in (self._watching, self._members):
                await teller.tell(self.board)

    async def _read(self, agents: set[UUID], interactions: set[UUID]) -> None:
        if not agents and not interactions:
            return
        domain = self._database.domain
        async with self._database.glance() as connection:
            found_agents = await read_agents(connection, domain, agents) if agents else []
            found = await read_interactions(connection, domain, interactions) if interactions else []
        for agent in found_agents:
            if (queues := self.board.put_agent(agent)) is not None:
                self._mark_queues(queues)
                self._tell_agent(agent)
        for seen in found:
            if (queues := self.board.put_interaction(seen)) is not None:
                self._mark_queues(queues)
                self._tell_interaction(seen.item)

    def _tell_differences(self, held: Board) -> None:
        for agent in self.board.agents.values():
            if agent != held.agents.get(agent.id):
                self._tell_agent(agent)
        for item in self.board.interactions.values():
            if item != held.interactions.get(item.interaction_id):
                self._tell_interaction(item)
        for key, gone in held.interactions.items():
            if key not in self.board.interactions:
                self._tell_interaction(gone.model_copy(update={"state": InteractionState.CLOSED}))

    def _tell_agent(self, agent: AgentView) -> None:
        send(agent_audience(self._hub, agent), encode(AgentChanged(seq=0, agent=agent)))

    def _tell_interaction(self, item: WaitingItem) -> None:
        if self._hub.watching():
            send(self._hub.watching(), encode(InteractionChanged(seq=0, item=item)))

    def _mark_queues(self, queues: set[UUID]) -> None:
        self._watching.mark(queues)
        self._members.mark(queues)
