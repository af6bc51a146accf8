"""Facts that telephony wrote while nobody decided, told again as the events that were missed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.agent import LegEndReason, LegRole, LegState, ReservationState
from core.event import Event
from core.events import AcceptRequested, CallLegAnswered, CallLegEnded, CallLegFailed, DeclineRequested
from core.interaction import InteractionState
from core.message_events import CustomerLeftConversation
from routing.floor.floor import Floor


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg of a live call that stands, ended or failed."""

    id: UUID
    interaction_id: UUID
    reservation_id: UUID | None
    agent_id: UUID | None
    role: LegRole
    state: LegState
    end_reason: LegEndReason
    answered_at: datetime | None
    at: datetime
    customer_is_up: bool


def untold(floor: Floor, legs: Iterable[Leg]) -> Iterator[Leg]:
    """The legs that may tell the floor something. Most do not: they talk, and it knows; or their offer is long over."""
    for leg in legs:
        known = floor.reservations.get(leg.reservation_id) if leg.reservation_id else None
        if leg.role is LegRole.CUSTOMER:
            news = bool(missed(leg))
        elif leg.state is LegState.UP:
            news = known is None or known.state is ReservationState.PENDING
        else:
            news = known is not None
        if news:
            yield leg


def unheard(floor: Floor, events: Iterable[Event]) -> Iterator[Event]:
    """What customers and agents have said of messages and nobody has followed, of all that they said."""
    for event in events:
        if isinstance(event, AcceptRequested | DeclineRequested):
            known = floor.reservations.get(event.reservation_id)
            if known is not None and known.state is ReservationState.PENDING:
                yield event
        elif isinstance(event, CustomerLeftConversation):
            item = floor.items.get(event.interaction_id)
            if item is not None and item.state is not InteractionState.WRAPPING:
                yield event


def missed(leg: Leg) -> list[Event]:
    """The events that tell of a leg; the rules drop those that were heard already."""
    if leg.role is LegRole.CUSTOMER:
        return _of_customer(leg)
    if leg.state is LegState.FAILED:
        return [CallLegFailed(**_names(leg), reason=leg.end_reason)]
    told: list[Event] = [_answered(leg, leg.answered_at)] if leg.answered_at is not None else []
    if leg.state is LegState.ENDED:
        told.append(_ended(leg))
    return told


def _of_customer(leg: Leg) -> list[Event]:
    """A leg of another id than its interaction's may be one by which we called him."""
    called = leg.id != leg.interaction_id
    told: list[Event] = []
    if called and leg.state is LegState.FAILED:
        told.append(CallLegFailed(**_names(leg), reason=leg.end_reason))
    if called and leg.answered_at is not None:
        told.append(_answered(leg, leg.answered_at))
    if leg.state in (LegState.ENDED, LegState.FAILED) and not leg.customer_is_up:
        told.append(_ended(leg))
    return told


def _answered(leg: Leg, at: datetime) -> Event:
    return CallLegAnswered(**_names(leg), at=at)


def _ended(leg: Leg) -> Event:
    return CallLegEnded(**_names(leg), reason=leg.end_reason)


def _names(leg: Leg) -> dict[str, Any]:
    return {
        "leg_id": leg.id,
        "interaction_id": leg.interaction_id,
        "reservation_id": leg.reservation_id,
        "agent_id": leg.agent_id,
        "role": leg.role,
    }
