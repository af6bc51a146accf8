"""An agent at work on a day that is lived through again, and one customer on the way to him. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID

from core.agent import ReservationState
from core.interaction import Channel, InteractionState
from routing.engine.capacity import has_room
from routing.engine.policy import Capacity
from routing.engine.values import FreeAgent, ItemKind
from routing.floor.occupancy import Share
from routing.floor.rows import Item
from routing.recorded.script import Fate
from routing.recorded.setting import Setting, identity

_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Offer:
    """What rang where."""

    agent: str
    at: float
    until: float
    state: ReservationState


class Case:
    """One contact: waits, is rung for, served, gone. Times are seconds since midnight; below 0: not yet, or never."""

    __slots__ = ("at", "attempts", "busy_from", "desk", "ended", "fate", "item", "number", "offers", "released",
                 "started", "talk", "waiting", "wrap")  # fmt: skip

    def __init__(self, number: int, fate: Fate, setting: Setting) -> None:
        self.number = number
        self.fate = fate
        self.at = fate.at
        self.item = _item(number, fate, setting)
        self.waiting = False
        self.attempts = 0
        self.desk: Desk | None = None
        self.offers: list[Offer] = []
        self.busy_from = self.started = self.ended = self.released = -1.0
        self.talk = self.wrap = 0.0

    @property
    def answered(self) -> bool:
        """Whether somebody talked with the customer."""
        return self.started >= 0

    @property
    def wait(self) -> float:
        """Seconds until the answer, or until the customer left."""
        return (self.started if self.answered else self.ended) - self.at


def _item(number: int, fate: Fate, setting: Setting) -> Item:
    contact = fate.contact
    demanded = contact.demanded
    return Item(
        id=UUID(int=number + 1), channel=Channel(contact.channel), state=InteractionState.QUEUED, version=1,
        customer_id=_NOBODY, queue_id=setting.queues[contact.queue].id, queued_at=datetime.fromtimestamp(fate.at, UTC),
        priority=contact.priority, skills=frozenset(contact.skills.items()),
        preferred=frozenset(contact.preferred.items()), tier=contact.tier, credit_grade=contact.grade,
        account_manager_id=_agent_id(contact.account_manager), last_agent_id=_agent_id(contact.last_agent),
        kind=ItemKind(contact.kind), target_seconds=contact.target,
        demanded=None if demanded is None else frozenset(identity("agent", code) for code in demanded),
    )  # fmt: skip


def _agent_id(code: str | None) -> UUID | None:
    return None if code is None else identity("agent", code)


@dataclass(slots=True)
class Desk:
    """One agent."""

    code: str
    agent: FreeAgent
    on_duty: bool = False
    away: int = 0
    """Above 0: sent away by rings in vain."""
    load: Counter[str] = field(default_factory=Counter)
    idle_since: float = 0.0
    share: Share = field(default_factory=Share)
    busy: float = 0.0
    present: float = 0.0
    changed: float = 0.0

    @property
    def is_busy(self) -> bool:
        """Whether he holds anything."""
        return any(self.load.values())

    @property
    def is_there(self) -> bool:
        """Whether something may be offered to him, now or soon."""
        return self.on_duty and not self.away

    def settle(self, now: float) -> None:
        """Book the time up to now, before anything changes."""
        passed, self.changed = now - self.changed, now
        if self.is_busy:
            self.busy += passed
        if self.is_busy or self.is_there:
            self.present += passed

    def turn(self, now: float) -> None:
        """Something has changed: busy, idle or off duty from now on."""
        busy = True if self.is_busy else False if self.is_there else None
        self.share = self.share.then(busy, now)

    def has_room(self, capacity: Capacity) -> bool:
        """Whether he can take one more of anything."""
        agent = self.seen(0.0)
        return any(has_room(capacity, agent, channel, interruptible=False) for channel in agent.channels)

    def seen(self, now: float) -> FreeAgent:
        """He as the engine sees him."""
        load = tuple((channel, count) for channel, count in self.load.items() if count)
        return replace(self.agent, idle_since=self.idle_since, load=load, occupancy=self.share.until(now))
