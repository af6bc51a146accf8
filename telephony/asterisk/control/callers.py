"""The caller's end: arrival, menu, music, hang-up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from core import clock
from core.agent import LegEndReason
from core.db import UnitOfWork
from core.doors import Admission
from core.events import InteractionTurnedAway
from core.ids import new_id
from core.interaction import EndReason
from core.logs import logger
from core.ports import CustomerRef
from telephony import legs, menu_facts
from telephony.asterisk import actions
from telephony.asterisk.calls import Call, Stage
from telephony.asterisk.control import words
from telephony.asterisk.control.direct import DirectNumbers
from telephony.asterisk.control.doorway import Doorway
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.menu_player import MenuInterrupted, MenuPlayer, Note
from telephony.asterisk.translation import (
    CallerAnnounced,
    CallerArrived,
    CallerPlaced,
    CallerWaiting,
    ChannelEnded,
    leg_unique_id,
)
from telephony.entries import Entry, QueueRef
from telephony.menu.definition import LANGUAGES, Menu
from telephony.menu.interpreter import Enqueue, Taken, give_up
from telephony.opening import Arrival, open_call

log = logger(__name__)

DATABASE_PATIENCE_SECONDS = 1.0
"""How long a caller hears nothing while PostgreSQL is away; then the call goes on and the facts wait."""
MAX_INTERRUPTIONS = 3
MARK_PATIENCE_SECONDS = 0.02


async def _no_callbacks(call: Call, queue: QueueRef) -> bool:
    return False


@dataclass(slots=True)
class _MenuStay:
    menu: Menu
    player: MenuPlayer
    language: str | None = None
    interruptions: int = 0
    task: asyncio.Task[None] | None = None


@dataclass(slots=True)
class Callers:
    """Handles everything about callers' channels."""

    exchange: Exchange
    direct: DirectNumbers
    on_waiting: Callable[[Call, QueueRef], None] = lambda call, queue: None
    """Hears of each caller who comes into a queue."""
    book: Callable[[Call, QueueRef], Awaitable[bool]] = _no_callbacks
    """Has a caller called back, and tells him so; False: he must wait on the line."""
    doorway: Doorway = field(init=False)
    _stays: dict[UUID, _MenuStay] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.doorway = Doorway(self.exchange)

    def announced(self, event: CallerAnnounced) -> None:
        """A call for a number that leads straight into a queue is opened before the PBX takes orders for it."""
        exchange = self.exchange
        entry = exchange.entries.lookup(event.dialed) if exchange.entries else None
        if entry is None or entry.queue is None or exchange.calls.of_channel(event.channel.unique_id):
            return
        call = Call(new_id(), event.channel, event.number, event.name, event.dialed, Stage.WAITING)
        exchange.calls.add(call)
        call.opened = self._open(call, self.doorway.enter(call, entry))
        if call.stage is Stage.LEAVING:
            self.doorway.refuse(call)
            self.direct.unlearn(event.dialed)

    def arrived(self, event: CallerArrived) -> None:
        """A caller waits for commands: for the first time, or again after a failed one."""
        exchange = self.exchange
        call = exchange.calls.of_channel(event.channel.unique_id)
        if call is not None:
            self._offered_again(call)
            return
        entry = exchange.entries.lookup(event.dialed) if exchange.entries else None
        if entry is None:
            log.warning("caller without an entry waits", dialed=event.dialed)
            return
        self.enter(event, entry)

    def enter(self, event: CallerArrived, entry: Entry) -> None:
        """A new call begins with the menu or the queue of its entry."""
        call = Call(new_id(), event.channel, event.number, event.name, event.dialed)
        self.exchange.calls.add(call)
        entry = self.doorway.enter(call, entry)
        self._open(call, entry)
        if call.stage is Stage.LEAVING:
            self.doorway.see_off(call)
            return
        self.exchange.orders.give(actions.mark(call.channel.name, "HOTLINE_ID", str(call.interaction_id)))
        if entry.queue:
            self._to_music(call)

    def placed(self, event: CallerPlaced) -> None:
        """A caller went on music by himself: mark him, a little later, for the search for his agent goes first."""
        call = self.exchange.calls.of_channel(event.channel.unique_id)
        if call is None:
            self.exchange.ask_resync()
        elif call.stage is Stage.LEAVING:
            self.doorway.fetch(call)
        else:
            asyncio.get_running_loop().call_later(MARK_PATIENCE_SECONDS, self._mark, call)

    def _mark(self, call: Call) -> None:
        if call.stage is not Stage.ENDED:
            self.exchange.orders.give(actions.mark(call.channel.name, "HOTLINE_ID", str(call.interaction_id)))

    def waiting(self, event: CallerWaiting) -> None:
        """A caller is on music."""
        call = self.exchange.calls.of_interaction(event.interaction_id)
        if call is None and not self.exchange.calls.is_over(event.interaction_id):
            self.exchange.ask_resync()
        elif call is not None:
            words.over(call, clock.now())
            call.stage = Stage.WAITING if call.stage is Stage.TALKING else call.stage

    def turned_away(self, event: InteractionTurnedAway) -> None:
        """The queue of a caller who waits has closed for him."""
        call = self.exchange.calls.of_interaction(event.interaction_id)
        if call is not None and call.stage is Stage.WAITING:
            call.stage, call.refused = Stage.LEAVING, Admission(event.queue_id, event.end_reason)
            self.doorway.let_go(call)

    def ended(self, event: ChannelEnded) -> None:
        """A caller's channel is gone: facts, and every phone that still rings for him stops at once."""
        call = self.exchange.calls.of_channel(event.channel.unique_id)
        if call is None:
            return
        for leg in list(call.legs.values()):
            if not leg.bridged and leg.ended_as is None:
                leg.ended_as = LegEndReason.CANCELLED
                self.exchange.orders.give(actions.hang_up(leg_unique_id(leg.reservation_id)))
        self._stop_menu(call)
        self.doorway.forget(call)
        self._write_end(call, event)
        self.exchange.calls.end_caller(call)

    def hang_up(self, interaction_id: UUID) -> None:
        """Somebody of ours ends the call; without a link it is done as soon as there is one."""
        call = self.exchange.calls.of_interaction(interaction_id)
        if call is not None and call.stage is not Stage.ENDED:
            call.hangup_wanted = True
            self.exchange.orders.give(actions.hang_up(call.channel.name))

    def adopt(self, call: Call, menu: Menu | None, note: Note | None, heard: bool) -> None:
        """Know a caller who was there before us; his menu goes on at the question that is open."""
        self.exchange.calls.add(call)
        if call.stage is not Stage.MENU or menu is None:
            return
        stay = self._stay(call, menu)
        if note is not None:
            stay.player.take_up(note, heard)
        stay.task = asyncio.create_task(self._talk(call, stay))

    def send_to_music(self, call: Call) -> None:
        """A caller whose interaction is past the menu belongs on music."""
        self.exchange.orders.give(actions.mark(call.channel.name, "HOTLINE_ID", str(call.interaction_id)))
        self._to_music(call)

    def stop(self) -> None:
        """End every menu's task: the process stops serving, the callers stay where they are."""
        for stay in self._stays.values():
            if stay.task is not None:
                stay.task.cancel()
        self.doorway.stop()

    def resume_menu(self, call: Call, note: Note | None = None, heard: bool = False) -> None:
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

    def _open(self, call: Call, entry: Entry) -> asyncio.Future[bool]:
        arrival = Arrival(
            call.interaction_id, call.channel.name, call.channel.unique_id, call.dialed, call.number, call.name
        )
        known: list[CustomerRef] = []

        def recognised(customer: CustomerRef) -> None:
            known.append(customer)
            if entry.menu is None and customer.language in LANGUAGES:
                call.languages = (customer.language,)

        async def write(work: UnitOfWork) -> None:
            await open_call(
                work,
                arrival,
                entry,
                directory=self.exchange.directory,
                region=self.exchange.region,
                known=recognised,
                carrier=self.exchange.carrier,
            )

        opened = self.exchange.facts.put(call.interaction_id, "call opened", write)
        call.language = entry.language
        if entry.queue:
            self.on_waiting(call, entry.queue)
        if entry.menu:
            stay = self._stay(call, entry.menu)
            stay.task = asyncio.create_task(self._welcome(call, stay, opened, known))
        return opened

    async def _to_music_once_opened(self, call: Call) -> None:
        """The row goes first, for an agent may be free; it takes a few milliseconds, or is not waited for."""
        if call.opened is not None:
            await asyncio.wait({call.opened}, timeout=DATABASE_PATIENCE_SECONDS)
        if call.stage is Stage.WAITING:
            self.send_to_music(call)

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
        queued = self.menu_ended(call, queue)
        await asyncio.wait({queued}, timeout=DATABASE_PATIENCE_SECONDS)
        if call.stage is Stage.MENU:
            self._stays.pop(call.interaction_id, None)
            self.exchange.orders.give(actions.mark(call.channel.name, "HOTLINE_QUEUE", queue.code))
            self._to_music(call)
            self.on_waiting(call, queue)

    def _settle_language(self, call: Call) -> None:
        """What he hears from now on is in the language of his menu."""
        stay = self._stays.get(call.interaction_id)
        if stay is not None:
            settled = stay.player.place.language if stay.player.place else None
            call.languages = (settled,) if settled else stay.menu.languages

    def menu_ended(self, call: Call, queue: QueueRef) -> asyncio.Future[bool]:
        """Write that the caller has reached a queue."""

        async def write(work: UnitOfWork) -> None:
            await menu_facts.menu_queued(work, call.interaction_id, queue)

        return self.exchange.facts.put(call.interaction_id, "queued", write)

    def _offered_again(self, call: Call) -> None:
        stay = self._stays.get(call.interaction_id)
        if call.stage is Stage.LEAVING:
            self.doorway.see_off(call)
        elif call.stage is not Stage.MENU:
            self.direct.learn(call.dialed)
            call.placing = asyncio.create_task(self._to_music_once_opened(call))
        elif stay is not None and stay.interruptions < MAX_INTERRUPTIONS:
            stay.interruptions += 1
            self.resume_menu(call)
        elif stay is not None:
            stay.task = asyncio.create_task(self._enqueue(call, give_up(stay.menu, stay.player.place)))

    def _to_music(self, call: Call) -> None:
        call.stage = Stage.WAITING
        self.exchange.orders.give(actions.put_on_music(call.channel.name))

    def _stop_menu(self, call: Call) -> None:
        self.exchange.commands.interrupt(call.channel)
        stay = self._stays.pop(call.interaction_id, None)
        if stay is not None and stay.task is not None:
            stay.task.cancel()

    def _write_end(self, call: Call, event: ChannelEnded) -> None:
        in_menu = call.stage in (Stage.MENU, Stage.LEAVING)
        gone = event.reason is LegEndReason.GONE
        closed_as = EndReason.LOST if gone else EndReason.ABANDONED_IN_MENU
        reason = LegEndReason.GONE if gone else LegEndReason.HANGUP
        end = legs.end_of(legs.LegId(call.interaction_id, own=call.leg_id), reason, was_up=True)

        async def write(work: UnitOfWork) -> None:
            if in_menu:
                await self._close(work, call, closed_as)
            legs.leg_over(work, end, event.cause)

        heard = not in_menu and self.exchange.facts.tell(call.interaction_id, end)
        self.exchange.facts.put(call.interaction_id, "caller left", write, heard=heard)

    @staticmethod
    async def _close(work: UnitOfWork, call: Call, closed_as: EndReason) -> None:
        """He left in the menu, or before he was told why he could not wait."""
        if call.refused is not None and call.refused.refused is not None:
            await menu_facts.turned_away(work, call.interaction_id, call.refused.queue_id, call.refused.refused)
        else:
            await menu_facts.closed_in_menu(work, call.interaction_id, closed_as)
