"""An agent or supervisor ends a call from the screen."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from agent_desk.ownership import Asker
from core.db import UnitOfWork
from core.errors import Conflict, NotFound
from core.events import HangupRequested
from core.interaction import InteractionState
from core.tables import interactions

_UNKNOWN = "interaction.unknown", "There is no such call of yours."
_TALKING = (InteractionState.ACTIVE, InteractionState.HELD)


async def hang_up(work: UnitOfWork, interaction_id: UUID, asker: Asker) -> None:
    """Ask telephony to end the call. A call that is over already is no error.

    ``NotFound`` (``interaction.unknown``) or ``Conflict`` (``interaction.not_active``: agents decline what rings).
    """
    wanted = select(interactions).where(interactions.c.id == interaction_id, interactions.c.domain == work.domain)
    row = await work.one_or_none(wanted)
    if row is None:
        raise NotFound(*_UNKNOWN)
    asker.demand(row.agent_id, *_UNKNOWN)
    state = InteractionState(row.state)
    if state not in InteractionState.live():
        return
    if state not in _TALKING and not asker.sees_all:
        raise Conflict("interaction.not_active", "Nobody talks in this call yet.", state=state.value)
    work.record(HangupRequested(interaction_id=interaction_id, agent_id=asker.agent_id))
