"""Callers in their menus: until a queue is reached, or they hang up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from core.db import UnitOfWork
from core.logs import logger
from core.ports import CustomerRef
from telephony import menu_facts
from telephony.asterisk import actions
from telephony.asterisk.calls import Call, Stage
from telephony.asterisk.control.doorway import Doorway
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.menu_player import MenuInterrupted, MenuPlayer, Note
from telephony.entries import QueueRef
from telephony.menu.definition import Menu
from telephony.menu.interpreter import Enqueue, Taken, give_up

log = logger(__name__)

DATABASE_PATIENCE_SECONDS = 1.0
"""How long a caller hears nothing while PostgreSQL is away; then the call goes on and the facts wait."""
MAX_INTERRUPTIONS = 3


async def no_callbacks(call: Call, queue: QueueRef) -> bool:
    """Nobody is called back."""
    return False


@dataclass(slots=True)
class _MenuStay:
    menu: Menu
    player: MenuPlayer
    language: str | None = None
    interruptions: int = 0
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class InMenu:
    """Speaks with callers. ``to_music`` sends one there; ``on_waiting`` hears of each who comes into a queue; ``book``
    has one called back, and tells him so (False: he must wait on the line)."""

    exchange: Exchange
    doorway: Doorway
    to_music: Callable[[Call], None]
    on_waiting: Callable[[Call, QueueRef], None]
    book: Callable[[Call, QueueRef], Awaitable[bool]] = no_callbacks
    _stays: dict[UUID, _MenuStay] = field(default_factory=dict)

    def welcome(self, call: Call, menu: Menu, opened: asyncio.Future[bool], known: list[CustomerRef]) -> None:
        """A new caller: the menu begins in his language, if ``known`` says it by the time that his row is written."""
        stay = self._stay(call, menu)
        stay.task = asyncio.create_task(self._welcome(call, stay, opened, known))

    def adopt(self, call: Call, menu: Menu, note: Note | None, heard: bool) -> None:
        """One who was there before us: his menu goes on at the question that is open."""
        stay = self._stay(call, menu)
        if note is not None:
            stay.player.take_up(note, heard)
        stay.task = asyncio.create_task(self._talk(call, stay))

    def stop(self) -> None:
        """End every menu's task: the process stops serving."""
        for stay in self._stays.values():
            if stay.task is not None:
                stay.task.cancel()

    def offered_again(self, call: Call) -> None:
        """He waits for commands once more, after one that failed: go on, or give the menu up."""
        stay = self._stays.get(call.interaction_id)
        if stay is not None and stay.interruptions < MAX_INTERRUPTIONS:
            stay.interruptions += 1
            self.resume(call)
        elif stay is not None:
            stay.task = asyncio.create_task(self._enqueue(call, give_up(stay.menu, stay.player.place)))

    def forget(self, call: Call) -> None:
        """He is gone."""
        self.exchange.commands.interrupt(call.channel)
        stay = self._stays.pop(call.interaction_id, None)
        if stay is not None and stay.task is not None:
            stay.task.cancel()

    def resume(self, call: Call, note: Note | None = None, heard: bool = False) -> None:
        """A known caller still stands in the menu: go on, or hear what a cut link has swallowed."""
        stay = self._stays.get(call.interaction_id)
        if stay is None:
            return
        if stay.task is None or stay.task.done():
            if note is not None:
                stay.player.take_up(note, heard)
            stay.task = asyncio.create_task(self._talk(call, stay))
        else:
            stay.player.look(note, heard)

    async def _welcome(
        self, call: Call, stay: _MenuStay, opened: asyncio.Future[bool], known: list[CustomerRef]
    ) -> None:
        await asyncio.wait({opened}, timeout=DATABASE_PATIENCE_SECONDS)
        stay.language = known[-1].language if known else None
        await self._talk(call, stay)

    def _stay(self, call: Call, menu: Menu) -> _MenuStay:
        player = MenuPlayer(self.exchange.orders, self.exchange.commands, menu, call.channel)
        stay = self._stays[call.interaction_id] = _MenuStay(menu, player)
        return stay

    async def _talk(self, call: Call, stay: _MenuStay) -> None:
        """Until a queue is reached, or the channel is interrupted: then a new offer or the end follows."""
        taken = partial(self._taken, call, stay.menu.name)
        try:
            end = await stay.player.run(stay.language, taken)
        except MenuInterrupted:
            return
        except Exception:
            log.exception("menu failed", menu=stay.menu.name)
            end = Enqueue((), give_up(stay.menu, stay.player.place))
        await self._enqueue(call, end.queue, callback=end.callback)

    def _taken(self, call: Call, menu: str, taken: Taken, language: str | None) -> None:
        call.language = language or call.language

        async def write(work: UnitOfWork) -> None:
            await menu_facts.menu_chosen(work, call.interaction_id, menu, taken, language)

        self.exchange.facts.put(call.interaction_id, "menu choice", write)

    async def _enqueue(self, call: Call, code: str, *, callback: bool = False) -> None:
        queue = self.exchange.entries.queue(code) if self.exchange.entries else None
        if queue is None or call.stage is not Stage.MENU:
            return
        if callback and await self.book(call, queue):
            self._stays.pop(call.interaction_id, None)
            return
        self._settle_language(call)
        admission = self.doorway.knock(call.interaction_id, queue)
        if admission.refused is not None:
            self._stays.pop(call.interaction_id, None)
            self.doorway.turn_away(call, admission)
            return
        queue = self.doorway.queue_of(admission, queue)
        queued = self.ended(call, queue)
        await asyncio.wait({queued}, timeout=DATABASE_PATIENCE_SECONDS)
        if call.stage is Stage.MENU:
            self._stays.pop(call.interaction_id, None)
            self.exchange.orders.give(actions.mark(call.channel.name, "HOTLINE_QUEUE", queue.code))
            self.to_music(call)
            self.on_waiting(call, queue)

    def _settle_language(self, call: Call) -> None:
        """What he hears from now on is in the language of his menu."""
        stay = self._stays.get(call.interaction_id)
        if stay is not None:
            settled = stay.player.place.language if stay.player.place else None
            call.languages = (settled,) if settled else stay.menu.languages

    def ended(self, call: Call, queue: QueueRef) -> asyncio.Future[bool]:
        """Write that the caller has reached a queue."""

        async def write(work: UnitOfWork) -> None:
            await menu_facts.menu_queued(work, call.interaction_id, queue)

        return self.exchange.facts.put(call.interaction_id, "queued", write)
