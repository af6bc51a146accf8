"""An agent takes a message that is offered to him."""

from __future__ import annotations

from uuid import UUID

from core.agent import ReservationState
from core.db import UnitOfWork
from core.errors import Conflict, NotFound
from core.events import AcceptRequested
from core.interaction import Channel

_OFFERS = """
select id, state, channel from reservations
where interaction_id = $1 and agent_id = $2 and domain = $3 order by created_at desc limit 1
"""


async def accept(work: UnitOfWork, interaction_id: UUID, agent_id: UUID) -> None:
    """Ask routing to give it to him. Taking what one has is no error.

    ``NotFound`` (``interaction.unknown``); ``Conflict`` (``interaction.not_a_message``: a call is answered by phone,
    ``reservation.settled``: expired, declined, taken back).
    """
    rows = await work.fetch(_OFFERS, interaction_id, agent_id, work.domain)
    if not rows:
        raise NotFound("interaction.unknown", "There is no such interaction of yours.")
    offer = rows[0]
    if offer["channel"] == Channel.VOICE:
        raise Conflict("interaction.not_a_message", "A call is answered by phone.")
    if offer["state"] == ReservationState.ACCEPTED:
        return
    if offer["state"] != ReservationState.PENDING:
        raise Conflict("reservation.settled", "This offer is over.", state=offer["state"])
    work.record(AcceptRequested(reservation_id=offer["id"], interaction_id=interaction_id, agent_id=agent_id))
