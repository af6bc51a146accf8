"""The caller's end: arrival, music, hang-up. What happens in his menu is beside it, in ``in_menu``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
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
from telephony.asterisk.control.in_menu import DATABASE_PATIENCE_SECONDS, InMenu, no_callbacks
from telephony.asterisk.menu_player import Note
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
from telephony.opening import Arrival, open_call

log = logger(__name__)

MARK_PATIENCE_SECONDS = 0.02


@dataclass(slots=True)
class Callers:
    """Handles everything about callers' channels."""

    exchange: Exchange
    direct: DirectNumbers
    on_waiting: Callable[[Call, QueueRef], None] = lambda call, queue: None
    """Hears of each caller who comes into a queue."""
    book: Callable[[Call, QueueRef], Awaitable[bool]] = no_callbacks
    """Has a caller called back, and tells him so; False: he must wait on the line."""
    doorway: Doorway = field(init=False)
    menus: InMenu = field(init=False)

    def __post_init__(self) -> None:
        self.doorway = Doorway(self.exchange)
        self.menus = InMenu(self.exchange, self.doorway, self._to_music, self.on_waiting, self.book)

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
        self.menus.forget(call)
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
        if call.stage is Stage.MENU and menu is not None:
            self.menus.adopt(call, menu, note, heard)

    def send_to_music(self, call: Call) -> None:
        """A caller whose interaction is past the menu belongs on music."""
        self.exchange.orders.give(actions.mark(call.channel.name, "HOTLINE_ID", str(call.interaction_id)))
        self._to_music(call)

    def stop(self) -> None:
        """End every menu's task: the process stops serving, the callers stay where they are."""
        self.menus.stop()
        self.doorway.stop()

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
            self.menus.welcome(call, entry.menu, opened, known)
        return opened

    async def _to_music_once_opened(self, call: Call) -> None:
        """The row goes first, for an agent may be free; it takes a few milliseconds, or is not waited for."""
        if call.opened is not None:
            await asyncio.wait({call.opened}, timeout=DATABASE_PATIENCE_SECONDS)
        if call.stage is Stage.WAITING:
            self.send_to_music(call)

    def _offered_again(self, call: Call) -> None:
        if call.stage is Stage.LEAVING:
            self.doorway.see_off(call)
        elif call.stage is not Stage.MENU:
            self.direct.learn(call.dialed)
            call.placing = asyncio.create_task(self._to_music_once_opened(call))
        else:
            self.menus.offered_again(call)

    def _to_music(self, call: Call) -> None:
        call.stage = Stage.WAITING
        self.exchange.orders.give(actions.put_on_music(call.channel.name))

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
