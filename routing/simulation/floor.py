"""Cases and desks: what a rule sees of customers and agents, and the interface that every rule implements."""

from __future__ import annotations

from typing import Protocol

from routing.simulation.day import Contact
from routing.simulation.staffing import Agent
from routing.simulation.world import CHAT, VOICE


class Case:
    """One contact on its way: waits, is rung for or served, is over."""

    __slots__ = ("at", "attempts", "channel", "contact", "ended", "level", "number", "signature", "started", "tier",
                 "waiting")  # fmt: skip

    def __init__(self, number: int, contact: Contact) -> None:
        self.number = number
        self.contact = contact
        self.at = contact.at
        self.channel = contact.channel
        self.signature = contact.signature
        self.tier = contact.tier
        self.waiting = False
        self.attempts = 0
        self.started = -1.0
        """When it was answered; below 0: never."""
        self.ended = -1.0
        """When it was over, by service or by giving up; below 0: not yet."""
        self.level = 0
        """Level of the agent who answered."""

    @property
    def wait(self) -> float:
        """Seconds from joining to the answer or to giving up."""
        return (self.started if self.started >= 0 else self.ended) - self.at


class Desk:
    """One agent at work."""

    __slots__ = ("agent", "away", "busy", "calls", "changed", "chats", "due_breaks", "group", "handled", "idle_since",
                 "languages", "levels", "max_calls", "max_chats", "number", "present")  # fmt: skip

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.number = agent.number
        self.group = agent.group
        self.levels = agent.levels
        self.languages = sum(1 for level in agent.languages[1:] if level)
        self.max_calls = agent.calls
        self.max_chats = agent.chats
        self.calls = 0
        self.chats = 0
        self.away = False
        self.due_breaks: list[float] = []
        self.idle_since = 0.0
        """When he last ended something."""
        self.handled = 0
        self.busy = 0.0
        self.present = 0.0
        self.changed = 0.0

    @property
    def load(self) -> float:
        """The share of his capacity that is in use, 0 to 1."""
        return 1.0 if self.calls else self.chats / self.max_chats if self.chats else 0.0

    def has_room(self, channel: int) -> bool:
        """Whether he can take one more: one call, or so many chats, never both."""
        if self.away or self.calls:
            return False
        if channel == VOICE:
            return self.max_calls > 0 and self.chats == 0
        return self.chats < self.max_chats

    @property
    def has_any_room(self) -> bool:
        """Whether he can take one more of anything."""
        return self.has_room(CHAT) or self.has_room(VOICE)

    def settle(self, now: float) -> None:
        """Book what has been up to now, before load or presence changes."""
        passed = now - self.changed
        self.changed = now
        if not self.away:
            self.present += passed
            self.busy += passed * self.load

    def occupancy(self, now: float) -> float:
        """The share of his present time so far in which his capacity was in use."""
        passed = now - self.changed
        present = self.present + (0.0 if self.away else passed)
        return (self.busy + (0.0 if self.away else passed * self.load)) / present if present > 0 else 0.0


class Router(Protocol):
    """A rule. It keeps who waits and who has room; the run tells it every change and carries out what it says."""

    def queue(self, case: Case, now: float) -> None:
        """The case waits; after a missed ring again, with its old ``at``."""

    def drop(self, case: Case, now: float) -> None:
        """The case waits no longer."""

    def open(self, desk: Desk, now: float) -> None:
        """The desk has room, or now has other room than before."""

    def close(self, desk: Desk, now: float) -> None:
        """The desk takes nothing for now."""

    def agent_for(self, case: Case, now: float) -> Desk | None:
        """The case has come or is due: which open desk gets it?"""

    def case_for(self, desk: Desk, now: float) -> Case | None:
        """The desk has got room: which waiting case does it get?"""

    def next_due(self) -> float | None:
        """When to ask for ``due`` next, if ever."""

    def due(self, now: float) -> list[Case]:
        """Waiting cases that may go to more desks than before, in the order in which to ask for them."""
