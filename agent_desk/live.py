"""The live side of the desk: joins the bus, the boards, the pop and the open desks of one process."""

from __future__ import annotations

import asyncio
from typing import Protocol
from uuid import UUID

import redis.asyncio as redis

from agent_desk.boards import Boards
from agent_desk.connection import Connection
from agent_desk.frames import encode
from agent_desk.history import History
from agent_desk.hub import Hub, send
from agent_desk.messages.correspondence import Correspondence
from agent_desk.messages.signals import follow
from agent_desk.outages import OUTAGES, OutageLog
from agent_desk.pop import Pop
from agent_desk.protocol import CloseCode, Pong, VoiceChanged
from agent_desk.snapshot import make_snapshot
from agent_desk.views import UserView, VoiceStatus, WorkItem
from core import clock
from core.bus_reader import BusReader, one_by_one
from core.db import Database
from core.event import Event
from core.events import (
    AgentWorkChanged,
    CallLegEvent,
    ConfigurationChanged,
    DeclineRequested,
    DeliverySettled,
    HangupRequested,
    OutcomeRecorded,
    ReservationCreated,
)
from core.logs import logger
from core.message_events import MessageEvent

log = logger(__name__)

BLIND_RELOAD_SECONDS = 1.0
"""How often everything is read again while the bus is away."""
STUCK_CHECK_SECONDS = 1.0
_NO_WORK = (AgentWorkChanged, CallLegEvent, DeclineRequested, HangupRequested, OutcomeRecorded, DeliverySettled)
"""Events that change nothing of what an agent's work shows: other events tell what comes of them."""


class Beside(Protocol):
    """Somebody else in this process who wants to hear the bus; must not wait or fail."""

    def hear(self, event: Event) -> None:
        """One event."""

    def look_again(self) -> None:
        """Some may have been missed, or the configuration is another one."""


class Live:
    """Start it with ``run``; desks come by ``open`` and go by ``leave``."""

    def __init__(self, database: Database, client: redis.Redis, voice: VoiceStatus | None = None) -> None:
        self.hub = Hub()
        self.boards = Boards(database, self.hub)
        self.pop = Pop(database, self.hub, self._send_snapshot)
        self.history = History(database, self.hub, self.pop)
        self.correspondence = Correspondence(database, self.hub, self.pop)
        self.voice = voice or VoiceStatus(available=False)
        self.beside: list[Beside] = []
        self._outage = OutageLog("everything")
        self._client, self._domain = client, database.domain
        self.reader = BusReader(client, database.domain, one_by_one(self.on_event), self.on_gap)

    async def run(self) -> None:
        """All tasks of the live side, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.boards.run(), name="boards")
            tasks.create_task(self.pop.run(), name="pop")
            tasks.create_task(self.history.run(), name="history")
            tasks.create_task(self.correspondence.run(), name="messages")
            tasks.create_task(follow(self._client, self._domain, self.correspondence.hear), name="signals")
            tasks.create_task(self.reader.run(), name="bus")
            tasks.create_task(self._see_without_bus(), name="blind")
            tasks.create_task(self._show_first_board(), name="first board")
            tasks.create_task(self._drop_stuck(), name="stuck desks")

    async def on_event(self, event: Event) -> None:
        """One event of the bus: mark what it may have changed, the pop first."""
        agent_id, interaction_id = event.subject_agent, event.subject_interaction
        if interaction_id is not None and not isinstance(event, _NO_WORK):
            self.pop.mark(agent_id, first=isinstance(event, ReservationCreated))
            self.pop.mark_interaction(interaction_id)
        self.boards.mark(agent_id=agent_id, interaction_id=interaction_id)
        if isinstance(event, MessageEvent):
            self.correspondence.mark(event.message_id, event.interaction_id)
        if isinstance(event, OutcomeRecorded | DeliverySettled) and event.customer_id and interaction_id:
            self.history.mark(event.customer_id, interaction_id)
        for other in self.beside:
            other.hear(event)
        if isinstance(event, ConfigurationChanged):
            await self.on_gap()

    async def on_gap(self) -> None:
        """Events were missed: read everything again and start every desk from a new snapshot."""
        while True:
            try:
                await self.boards.reload()
                self._outage.worked()
                break
            except OUTAGES as error:
                self._outage.failed(error)
                await asyncio.sleep(BLIND_RELOAD_SECONDS)
        for other in self.beside:
            other.look_again()
        self._refresh_all()

    async def _show_first_board(self) -> None:
        await self.boards.loaded.wait()
        self._refresh_all()

    def _refresh_all(self) -> None:
        for connection in self.hub:
            self.refresh(connection)

    async def _see_without_bus(self) -> None:
        while True:
            await asyncio.sleep(BLIND_RELOAD_SECONDS)
            if not self.reader.caught_up.is_set():
                for other in self.beside:
                    other.look_again()
                self.pop.mark_all()
                try:
                    await self.boards.reload()
                except OUTAGES as error:
                    self._outage.failed(error)

    async def _drop_stuck(self) -> None:
        while True:
            await asyncio.sleep(STUCK_CHECK_SECONDS)
            for connection in self.hub:
                connection.drop_if_stuck()

    # -- desks ------------------------------------------------------------------------------------

    def open(self, connection: Connection) -> None:
        """A desk opens: it gets a snapshot, then what changes."""
        self.hub.add(connection)
        self.refresh(connection)

    def refresh(self, connection: Connection) -> None:
        """Send a snapshot to one desk, now or as soon as the first board is there."""
        if not self.boards.loaded.is_set():
            return
        if connection.user.agent_id is None:
            self._send_snapshot(connection, [])
        else:
            self.pop.welcome(connection.user.agent_id, connection)

    def pong(self, connection: Connection) -> None:
        """Answer a ping."""
        connection.put(encode(Pong(seq=0, at=clock.now())))

    def leave(self, connection: Connection) -> None:
        """A desk is gone. The agent's presence stays: whoever's phone is gone too is not rung anyway."""
        self.hub.remove(connection)
        agent_id = connection.user.agent_id
        if agent_id is not None and not self.hub.of_agent(agent_id):
            self.pop.forget(agent_id)

    def change_user(self, user: UserView) -> None:
        """A user chose another language or theme: their desks start again."""
        for connection in self.hub.change_user(user):
            self.refresh(connection)

    def change_voice(self, voice: VoiceStatus) -> None:
        """Calls became possible or impossible."""
        if voice != self.voice:
            self.voice = voice
            send(self.hub, encode(VoiceChanged(seq=0, voice=voice)))

    def note_viewed(self, user: UserView, customer_id: UUID) -> None:
        """A user looks at a customer's record: news of its history go to their desks."""
        if user.agent_id is not None:
            self.pop.remember(user.agent_id, customer_id)

    def close_all(self) -> None:
        """The process goes."""
        self.hub.close_all(CloseCode.RESTARTING)

    def _send_snapshot(self, connection: Connection, work: list[WorkItem]) -> None:
        snapshot = make_snapshot(
            self.boards.board, self.boards.queues_for(connection.user), connection.user, work, self.voice
        )
        connection.put(encode(snapshot))
