"""As much of an exchange as callers who wait need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from core import clock
from core.doors import Admission, Announcement, Place
from core.ids import new_id
from core.interaction import EndReason
from telephony.asterisk.calls import Call, Calls, Stage
from telephony.asterisk.control.callers import Callers
from telephony.asterisk.control.direct import DirectNumbers
from telephony.asterisk.control.exchange import Exchange
from telephony.asterisk.link import Action
from telephony.asterisk.menu_player import Commands
from telephony.asterisk.translation import ChannelRef
from telephony.entries import Entries, QueueRef

QUEUE, OTHER = QueueRef(new_id(), "claims"), QueueRef(new_id(), "cargo")
NOW = clock.now()


@dataclass
class Orders:
    """Remembers what the PBX was told."""

    possible: bool = True
    given: list[Action] = field(default_factory=list)

    def give(self, action: Action, refused: object = None) -> None:
        self.given.append(action)

    @property
    def told(self) -> list[str]:
        """Where callers were sent, and what they were to hear."""
        fields = [dict(action.fields) for action in self.given]
        return [each.get("Value") if each.get("Variable") == "HOTLINE_SAY" else f"{each['Context']},{each['Exten']}"
                for each in fields if "Context" in each or each.get("Variable") == "HOTLINE_SAY"]  # fmt: skip


@dataclass
class Facts:
    names: list[str] = field(default_factory=list)

    def put(self, key: UUID, name: str, write: object, *, heard: bool = False) -> None:
        self.names.append(name)


@dataclass
class Doors:
    """Says what a test has laid into it."""

    admission: Admission | None = None
    says: Announcement | None = None
    places: dict[UUID, Place] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)

    def admit(self, queue_id: UUID, interaction_id: UUID, at: datetime) -> Admission:
        return self.admission or Admission(queue_id)

    def is_open(self, queue_id: UUID, at: datetime) -> bool:
        return self.admit(queue_id, UUID(int=0), at).refused is None

    def announcement(self, queue_id: UUID) -> Announcement | None:
        return self.says

    def message(self, queue_id: UUID, reason: EndReason) -> Mapping[str, str]:
        return self.messages

    def place(self, interaction_id: UUID) -> Place | None:
        return self.places.get(interaction_id)


@dataclass
class Room:
    """As much of an exchange as these tests need."""

    orders: Orders = field(default_factory=Orders)
    facts: Facts = field(default_factory=Facts)
    doors: Doors = field(default_factory=Doors)
    calls: Calls = field(default_factory=Calls)
    commands: Commands = field(default_factory=Commands)
    entries: Entries = field(
        default_factory=lambda: Entries({}, {}, {}, "CN", None, {QUEUE.queue_id: QUEUE, OTHER.queue_id: OTHER})
    )

    @property
    def exchange(self) -> Exchange:
        return cast("Exchange", cast("Any", self))

    def waits(self, position: int = 2, likely: float = 200.0) -> Call:
        call = Call(
            new_id(), ChannelRef(f"PJSIP/t-{new_id().hex}", new_id().hex), stage=Stage.WAITING, languages=("en",)
        )
        self.calls.add(call)
        self.put(call, position, likely)
        return call

    def put(self, call: Call, position: int, likely: float = 200.0) -> None:
        place = Place(QUEUE.queue_id, NOW, position, likely / 2, likely, likely * 2)
        self.doors.places[call.interaction_id] = place


def callers(room: Room) -> Callers:
    return Callers(room.exchange, DirectNumbers(room.exchange))
