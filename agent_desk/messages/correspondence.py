"""News of single messages, and of customers who are writing, for the desks that serve their conversations."""

from __future__ import annotations

import asyncio
from uuid import UUID

from agent_desk.frames import encode
from agent_desk.hub import Hub, send
from agent_desk.messages.reads import read_messages
from agent_desk.outages import OUTAGES, OutageLog
from agent_desk.pop import Pop
from agent_desk.protocol import CustomerTypes, MessageChanged
from core.chat_signals import ChatSignal, Kind
from core.db import Database
from core.logs import logger

log = logger(__name__)

_PAUSE_SECONDS = 0.02
_RETRY_SECONDS = 0.3


class Correspondence:
    """Run ``run`` as one task. Only messages of work on some desk of this process are read."""

    def __init__(self, database: Database, hub: Hub, pop: Pop) -> None:
        self._database = database
        self._hub = hub
        self._pop = pop
        self._marked: dict[UUID, UUID] = {}
        self._wake = asyncio.Event()
        self._outage = OutageLog("messages")

    def mark(self, message_id: UUID, interaction_id: UUID | None) -> None:
        """This message came or changed."""
        if interaction_id is not None and self._pop.holders_of(interaction_id):
            self._marked[message_id] = interaction_id
            self._wake.set()

    def hear(self, signal: ChatSignal) -> None:
        """The customer is writing."""
        if signal.kind is not Kind.TYPING or signal.by != "customer":
            return
        frame = encode(CustomerTypes(seq=0, conversation_id=signal.conversation_id))
        for agent_id in self._pop.holders_of_conversation(signal.conversation_id):
            send(self._hub.of_agent(agent_id), frame)

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
                log.exception("messages could not be shown", error=str(error))
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _tell(self, marked: dict[UUID, UUID]) -> None:
        async with self._database.glance() as connection:
            messages = await read_messages(connection, self._database.domain, marked)
        for message in messages:
            frame = encode(MessageChanged(seq=0, message=message))
            for agent_id in self._pop.holders_of(marked[message.id]):
                send(self._hub.of_agent(agent_id), frame)
