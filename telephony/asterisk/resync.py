"""Make memory, database and PBX agree again: at the start, after a cut link, a gap of the bus, an outage.

Reads the database first and the PBX after it, then applies what ``reconcile`` says. What this process knows
itself (a call whose row is still being written) is newer than both and wins.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from core import clock
from core.agent import LegEndReason, LegRole
from core.db import Database, UnitOfWork
from core.ids import called_leg_id
from core.interaction import EndReason
from core.logs import logger
from telephony import legs, menu_facts
from telephony.asterisk import actions
from telephony.asterisk import reconcile as plan
from telephony.asterisk.called import LegReady
from telephony.asterisk.calls import AgentLeg, Call, Stage
from telephony.asterisk.control.agent_legs import Offer
from telephony.asterisk.control.control import Control
from telephony.asterisk.link import Action, Frame
from telephony.asterisk.link.errors import AmiError
from telephony.asterisk.menu_player import Note
from telephony.asterisk.snapshot import ChannelSeen, contact_seen, seen
from telephony.asterisk.translation import CallerArrived, ChannelEnded, ChannelRef, LegBridged, leg_unique_id
from telephony.endpoints import load_endpoints
from telephony.entries import Entry, QueueRef, load_entries
from telephony.menu.definition import LANGUAGES, Menu
from telephony.menu.interpreter import give_up
from telephony.state import Believed, read_believed, read_elsewhere

log = logger(__name__)

RETRY_SECONDS = 0.3
FRESH_LEG_SECONDS = 1.0


class Lister(Protocol):
    """The part of ``Keeper`` that is needed here."""

    @property
    def connected(self) -> bool:
        """Whether there is a link now."""

    async def collect(self, action: Action, within: float = 10.0) -> list[Frame]:
        """A list of the PBX; raises AmiError."""


@dataclass(slots=True)
class Resync:
    """``ask`` for a comparison; ``run`` does them, one at a time, until each succeeds."""

    control: Control
    database: Database
    link: Lister
    menus: Mapping[str, Menu]
    takes_unknown: bool = True
    """Whether callers of numbers that no domain has, and legs that nobody knows, are for this domain."""
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the configuration is read and phones are rendered from it, by all domains of a PBX in turn."""
    rounds: int = 0
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: set[str] = field(default_factory=set)
    _looked_for: set[AgentLeg] = field(default_factory=set)
    _elsewhere: frozenset[str] = frozenset()

    def ask(self) -> None:
        """Compare soon."""
        self._wanted.set()

    async def run(self) -> None:
        """For ever. Without a link nothing is compared: the next connection asks again."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.once()
            except (AmiError, SQLAlchemyError, OSError, TimeoutError) as error:
                log.warning("resync will be repeated", error=str(error)[:200])
                await asyncio.sleep(RETRY_SECONDS)
                if self.link.connected:
                    self._wanted.set()
            except Exception:
                log.exception("resync failed")
                await asyncio.sleep(RETRY_SECONDS)

    async def once(self) -> None:
        """One comparison. Raises AmiError, SQLAlchemyError or OSError when a side cannot be read."""
        began = time.monotonic()
        believed = await self._read_database()
        known_calls = {call.channel.unique_id for call in self.control.exchange.calls}
        self._looked_for = {leg for leg in self.control.exchange.calls.legs() if not self._is_fresh(leg)}
        self._ended = set()
        self.control.on_ended = self._ended.add
        try:
            channels, contacts = await asyncio.gather(
                self.link.collect(actions.SNAPSHOT), self.link.collect(actions.CONTACTS)
            )
        finally:
            self.control.on_ended = lambda unique_id: None
        there = [row for frame in channels if (row := seen(frame)) and row.channel.unique_id not in self._ended]
        ours = [row for row in there if self._is_ours(row, believed)]
        self.control.phones.compare(phone for frame in contacts if (phone := contact_seen(frame)))
        self._apply(believed, ours, known_calls)
        self.rounds += 1
        log.info("resync done", channels=len(ours), milliseconds=round((time.monotonic() - began) * 1000))

    async def _read_database(self) -> Believed:
        exchange, domain = self.control.exchange, self.database.domain
        async with self.turn:
            async with self.database.reading() as connection:
                exchange.entries = await load_entries(
                    connection, domain, self.menus, exchange.region, takes_unknown=self.takes_unknown
                )
                await exchange.doors.reload(connection, domain)
                self.control.callers.direct.check()
                self.control.phones.know(await load_endpoints(connection), domain)
                believed = await read_believed(connection, domain)
                self._elsewhere = await read_elsewhere(connection, domain)
            await self.control.phones.provision()
        return believed

    def _is_ours(self, row: ChannelSeen, believed: Believed) -> bool:
        """Whether a channel is of this domain: by memory, by the rows, by its agent, by the number that was called."""
        exchange, unique_id = self.control.exchange, row.channel.unique_id
        leg_known = row.reservation_id is not None and exchange.calls.leg(row.reservation_id) is not None
        if leg_known or exchange.calls.of_channel(unique_id) is not None or believed.has(unique_id, row.interaction_id):
            return True
        if exchange.entries is None or not self._elsewhere.isdisjoint((unique_id, str(row.interaction_id))):
            return False
        if row.reservation_id is None:
            return exchange.entries.lookup(row.dialed) is not None
        owner = self.control.phones.domain_of(row.agent_id)
        return self.takes_unknown if owner is None else owner == self.database.domain

    def _apply(self, believed: Believed, channels: list[ChannelSeen], known_calls: set[str]) -> None:
        for repair in plan.reconcile(believed, channels, clock.now()):
            self._repair(repair, believed)
        present = {row.channel.unique_id for row in channels}
        for call in self.control.exchange.calls:
            if call.stage is Stage.ENDED or call.is_to_come(time.monotonic(), FRESH_LEG_SECONDS):
                continue
            if call.channel.unique_id in known_calls - present:
                self.control.customer_ended(_gone(call.channel))
        for leg in self.control.exchange.calls.legs():
            if leg_unique_id(leg.reservation_id) not in present and leg in self._looked_for:
                self._leg_gone(leg, LegEndReason.GONE)

    def _repair(self, repair: plan.Repair, believed: Believed) -> None:
        match repair:
            case plan.LegGone():
                self._gone(repair, believed)
            case plan.NewCaller():
                self._new_caller(repair.seen)
            case plan.KnownCaller():
                self._known_caller(repair)
            case plan.LeavingCaller():
                self._leaving_caller(repair)
            case plan.KnownLeg():
                self._known_leg(repair, believed)
            case plan.StrayLeg():
                self._stray_leg(repair)
            case plan.LateAnswer():
                self._late_answer(repair)
            case plan.MissingLeg(offer):
                order = Offer(
                    offer.reservation_id, offer.interaction_id, offer.agent_id, offer.ring_seconds, offer.deadline_at
                )
                self.control.ring(order, calls_out=offer.calls_out)

    def _gone(self, repair: plan.LegGone, believed: Believed) -> None:
        row = repair.leg
        if row.role is LegRole.CUSTOMER:
            if self.control.exchange.calls.of_channel(row.unique_id) is not None:
                self.control.customer_ended(_gone(ChannelRef(row.channel_name, row.unique_id)))
                return
        elif (leg := self.control.exchange.calls.leg(row.leg_id)) is not None:
            if leg in self._looked_for:
                self._leg_gone(leg, LegEndReason.LOST if repair.caller_waits and row.up else LegEndReason.GONE)
            return
        reason = LegEndReason.LOST if repair.caller_waits and row.up else LegEndReason.GONE
        leg_id = legs.LegId(row.interaction_id, row.reservation_id, row.agent_id, own=row.leg_id)

        async def write(work: UnitOfWork) -> None:
            if row.role is LegRole.CUSTOMER:
                await menu_facts.closed_in_menu(work, row.interaction_id, EndReason.LOST)
            legs.leg_over(work, legs.end_of(leg_id, reason, was_up=row.up), 0)

        self.control.exchange.facts.put(row.interaction_id, "leg gone", write)

    def _leg_gone(self, leg: AgentLeg, reason: LegEndReason) -> None:
        leg.ended_as = leg.ended_as or reason
        channel = leg.channel or ChannelRef("", leg_unique_id(leg.reservation_id))
        self.control.agent_legs.ended(ChannelEnded(channel, leg.reservation_id, 0, reason))

    def _is_fresh(self, leg: AgentLeg) -> bool:
        """An originate that is under way may not show a channel yet: nothing follows from its absence.

        The PBX lists its channels before our events of newer ones are read, so this is asked before the list.
        """
        fresh = leg.channel is None and time.monotonic() - leg.since < FRESH_LEG_SECONDS
        if fresh:
            asyncio.get_running_loop().call_later(FRESH_LEG_SECONDS, self.ask)
        return fresh

    def _new_caller(self, row: ChannelSeen) -> None:
        calls, entries = self.control.exchange.calls, self.control.exchange.entries
        if row.called_for is not None:
            self.control.exchange.orders.give(actions.hang_up(row.channel.unique_id))
            return
        entry = entries.lookup(row.dialed) if entries else None
        if calls.of_channel(row.channel.unique_id) is not None or row.bridge or entry is None:
            return
        if not row.in_menu:
            if entry.queue is None and not row.queue:
                self.control.callers.direct.unlearn(row.dialed)  # marked as direct by an older configuration
            entry = Entry(entry.language, None, self._queue_of(row, entry))
        self.control.callers.enter(CallerArrived(row.channel, row.dialed, row.number, row.name), entry)

    def _queue_of(self, row: ChannelSeen, entry: Entry | None) -> QueueRef | None:
        """The queue of a caller who is past the menu: as he was marked, or as his number says."""
        entries = self.control.exchange.entries
        if entries is None or (entry and entry.queue and not row.queue):
            return entry.queue if entry else None
        return entries.queue(row.queue or (give_up(entry.menu, None) if entry and entry.menu else ""))

    def _known_caller(self, repair: plan.KnownCaller) -> None:
        row = repair.seen
        call = self.control.exchange.calls.of_channel(row.channel.unique_id)
        if row.called_for is not None:
            self.control.calls_out.adopt(call, row, repair.interaction.interaction_id, repair.stage)
            return
        if call is not None:
            self._still_here(call, repair)
            return
        call = Call(repair.interaction.interaction_id, row.channel, row.number, row.name, row.dialed, repair.stage)
        call.language = repair.interaction.language
        call.languages = tuple(known for known in LANGUAGES if known == repair.interaction.language) or LANGUAGES
        menu = self.menus.get(repair.interaction.menu or "") or next(iter(self.menus.values()), None)
        self.control.callers.adopt(call, menu, Note.read(row.asked), row.heard)
        log.info("caller adopted", interaction_id=str(call.interaction_id), stage=call.stage.value)
        if repair.to_music:
            self.control.callers.send_to_music(call)
        if repair.write_queued:
            self._write_queued(call, row)

    def _leaving_caller(self, repair: plan.LeavingCaller) -> None:
        """Known from now on, so that somebody writes his end."""
        row, calls = repair.seen, self.control.exchange.calls
        if calls.of_channel(row.channel.unique_id) is None:
            calls.add(Call(repair.interaction_id, row.channel, row.number, row.name, row.dialed, Stage.LEAVING))

    def _write_queued(self, call: Call, row: ChannelSeen) -> None:
        entries = self.control.exchange.entries
        queue = self._queue_of(row, entries.lookup(row.dialed) if entries else None)
        if queue is not None:
            self.control.callers.menus.ended(call, queue)

    def _still_here(self, call: Call, repair: plan.KnownCaller) -> None:
        """A call that this process knows: orders that a cut link may have swallowed are given again."""
        if call.hangup_wanted:
            self.control.callers.hang_up(call.interaction_id)
        elif call.stage is Stage.LEAVING:
            self.control.callers.doorway.see_off(call)
        elif call.stage is Stage.MENU:
            self.control.callers.menus.resume(call, Note.read(repair.seen.asked), repair.seen.heard)
        elif repair.seen.in_menu:
            self.control.callers.send_to_music(call)
        elif call.stage is Stage.WAITING and repair.stage is Stage.TALKING:
            call.stage = Stage.TALKING

    def _known_leg(self, repair: plan.KnownLeg, believed: Believed) -> None:
        legs_here, offer = self.control.agent_legs, repair.offer
        leg = self.control.exchange.calls.leg(offer.reservation_id)
        if leg is None:
            name = self.control.phones.endpoint_of(offer.agent_id) or ""
            leg = AgentLeg(offer.reservation_id, offer.interaction_id, offer.agent_id, name, repair.seen.channel)
            self.control.exchange.calls.add_leg(leg)
            legs_here.write_ringing(leg)
        elif leg.ended_as is not None:
            self.control.exchange.orders.give(actions.hang_up(repair.seen.channel.unique_id))
        if repair.bridged:
            legs_here.bridged(LegBridged(repair.seen.channel, offer.reservation_id))
        elif repair.seen.ready and offer.calls_out and not believed.has_leg(called_leg_id(offer.reservation_id)):
            self.control.calls_out.agent_ready(LegReady(repair.seen.channel, offer.reservation_id))

    def _late_answer(self, repair: plan.LateAnswer) -> None:
        """Who talks, talks: the order to end this leg never reached the PBX."""
        leg = self.control.exchange.calls.leg(repair.reservation_id)
        if leg is None:
            name = self.control.phones.endpoint_of(repair.agent_id) or ""
            leg = AgentLeg(repair.reservation_id, repair.interaction_id, repair.agent_id, name, repair.seen.channel)
            self.control.exchange.calls.add_leg(leg)
        leg.ended_as = None
        self.control.agent_legs.bridged(LegBridged(repair.seen.channel, repair.reservation_id))

    def _stray_leg(self, repair: plan.StrayLeg) -> None:
        reservation = repair.seen.reservation_id
        leg = self.control.exchange.calls.leg(reservation) if reservation else None
        if leg is not None and leg.ended_as is None:
            return  # newer than what the database showed
        if repair.caller is not None:
            self.control.exchange.orders.give(actions.put_on_music(repair.caller.channel.name))
        self.control.exchange.orders.give(actions.hang_up(repair.seen.channel.unique_id))
        # nobody here knows this leg, so nobody writes its end: the next look finds it gone
        asyncio.get_running_loop().call_later(FRESH_LEG_SECONDS, self.ask)


def _gone(channel: ChannelRef) -> ChannelEnded:
    return ChannelEnded(channel, None, 0, LegEndReason.GONE)
