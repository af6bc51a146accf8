"""Callers on music may ask to be called back instead: they are told after a while, and press a key."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from core.db import UnitOfWork
from telephony.asterisk import actions
from telephony.asterisk.called import KeyPressed
from telephony.asterisk.calls import Call, Stage
from telephony.asterisk.control.exchange import Exchange
from telephony.callback_wish import SPOKEN, wish_callback
from telephony.entries import QueueRef

KEY = "1"


@dataclass(slots=True)
class Wishes:
    """One wish at a time for each caller, however often he presses."""

    exchange: Exchange
    _asked: set[UUID] = field(default_factory=set)

    def waits(self, call: Call, queue: QueueRef) -> None:
        """A caller has come into a queue."""
        if queue.callback_after is not None:
            asyncio.get_running_loop().call_later(queue.callback_after, self._tell, call)

    def pressed(self, event: KeyPressed) -> None:
        """Somebody has pressed a key."""
        call = self.exchange.calls.of_channel(event.channel.unique_id)
        if event.key != KEY or call is None or not _may_wish(call) or call.interaction_id in self._asked:
            return
        self._asked.add(call.interaction_id)
        answers: list[str] = []

        async def write(work: UnitOfWork) -> None:
            answers.append(await wish_callback(work, call.interaction_id))

        done = self.exchange.facts.put(call.interaction_id, "callback wished", write)
        done.add_done_callback(lambda written: self._answer(call, answers[-1] if written.result() else ""))

    def _tell(self, call: Call) -> None:
        """Never while an agent is being rung, who might fetch him in that moment."""
        if _may_wish(call) and call.interaction_id not in self._asked and self.exchange.orders.possible:
            self.exchange.orders.give(actions.offer_callback(call.channel.name, _spoken(call)))

    def _answer(self, call: Call, language: str) -> None:
        self._asked.discard(call.interaction_id)
        if language and call.stage is Stage.WAITING:
            self.exchange.orders.give(actions.say_kept(call.channel.name, language))


def _may_wish(call: Call) -> bool:
    return call.stage is Stage.WAITING and not call.legs


def _spoken(call: Call) -> str:
    return call.language if call.language in SPOKEN else SPOKEN[0]
