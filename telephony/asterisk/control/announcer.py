"""Tells callers who wait, where their queue wants it, how many are before them and about how long it will take.

A caller who hears something else is told later. He is sent from the music to the words, and comes back to the music by
himself. The order goes out only while no agent is being rung for him; one who is rung after it takes him out of the
words at once, as he does out of the music: orders reach the PBX in the order in which they are given.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core import clock
from core.logs import logger
from telephony.asterisk import actions
from telephony.asterisk.calls import Call
from telephony.asterisk.control import words
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.pbx.prompts import sound_name
from telephony.menu.announcement import announcement

log = logger(__name__)

EVERY_SECONDS = 0.5


@dataclass(slots=True)
class _Told:
    """When a caller was told something, and the position that was said last."""

    at: datetime | None = None
    position: int | None = None


@dataclass(slots=True)
class Announcer:
    """``run`` looks at all who wait, twice a second."""

    exchange: Exchange
    _told: dict[UUID, _Told] = field(default_factory=dict)

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                self.look(clock.now())
            except Exception:
                log.exception("callers could not be told how long they wait")

    def look(self, now: datetime) -> None:
        """Tell everybody whose turn it is to be told."""
        waiting = [call for call in self.exchange.calls if words.may_be_told(call, now)]
        here = {call.interaction_id for call in self.exchange.calls}
        self._told = {interaction_id: told for interaction_id, told in self._told.items() if interaction_id in here}
        for call in waiting:
            self._tell(call, now)

    def _tell(self, call: Call, now: datetime) -> None:
        doors, orders = self.exchange.doors, self.exchange.orders
        place = doors.place(call.interaction_id)
        says = doors.announcement(place.queue_id) if place is not None else None
        if place is None or says is None or not orders.possible:
            return
        told = self._told.setdefault(call.interaction_id, _Told())
        since, pause = (place.queued_at, says.after_seconds) if told.at is None else (told.at, says.every_seconds)
        if (now - since).total_seconds() < pause:
            return
        told.at = now
        prompts = announcement(place, says, told.position)
        if not prompts:
            return
        told.position = min(place.position, told.position or place.position)
        log.info("caller is told", interaction_id=str(call.interaction_id), position=place.position)
        sounds = tuple(sound_name(language, word) for language in call.languages for word in prompts)
        channel = call.channel.name
        words.tell(call, orders, now, actions.say_later(channel, sounds), actions.announce(channel))
