"""The open widgets of a domain in this process, and what wakes them: the bus, signals, the time."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Any, Literal
from uuid import UUID

import orjson
import redis.asyncio as redis
from redis.exceptions import RedisError

from core import valkey_keys
from core.chat_signals import ChatSignal, Kind, unpacked
from core.db import Database
from core.event import Event
from core.logs import logger
from core.ports import CustomerDirectory, QueueDoors
from core.tasks import together
from telephony.messages.accounts import Account
from telephony.webchat.link import Link
from telephony.webchat.protocol import AgentSignal, ChatClose, Place
from telephony.webchat.rates import Rates
from telephony.webchat.reads import Standing

log = logger(__name__)

PLACE_EVERY_SECONDS = 3.0
_AGAIN_SECONDS = 1.0
_SOCKETS_AN_ADDRESS = 10


class ChatLive:
    """Start it with ``run`` and put it beside the desks' live side; widgets come by ``open`` and go by ``leave``."""

    def __init__(
        self, database: Database, valkey: redis.Redis, hearing: redis.Redis, *, directory: CustomerDirectory,
        doors: QueueDoors,
    ) -> None:  # fmt: skip
        self.database = database
        self.directory = directory
        self.doors = doors
        self.rates = Rates(valkey)
        self._valkey = valkey
        self._hearing = hearing
        self._links: set[Link] = set()
        self._by_conversation: defaultdict[UUID, set[Link]] = defaultdict(set)
        self._by_interaction: defaultdict[UUID, set[Link]] = defaultdict(set)
        self._reload = asyncio.Event()
        self._reload.set()

    def __len__(self) -> int:
        return len(self._links)

    async def run(self) -> None:
        """Until cancelled."""
        await together(self._hear_signals(), self._tell_places(), self._keep_doors())

    # -- widgets ----------------------------------------------------------------------------------

    def open(self, link: Link) -> bool:
        """A widget opens; False: there are too many of its address already."""
        limit = _whole(link.account.settings.get("sockets_an_address"), _SOCKETS_AN_ADDRESS)
        same = sum(each.address == link.address and each.account.id == link.account.id for each in self._links)
        if same >= limit:
            return False
        self._links.add(link)
        return True

    def leave(self, link: Link) -> None:
        """A widget has gone."""
        self._links.discard(link)
        self._unbind(link)

    def bind(self, link: Link, standing: Standing) -> None:
        """See ``link.Registry``."""
        if standing == link.standing or link not in self._links:
            return
        self._unbind(link)
        link.standing = standing
        if standing.conversation_id is not None:
            self._by_conversation[standing.conversation_id].add(link)
        if standing.interaction_id is not None:
            self._by_interaction[standing.interaction_id].add(link)

    def _unbind(self, link: Link) -> None:
        for found, key in (
            (self._by_conversation, link.standing.conversation_id),
            (self._by_interaction, link.standing.interaction_id),
        ):
            if key is not None and key in found:
                found[key].discard(link)
                if not found[key]:
                    del found[key]

    def wake_visitor(self, account: Account, visitor: str) -> None:
        """The widgets of one visitor look again: his conversation is there."""
        for link in self._links:
            if link.visitor.key == visitor and link.account.id == account.id:
                link.wake()

    async def began(self, link: Link, conversation_id: UUID) -> None:
        """A first message was kept: tell the visitor's other widgets, here and in other processes."""
        self.wake_visitor(link.account, link.visitor.key)
        await self.signal(
            ChatSignal(conversation_id=conversation_id, by="customer", kind=Kind.BEGAN, visitor=link.visitor.key)
        )

    def close_all(self, code: ChatClose = ChatClose.RESTARTING) -> None:
        """Close every widget's socket, when the process goes."""
        for link in self._links:
            link.close(code)

    # -- what wakes them --------------------------------------------------------------------------

    def hear(self, event: Event) -> None:
        """One event of the bus."""
        if not self._links:
            return
        conversation_id: UUID | None = getattr(event, "conversation_id", None)
        links = self._by_conversation.get(conversation_id, ()) if conversation_id is not None else ()
        if not links and event.subject_interaction is not None:
            links = self._by_interaction.get(event.subject_interaction, ())
        for link in links:
            link.wake()

    def look_again(self) -> None:
        """Events may have been missed, or the configuration is another one."""
        self._reload.set()
        for link in self._links:
            link.wake()

    async def signal(self, signal: ChatSignal) -> None:
        """Tell the agents' side, and other processes; that Valkey is away loses nothing that is kept."""
        try:
            await self._valkey.publish(valkey_keys.chat_signals(self.database.domain), signal.model_dump_json())
        except (RedisError, OSError) as error:
            log.info("chat signal was not passed on", error=str(error))

    async def _hear_signals(self) -> None:
        while True:
            try:
                async with self._hearing.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(valkey_keys.chat_signals(self.database.domain))
                    while True:
                        message = await channel.get_message(timeout=_AGAIN_SECONDS)
                        if message is not None and (signal := unpacked(message["data"])) is not None:
                            self._pass_on(signal)
            except (RedisError, OSError) as error:
                log.info("chat signals cannot be heard", error=str(error))
                await asyncio.sleep(_AGAIN_SECONDS)

    def _pass_on(self, signal: ChatSignal) -> None:
        if signal.kind is Kind.BEGAN:
            for link in self._links:
                if link.visitor.key == signal.visitor:
                    link.wake()
        elif signal.by == "agent":
            for link in self._by_conversation.get(signal.conversation_id, ()):
                kind: Literal["typing", "read"] = "typing" if signal.kind is Kind.TYPING else "read"
                link.reply(AgentSignal(type=kind, name=signal.name, seq=signal.seq))

    async def _keep_doors(self) -> None:
        while True:
            await self._reload.wait()
            self._reload.clear()
            try:
                async with self.database.reading() as connection:
                    await self.doors.reload(connection, self.database.domain)
            except Exception as error:  # an old door is better than none
                log.warning("opening hours could not be read", error=str(error))
                await asyncio.sleep(_AGAIN_SECONDS)
                self._reload.set()
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _tell_places(self) -> None:
        while True:
            await asyncio.sleep(PLACE_EVERY_SECONDS)
            waiting = [link for link in self._links if link.standing.phase == "waiting"]
            if waiting:
                rows = await self._laid_out()
                for link in waiting:
                    link.tell_place(_place(rows.get(str(link.standing.interaction_id))))

    async def _laid_out(self) -> dict[str, list[Any]]:
        """By interaction queue, place, low, likely and high, as ``routing.writer.teller`` saw it lately."""
        try:
            text = await self._valkey.get(valkey_keys.waits(self.database.domain))
        except (RedisError, OSError):
            return {}
        return orjson.loads(text)["waits"] if text else {}


def _place(row: list[Any] | None) -> Place:
    if row is None:
        return Place()
    _, position, low, _, high = row
    return Place(position=position, low_seconds=_rounded(low), high_seconds=_rounded(high))


def _rounded(seconds: float) -> int:
    """Half minutes: a clock that runs backwards by seconds promises what nobody knows."""
    return round(seconds / 30) * 30


def _whole(value: Any, usual: int) -> int:
    return value if isinstance(value, int) and value > 0 else usual
