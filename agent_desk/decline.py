"""An agent declines an offer from the screen."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from agent_desk.ownership import Asker
from core.agent import ReservationState
from core.db import UnitOfWork
from core.errors import Conflict, NotFound
from core.events import DeclineRequested
from core.tables import reservations

_UNKNOWN = "reservation.unknown", "There is no such offer."


async def decline(work: UnitOfWork, reservation_id: UUID, asker: Asker) -> None:
    """Ask routing to take the offer back. Declining twice is no error.

    ``NotFound`` (``reservation.unknown``) or ``Conflict`` (``reservation.settled``: answered, expired, taken back).
    """
    wanted = select(reservations).where(reservations.c.id == reservation_id, reservations.c.domain == work.domain)
    row = await work.one_or_none(wanted)
    if row is None:
        raise NotFound(*_UNKNOWN)
    asker.demand(row.agent_id, *_UNKNOWN)
    if row.state == ReservationState.REJECTED:
        return
    if row.state != ReservationState.PENDING:
        raise Conflict("reservation.settled", "This offer is over.", state=row.state)
    work.record(
        DeclineRequested(reservation_id=reservation_id, interaction_id=row.interaction_id, agent_id=row.agent_id)
    )
