"""What the database believes of the calls that are up: read in one go for a comparison with the PBX."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.agent import LegRole, LegState, ReservationState
from core.interaction import Channel, InteractionState, Kind
from core.tables import call_legs, interactions, queues, reservations

_CALLS_OUT = (interactions.c.kind != Kind.LIVE.value) & interactions.c.answered_at.is_(None)
_LIVE_LEGS = (LegState.RINGING.value, LegState.UP.value)


@dataclass(frozen=True, slots=True)
class LegRow:
    leg_id: UUID
    interaction_id: UUID
    reservation_id: UUID | None
    agent_id: UUID | None
    role: LegRole
    unique_id: str
    channel_name: str
    up: bool


@dataclass(frozen=True, slots=True)
class InteractionRow:
    interaction_id: UUID
    state: InteractionState
    called_number: str
    menu: str | None
    language: str


@dataclass(frozen=True, slots=True)
class OfferRow:
    """A live reservation of a call; ``pending`` ones are to ring until ``deadline_at``."""

    reservation_id: UUID
    interaction_id: UUID
    agent_id: UUID
    pending: bool
    ring_seconds: int
    deadline_at: datetime
    has_leg: bool
    calls_out: bool = False
    """Whether the customer is to be called when the agent has picked up."""


@dataclass(frozen=True, slots=True)
class Believed:
    legs: tuple[LegRow, ...]
    interactions: dict[UUID, InteractionRow]
    offers: tuple[OfferRow, ...]

    def has_leg(self, leg_id: UUID) -> bool:
        """Whether a leg of that id is up, as far as the database knows."""
        return any(leg.leg_id == leg_id for leg in self.legs)

    def has(self, unique_id: str, interaction_id: UUID | None) -> bool:
        """Whether a channel is one of these legs, or marked with one of these calls."""
        return interaction_id in self.interactions or any(leg.unique_id == unique_id for leg in self.legs)


async def read_believed(connection: AsyncConnection, domain: str) -> Believed:
    """Live legs, live calls and live offers of a domain."""
    return Believed(
        await _legs(connection, domain), await _interactions(connection, domain), await _offers(connection, domain)
    )


async def read_elsewhere(connection: AsyncConnection, domain: str) -> frozenset[str]:
    """Other domains' calls, which share the PBX with us: unique ids of their live legs, ids of their interactions."""
    live = select(call_legs.c.unique_id).where(call_legs.c.domain != domain, call_legs.c.state.in_(_LIVE_LEGS))
    closed = InteractionState.CLOSED.value
    open_ones = select(interactions.c.id).where(interactions.c.domain != domain, interactions.c.state != closed)
    channels = (await connection.execute(live)).scalars()
    return frozenset(channels) | {str(each) for each in (await connection.execute(open_ones)).scalars()}


async def _legs(connection: AsyncConnection, domain: str) -> tuple[LegRow, ...]:
    live = select(call_legs).where(call_legs.c.domain == domain, call_legs.c.state.in_(_LIVE_LEGS))
    return tuple(
        LegRow(
            row.id,
            row.interaction_id,
            row.reservation_id,
            row.agent_id,
            LegRole(row.role),
            row.unique_id,
            row.channel_name,
            row.state == LegState.UP.value,
        )
        for row in await connection.execute(live)
    )


async def _interactions(connection: AsyncConnection, domain: str) -> dict[UUID, InteractionRow]:
    live = select(interactions).where(
        interactions.c.domain == domain,
        interactions.c.channel == Channel.VOICE.value,
        interactions.c.state != InteractionState.CLOSED.value,
    )
    return {
        row.id: InteractionRow(row.id, InteractionState(row.state), row.called_number, row.menu, row.language)
        for row in await connection.execute(live)
    }


async def _offers(connection: AsyncConnection, domain: str) -> tuple[OfferRow, ...]:
    live = (
        select(reservations, queues.c.ring_seconds, call_legs.c.id.label("leg_id"), _CALLS_OUT.label("calls_out"))
        .join(interactions, interactions.c.id == reservations.c.interaction_id)
        .join(queues, queues.c.id == reservations.c.queue_id)
        .outerjoin(call_legs, call_legs.c.reservation_id == reservations.c.id)
        .where(
            reservations.c.domain == domain,
            reservations.c.released_at.is_(None),
            reservations.c.channel == Channel.VOICE.value,
        )
    )
    return tuple(
        OfferRow(
            row.id,
            row.interaction_id,
            row.agent_id,
            row.state == ReservationState.PENDING.value,
            row.ring_seconds,
            row.deadline_at,
            row.leg_id is not None,
            row.calls_out,
        )
        for row in await connection.execute(live)
    )
