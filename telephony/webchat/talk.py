"""What becomes of the frames that a widget sends."""

from __future__ import annotations

import time

from core.chat_signals import ChatSignal, Kind
from core.errors import Refusal
from core.message import MessageState
from telephony.messages.leave import leave
from telephony.webchat import acts
from telephony.webchat.link import Link
from telephony.webchat.live import ChatLive
from telephony.webchat.protocol import ChatClose as Close
from telephony.webchat.protocol import Got, Hello, Kept, Leave, Ping, Pong, Read, Refused, Say, Typing, VisitorFrame
from telephony.webchat.rates import MESSAGES, WINDOW_SECONDS

TYPING_EVERY_SECONDS = 2.0


class Talk:
    """The ear of one socket; frames are taken one after the other."""

    def __init__(self, live: ChatLive, link: Link) -> None:
        self.live = live
        self._link = link
        self._typed_at = 0.0
        self._marked = {MessageState.DELIVERED: 0, MessageState.READ: 0}

    async def take(self, frame: VisitorFrame) -> None:
        """One frame. Raises what an outage of the database raises; nothing that was kept is lost by it."""
        if isinstance(frame, Ping):
            self._link.reply(Pong())
            return
        self._link.used_at = time.monotonic()
        match frame:
            case Say():
                await self._say(frame)
            case Got(seq=seq):
                await self._mark(seq, MessageState.DELIVERED)
            case Read(seq=seq):
                await self._mark(seq, MessageState.READ)
            case Typing():
                await self._typing()
            case Leave():
                await self._leave()
            case Hello():
                self._link.close(Close.BAD_FRAME)

    async def _say(self, frame: Say) -> None:
        link, live = self._link, self.live
        if not await live.rates.allows(MESSAGES, link.visitor.key, str(link.account.id), link.address):
            link.reply(Refused(id=frame.id, code="chat.too_many", retry_after_seconds=WINDOW_SECONDS))
            return
        said = acts.Said(frame.id, frame.body, link.language, frame.form)
        try:
            kept = await acts.say(
                live.database, link.account, link.visitor, said, directory=live.directory, doors=live.doors
            )
        except Refusal as refusal:
            link.reply(Refused(id=frame.id, code=refusal.code))
            return
        link.reply(Kept(id=frame.id, seq=kept.seq))
        link.wake()
        if link.standing.conversation_id is None:
            await live.began(link, kept.conversation_id)

    async def _mark(self, seq: int, state: MessageState) -> None:
        conversation_id = self._link.standing.conversation_id
        if conversation_id is None or seq <= self._marked[state]:
            return
        self._marked[state] = min(seq, self._link.standing.newest)
        await acts.mark(self.live.database, conversation_id, seq, state)

    async def _typing(self) -> None:
        now, conversation_id = time.monotonic(), self._link.standing.conversation_id
        if conversation_id is None or now - self._typed_at < TYPING_EVERY_SECONDS:
            return
        self._typed_at = now
        await self.live.signal(ChatSignal(conversation_id=conversation_id, by="customer", kind=Kind.TYPING))

    async def _leave(self) -> None:
        conversation_id = self._link.standing.conversation_id
        if conversation_id is None:
            return
        async with self.live.database.unit_of_work(acts.ACTOR) as work:
            await leave(work, conversation_id)
        self._link.wake()
