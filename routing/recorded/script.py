"""What no routing can change of a recorded day: when they come, how long they would wait, what work they bring. Pure.

What the day did not show is drawn, by the number of a run: how long somebody who was answered would have waited,
and how long the work would have taken of somebody who left, or with another agent. The same run draws the same for
every configuration, so that two of them are compared on the same customers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from routing.recorded import pace, patience
from routing.recorded.day import LIVE, Contact, RecordedDay
from routing.recorded.pace import Paces
from routing.simulation.streams import lognormal, stream

_JITTER = 0.5
"""Seconds by which arrivals are moved at most: who was first by an instant is chance."""
_STRAY = 0.2
"""Variation of how long another agent takes with the same customer, beside the two agents' paces."""
_USUAL_RING = 4.0


@dataclass(frozen=True, slots=True)
class Fate:
    """A contact whose every question is answered."""

    contact: Contact
    at: float
    patience: float
    talk: float
    """At pace 1, as are the wrap-up's seconds."""
    wrap: float
    ring: float
    stray: float = 1.0
    """Multiplies the work of an agent other than the recorded one."""


@dataclass(frozen=True, slots=True)
class Script:
    """A day to be lived through."""

    day: RecordedDay
    fates: tuple[Fate, ...]
    paces: Paces


class Playwright:
    """Writes scripts for a day; what it has learned of the day is learned once."""

    def __init__(self, day: RecordedDay) -> None:
        self._day = day
        self._paces = pace.learn(day.contacts)
        channels = {contact.channel for contact in day.contacts}
        self._patience = {
            channel: patience.learn([each for each in day.contacts if each.channel == channel]) for channel in channels
        }
        self._works = _works(day.contacts, self._paces)
        self._ring = median([each.ring for each in day.contacts if each.answered] or [_USUAL_RING])

    def script(self, run: int) -> Script:
        """The script of a run."""
        fates = [self._fate(run, place, contact) for place, contact in enumerate(self._day.contacts)]
        return Script(self._day, tuple(sorted(fates, key=lambda fate: fate.at)), self._paces)

    def _fate(self, run: int, place: int, contact: Contact) -> Fate:
        chance = stream("fate", self._day.date, run, place)
        at = max(0.0, contact.at + chance.uniform(-_JITTER, _JITTER))
        drawn = self._patience[contact.channel].draw(chance, contact.wait)
        stray = lognormal(chance, 1.0, _STRAY)
        work = chance.random()
        if contact.agent is None:
            talk, wrap = self._work(contact.queue, work)
            return Fate(contact, at, contact.wait, talk, wrap, self._ring)
        own = self._paces.of(contact.agent, contact.queue)
        drawn = drawn if contact.kind == LIVE else float("inf")
        return Fate(contact, at, drawn, contact.talk / own, contact.wrap / own, contact.ring, stray)

    def _work(self, queue: str, place: float) -> tuple[float, float]:
        """The work of somebody in the same queue (else of anybody) who was answered."""
        works = self._works.get(queue) or self._works.get("") or [(0.0, 0.0)]
        return works[int(place * len(works))]


def _works(contacts: Sequence[Contact], paces: Paces) -> dict[str, list[tuple[float, float]]]:
    """Talk and wrap-up at pace 1, by queue; under "" those of all."""
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for contact in contacts:
        if contact.agent is not None:
            own = paces.of(contact.agent, contact.queue)
            for key in (contact.queue, ""):
                found[key].append((contact.talk / own, contact.wrap / own))
    return found
