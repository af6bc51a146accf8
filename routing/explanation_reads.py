"""Reading the decisions about one interaction, and asking why it still waits, by whoever does not hold the engine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.agent import ReservationState
from core.db import fetch
from core.interaction import InteractionState
from routing.explanation import Explained, explained
from routing.waiting import Waiting, waiting
from routing.writer import load

_SUBJECT = """
select i.id, i.state, i.version, i.agent_id, i.last_agent_id, c.owner_agent_id
from interactions i join customers c on c.id = i.customer_id where i.domain = $1 and i.id = $2
"""
_RESERVATIONS = """
select id, agent_id, state, together, created_at, decided_at, decision
from reservations where domain = $1 and interaction_id = $2 order by created_at, id
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """The interaction that is asked about. ``owner_id``: the customer's account manager."""

    id: UUID
    state: InteractionState
    version: int
    agent_id: UUID | None
    last_agent_id: UUID | None
    owner_id: UUID | None


@dataclass(frozen=True, slots=True)
class Offer:
    """One reservation with what its record says; None when that is no record of the engine."""

    reservation_id: UUID
    agent_id: UUID
    state: ReservationState
    together: bool
    created_at: datetime
    decided_at: datetime | None
    record: Explained | None


async def read_subject(connection: AsyncConnection, domain: str, interaction_id: UUID) -> Subject | None:
    """The interaction, or None when the domain has none of that id."""
    rows = await fetch(connection, _SUBJECT, domain, interaction_id)
    return _subject(rows[0]) if rows else None


async def read_offers(connection: AsyncConnection, domain: str, interaction_id: UUID) -> list[Offer]:
    """All reservations of an interaction in the order in which they were made."""
    return [_offer(row) for row in await fetch(connection, _RESERVATIONS, domain, interaction_id)]


async def read_waiting(connection: AsyncConnection, domain: str, interaction_id: UUID, now: datetime) -> Waiting | None:
    """Why an interaction waits, as of ``now``; None when it does not.

    It is asked of an engine that is built from the tables for this one question, as the writer's is after an
    election. What only the writer remembers is missing: agents whom it has set aside for a few seconds because their
    phone could not be rung.
    """
    rows = await load.who_is_there(_Pooled(connection), domain)
    return await asyncio.to_thread(_ask, rows, interaction_id, now)


def _ask(rows: load.Rows, interaction_id: UUID, now: datetime) -> Waiting | None:
    return waiting(rows.floor().engine.why_waiting(interaction_id, now.timestamp()), now)


class _Pooled:
    """A connection of the pool, as the writer's reads want it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def fetch(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a statement."""
        return await fetch(self._connection, statement, *values)


def _subject(row: Any) -> Subject:
    return Subject(
        id=row["id"],
        state=InteractionState(row["state"]),
        version=row["version"],
        agent_id=row["agent_id"],
        last_agent_id=row["last_agent_id"],
        owner_id=row["owner_agent_id"],
    )


def _offer(row: Any) -> Offer:
    return Offer(
        reservation_id=row["id"],
        agent_id=row["agent_id"],
        state=ReservationState(row["state"]),
        together=row["together"],
        created_at=row["created_at"],
        decided_at=row["decided_at"],
        record=explained(row["decision"]),
    )
