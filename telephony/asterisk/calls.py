"""What telephony holds in memory of the calls that are up: nothing that a resync cannot rebuild."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from core import clock
from core.agent import LegEndReason
from core.doors import Admission
from core.events import CallLegEnded
from core.ids import called_leg_id, is_ahead_call
from telephony.asterisk.translation import ChannelRef
from telephony.menu.definition import LANGUAGES

REMEMBERED = 256
"""How many ended calls are remembered: an offer may cross with its caller's hang-up."""


class Stage(StrEnum):
    """Where a caller is."""

    CALLING = "calling"
    """We call him, or will when his agent has picked up."""
    MENU = "menu"
    WAITING = "waiting"
    TALKING = "talking"
    LEAVING = "leaving"
    """He was turned away, hears why, and is hung up on."""
    ENDED = "ended"


@dataclass(slots=True, eq=False)
class AgentLeg:
    """An agent's phone that rings or talks. ``ended_as`` is what we decided before the PBX confirms the end;
    ``waits``: its agent has picked up, and the customer is being called; ``written``: its row is on its way;
    ``end_told``: what the writer has heard of its end, ahead of the row."""

    reservation_id: UUID
    interaction_id: UUID
    agent_id: UUID
    endpoint: str
    channel: ChannelRef | None = None
    bridged: bool = False
    waits: bool = False
    written: bool = False
    ended_as: LegEndReason | None = None
    end_told: CallLegEnded | None = None
    since: float = field(default_factory=time.monotonic)
    rung_at: datetime = field(default_factory=clock.now)


@dataclass(slots=True, eq=False)
class Call:
    """One caller, from the first event of the channel until it and all agents' legs are gone.

    ``opened`` is done when its row is written, ``placing`` puts him on music after that. ``called_for``: the
    reservation for which we call him, if we do; ``dialled_at``: when his phone was ordered to ring (monotonic
    seconds), ``written``: the row of that leg is on its way.
    """

    interaction_id: UUID
    channel: ChannelRef
    number: str = ""
    name: str = ""
    dialed: str = ""
    stage: Stage = Stage.MENU
    languages: tuple[str, ...] = LANGUAGES
    """In which he is told something, one after the other: his own, once that is known."""
    refused: Admission | None = None
    """Why he is turned away."""
    hangup_wanted: bool = False
    language: str = "en"
    called_for: UUID | None = None
    dialled_at: float | None = None
    written: bool = False
    legs: dict[UUID, AgentLeg] = field(default_factory=dict)
    told_at: datetime | None = None
    """When he was sent to some words that he may still hear;"""
    quiet_at: datetime | None = None
    """and when he had heard them."""
    opened: asyncio.Future[bool] | None = None
    placing: asyncio.Task[None] | None = None

    @property
    def ahead(self) -> bool:
        """Whether he was called before an agent was there for him."""
        return self.called_for is not None and is_ahead_call(self.called_for)

    @property
    def leg_id(self) -> UUID | None:
        """The id of his leg, where that is not the interaction's."""
        return called_leg_id(self.called_for) if self.called_for is not None else None

    def is_to_come(self, now: float, patience: float) -> bool:
        """Whether the PBX need not show a channel of him yet, for he is, or was just now, ordered to be called."""
        if self.stage is not Stage.CALLING:
            return False
        return self.dialled_at is None or (not self.channel.name and now - self.dialled_at < patience)

    @property
    def talking_leg(self) -> AgentLeg | None:
        """The leg that is bridged with the caller."""
        return next((leg for leg in self.legs.values() if leg.bridged and leg.ended_as is None), None)


class Calls:
    """The calls by interaction, by caller's channel, and the legs by reservation."""

    def __init__(self) -> None:
        self._calls: dict[UUID, Call] = {}
        self._channels: dict[str, Call] = {}
        self._legs: dict[UUID, AgentLeg] = {}
        self._over: deque[UUID] = deque(maxlen=REMEMBERED)

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls.values()))

    def __len__(self) -> int:
        return len(self._calls)

    def add(self, call: Call) -> None:
        """Know a caller from now on."""
        self._calls[call.interaction_id] = call
        self._channels[call.channel.unique_id] = call

    def of_interaction(self, interaction_id: UUID) -> Call | None:
        return self._calls.get(interaction_id)

    def is_over(self, interaction_id: UUID) -> bool:
        """Whether we saw that call end, a while ago at most: news of it need no look at the PBX."""
        return interaction_id in self._over

    def has_seen(self, interaction_id: UUID) -> bool:
        """Whether that call is one of ours, or was until lately."""
        return interaction_id in self._calls or self.is_over(interaction_id)

    def of_channel(self, unique_id: str) -> Call | None:
        """The call whose caller has this channel."""
        return self._channels.get(unique_id)

    def leg(self, reservation_id: UUID) -> AgentLeg | None:
        return self._legs.get(reservation_id)

    def legs(self) -> list[AgentLeg]:
        return list(self._legs.values())

    def add_leg(self, leg: AgentLeg) -> None:
        """Know an agent's leg; it belongs to its interaction's call if there is one."""
        self._legs[leg.reservation_id] = leg
        call = self._calls.get(leg.interaction_id)
        if call is not None:
            call.legs[leg.reservation_id] = leg

    def remove_leg(self, leg: AgentLeg) -> None:
        """Forget a leg that is gone, and its call when that was the last of it."""
        self._legs.pop(leg.reservation_id, None)
        call = self._calls.get(leg.interaction_id)
        if call is not None:
            call.legs.pop(leg.reservation_id, None)
            self._forget_if_over(call)

    def end_caller(self, call: Call) -> None:
        """The caller's channel is gone."""
        call.stage = Stage.ENDED
        self._channels.pop(call.channel.unique_id, None)
        self._forget_if_over(call)

    def _forget_if_over(self, call: Call) -> None:
        if call.stage is Stage.ENDED and not call.legs and self._calls.get(call.interaction_id) is call:
            self._calls.pop(call.interaction_id, None)
            self._over.append(call.interaction_id)
