"""The way into a queue: some are sent on to another one, some are told why they cannot wait, and leave,
perhaps to be called back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from uuid import UUID

from core import clock
from core.callbacks import request_callback
from core.db import UnitOfWork
from core.doors import Admission
from core.errors import Refusal
from core.interaction import EndReason
from core.logs import logger
from telephony import menu_facts
from telephony.asterisk import actions
from telephony.asterisk.calls import Call, Stage
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.menu_player import MenuInterrupted, MenuPlayer
from telephony.asterisk.pbx.prompts import company_sound, sound_name
from telephony.entries import Entry, QueueRef
from telephony.menu.offers import BOOK, LEAVE, OFFERS

log = logger(__name__)

_NOTHING: Mapping[str, str] = MappingProxyType({})
_PROMPTS = {EndReason.QUEUE_CLOSED: "queue-closed", EndReason.QUEUE_FULL: "queue-full"}


@dataclass(slots=True)
class Doorway:
    """Asks the queues' doors, and carries out what they say."""

    exchange: Exchange
    _questions: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)
    """Of those who are asked now whether they want to be called back."""
    _written: set[UUID] = field(default_factory=set)

    def knock(self, interaction_id: UUID, queue: QueueRef) -> Admission:
        """What becomes of somebody who reaches this queue now."""
        return self.exchange.doors.admit(queue.queue_id, interaction_id, clock.now())

    def queue_of(self, admission: Admission, queue: QueueRef) -> QueueRef:
        """The queue that he was let into, when he had reached ``queue``."""
        entries = self.exchange.entries
        return (entries.by_id.get(admission.queue_id) if entries else None) or queue

    def enter(self, call: Call, entry: Entry) -> Entry:
        """The entry as it stands for this call: one straight into a queue that does not let him in leads nowhere."""
        if entry.queue is None:
            return entry
        call.languages = (entry.language,)
        admission = self.knock(call.interaction_id, entry.queue)
        if admission.refused is not None:
            call.stage, call.refused = Stage.LEAVING, admission
            return replace(entry, queue=None)
        return replace(entry, queue=self.queue_of(admission, entry.queue))

    def refuse(self, call: Call) -> None:
        """He was not let in: write it, unless he is to be asked first whether he wants to be called back."""
        if not _may_be_asked(call):
            self._write_closed(call)

    def fetch(self, call: Call) -> None:
        """He went on music by himself and has to leave it."""
        if _may_be_asked(call):
            self.exchange.orders.give(actions.mark(call.channel.name, "HOTLINE_ID", str(call.interaction_id)))
            self.exchange.orders.give(actions.fetch_back(call.channel.name))
        else:
            self._dismiss(call)

    def turn_away(self, call: Call, admission: Admission) -> None:
        """He has come to the end of his menu and cannot wait: ask him or tell him."""
        call.stage, call.refused = Stage.LEAVING, admission
        self.see_off(call)

    def see_off(self, call: Call) -> None:
        """He stands where he hears questions: ask him, once, or tell him why he must go; may be done again."""
        if call.interaction_id in self._questions:
            return
        if _may_be_asked(call):
            self._questions[call.interaction_id] = asyncio.create_task(self._ask(call))
        else:
            self._write_closed(call)
            self._dismiss(call)

    def let_go(self, call: Call) -> None:
        """His queue has closed while he waited; the writer has written it."""
        self._written.add(call.interaction_id)
        self._dismiss(call)

    def forget(self, call: Call) -> None:
        """He is gone."""
        self._written.discard(call.interaction_id)
        question = self._questions.pop(call.interaction_id, None)
        if question is not None:
            question.cancel()

    def stop(self) -> None:
        """Ask nothing more: the process stops serving."""
        for question in self._questions.values():
            question.cancel()

    async def _ask(self, call: Call) -> None:
        """Whether he wants to be called back. Whatever goes wrong, he is told why he must go."""
        menu = OFFERS[call.refused.refused] if call.refused and call.refused.refused else None
        wish, booked = LEAVE, False
        try:
            if menu is not None:
                player = MenuPlayer(self.exchange.orders, self.exchange.commands, menu, call.channel)
                language = call.languages[0] if len(call.languages) == 1 else None
                wish = (await player.run(language, lambda taken, settled: None)).queue
            booked = wish == BOOK and await self._book(call)
        except MenuInterrupted:
            log.info("callback could not be offered", interaction_id=str(call.interaction_id))
        except Exception:
            log.exception("callback could not be offered", interaction_id=str(call.interaction_id))
        self._questions.pop(call.interaction_id, None)
        if call.stage is Stage.LEAVING:
            self._finish(call, booked=booked)

    def _finish(self, call: Call, *, booked: bool) -> None:
        if booked:
            call.refused = None
            self._say(call, "callback-kept")
            return
        call.refused = replace(call.refused, offers_callback=False) if call.refused else None
        self._write_closed(call)
        self._dismiss(call)

    async def _book(self, call: Call) -> bool:
        """Turn the call into a callback; False when there is no number to call, or it is too late."""
        refused, done = call.refused, list[bool]()

        async def write(work: UnitOfWork) -> None:
            with suppress(Refusal):
                because = "full" if refused and refused.refused is EndReason.QUEUE_FULL else "closed"
                queue_id = refused.queue_id if refused else None
                done.append(await request_callback(work, call.interaction_id, because=because, queue_id=queue_id))

        await asyncio.wait({self.exchange.facts.put(call.interaction_id, "callback booked", write)}, timeout=2.0)
        return bool(done and done[-1])

    def _write_closed(self, call: Call) -> None:
        """His interaction is over."""
        admission = call.refused
        if admission is None or admission.refused is None or call.interaction_id in self._written:
            return
        self._written.add(call.interaction_id)
        queue_id, reason = admission.queue_id, admission.refused

        async def write(work: UnitOfWork) -> None:
            await menu_facts.turned_away(work, call.interaction_id, queue_id, reason)

        self.exchange.facts.put(call.interaction_id, "turned away", write)

    def _dismiss(self, call: Call) -> None:
        refused = call.refused
        reason = refused.refused if refused else None
        own = self.exchange.doors.message(refused.queue_id, reason) if refused and reason else {}
        self._say(call, _PROMPTS.get(reason, "goodbye") if reason else "goodbye", own)

    def _say(self, call: Call, prompt: str, own: Mapping[str, str] = _NOTHING) -> None:
        """Play it (or what the company says in its place) from wherever he is, and let the PBX hang up."""
        sounds = tuple(
            (language in own and company_sound(language, own[language])) or sound_name(language, prompt)
            for language in call.languages
        )
        channel, orders = call.channel.name, self.exchange.orders
        orders.give(actions.mark(channel, "HOTLINE_ID", str(call.interaction_id)))
        orders.give(actions.say_later(channel, sounds))
        orders.give(actions.say_goodbye(channel))


def _may_be_asked(call: Call) -> bool:
    return call.refused is not None and call.refused.offers_callback
