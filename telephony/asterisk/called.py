"""What the PBX tells of customers whom we call and of the agents who wait for them, as our own values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from telephony.asterisk.translation import ChannelRef

CALLED_PREFIX = "hotline-customer-"
"""The unique id of the leg of a customer whom we call begins so; the reservation follows of the agent who waits."""
_CALLED = re.compile(CALLED_PREFIX + r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """Somebody has pressed a key on his phone."""

    channel: ChannelRef
    key: str


@dataclass(frozen=True, slots=True)
class LegReady:
    """An agent has picked up and waits for the customer who is to be called."""

    channel: ChannelRef
    reservation_id: UUID


@dataclass(frozen=True, slots=True)
class CustomerRung:
    """The leg of a customer whom we call exists in the PBX."""

    channel: ChannelRef


@dataclass(frozen=True, slots=True)
class CustomerReached:
    """A customer whom we called has answered."""

    channel: ChannelRef


@dataclass(frozen=True, slots=True)
class CustomerRefused:
    """A customer cannot be called; with no channel before, nothing more will come of it."""

    reservation_id: UUID


def called_unique_id(reservation_id: UUID) -> str:
    """The unique id that the leg of a customer gets whom we call for an agent."""
    return f"{CALLED_PREFIX}{reservation_id}"


def called_for(unique_id: str) -> UUID | None:
    """The reservation for which a customer is called; None for all other channels."""
    found = _CALLED.match(unique_id)
    return UUID(found[1]) if found else None
