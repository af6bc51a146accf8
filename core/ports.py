"""What one package needs of a sibling without knowing it; ``processes`` wires the two together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.address import Address
from core.db import UnitOfWork
from core.doors import Admission, Announcement, Place
from core.interaction import EndReason
from core.interactions import Opening


@dataclass(frozen=True, slots=True)
class CustomerRef:
    """What a channel needs to know of a customer to greet and route."""

    customer_id: UUID
    name: str
    language: str | None
    tier: str
    is_new: bool
    credit_grade: str | None = None
    account_manager_id: UUID | None = None
    last_agent_id: UUID | None = None
    """Who served the customer last, if that was lately."""


class CustomerDirectory(Protocol):
    """Whose address is it? Implemented by ``crm_sync.identity``; memory twin in tests."""

    async def resolve(self, work: UnitOfWork, address: Address, caller_name: str) -> CustomerRef:
        """The customer of an address; an unknown or withheld one becomes a prospect record of its own.

        Works inside the caller's transaction; two calls from one new number at once give one record.
        """


class Carrier(Protocol):
    """Whoever decides, in the same process. Implemented by ``routing.writer.service``."""

    async def carry(self, opening: Opening) -> bool:
        """Write a new interaction in one transaction with what is decided about it.

        False: nothing was written, as far as is known; then it is written as if nobody had been asked.
        """


class QueueDoors(Protocol):
    """Who may enter a queue, and what is known of those who wait there. Implemented by ``routing.doors``.

    Everything but ``reload`` is answered from memory, for it stands on the path of a call.
    """

    async def reload(self, connection: AsyncConnection, domain: str) -> None:
        """Read hours and limits anew."""

    def admit(self, queue_id: UUID, interaction_id: UUID, at: datetime) -> Admission:
        """What becomes of an interaction that reaches a queue now."""

    def is_open(self, queue_id: UUID, at: datetime) -> bool:
        """Whether the queue, or one that it sends on to, would let somebody in; nobody enters by asking."""

    def announcement(self, queue_id: UUID) -> Announcement | None:
        """What the queue tells those who wait; None: nothing."""

    def message(self, queue_id: UUID, reason: EndReason) -> Mapping[str, str]:
        """What the queue says itself, by language, to whom it turns away; none: our words are said."""

    def place(self, interaction_id: UUID) -> Place | None:
        """How it stands with somebody who waits; None when that is not known here, or not yet."""


class OpenDoors:
    """The twin for where nothing is configured: everybody may enter, nobody is told anything."""

    async def reload(self, connection: AsyncConnection, domain: str) -> None:
        """There is nothing to read."""

    def admit(self, queue_id: UUID, interaction_id: UUID, at: datetime) -> Admission:
        """He enters."""
        return Admission(queue_id)

    def is_open(self, queue_id: UUID, at: datetime) -> bool:
        """It is."""
        return True

    def announcement(self, queue_id: UUID) -> Announcement | None:
        """Nothing is told."""

    def message(self, queue_id: UUID, reason: EndReason) -> Mapping[str, str]:
        """There is nothing to say."""
        return {}

    def place(self, interaction_id: UUID) -> Place | None:
        """Nothing is known."""
