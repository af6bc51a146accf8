"""Callers on music may ask to be called back instead: they are told after a while, and press a key.

One who hears something else then, or for whom an agent is being rung, is told when that is over.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from core import clock
from core.db import UnitOfWork
from telephony.asterisk import actions
from telephony.asterisk.called import KeyPressed
from telephony.asterisk.calls import Call, Stage
from telephony.asterisk.control import words
from telephony.asterisk.control.exchange import Exchange
from telephony.callback_wish import book_callback, wish_callback
from telephony.entries import QueueRef

KEY = "1"
SPOKEN = ("en", "zh")
PATIENCE_SECONDS = 1.0
AGAIN_SECONDS = 0.5


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
        if event.key != KEY or call is None or not words.listens(call) or call.interaction_id in self._asked:
            return
        self._asked.add(call.interaction_id)

        async def write(work: UnitOfWork) -> None:
            await wish_callback(work, call.interaction_id)

        done = self.exchange.facts.put(call.interaction_id, "callback wished", write)
        done.add_done_callback(lambda _: self._asked.discard(call.interaction_id))

    async def book(self, call: Call, queue: QueueRef) -> bool:
        """A menu ends in a callback. Without a number to call, and while PostgreSQL is away, he waits as others do."""
        booked: list[bool] = []

        async def write(work: UnitOfWork) -> None:
            booked.append(await book_callback(work, call.interaction_id, queue.queue_id))

        done = self.exchange.facts.put(call.interaction_id, "callback booked", write)
        await asyncio.wait({done}, timeout=PATIENCE_SECONDS)
        if not any(booked) or call.stage is not Stage.MENU:
            return False
        call.stage = Stage.WAITING
        self.granted(call.interaction_id)
        return True

    def granted(self, interaction_id: UUID) -> None:
        """He is called back, whoever wished it: he is told so, and hung up on."""
        call = self.exchange.calls.of_interaction(interaction_id)
        if call is not None and call.called_for is None and words.listens(call):
            call.hangup_wanted = True
            self.exchange.orders.give(actions.say_kept(call.channel.name, _spoken(call)))

    def _tell(self, call: Call) -> None:
        orders, now = self.exchange.orders, clock.now()
        if call.stage is not Stage.WAITING or call.hangup_wanted or call.interaction_id in self._asked:
            return
        if orders.possible and words.may_be_told(call, now):
            words.tell(call, orders, now, actions.offer_callback(call.channel.name, _spoken(call)))
        else:
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self._tell, call)


def _spoken(call: Call) -> str:
    return call.language if call.language in SPOKEN else SPOKEN[0]
