"""A contact that waits is kept for one agent, for a while."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from agent_desk.bodies import KeepFor
from agent_desk.outgoing import demand_agent
from core import clock
from core.db import UnitOfWork
from core.errors import Conflict, NotFound
from core.events import InteractionRevised
from core.interaction import InteractionState, Kind
from core.interactions import revise
from core.tables import interactions


async def keep_for(work: UnitOfWork, interaction_id: UUID, wanted: KeepFor) -> None:
    """Only this agent is asked, until the time is over. ``NotFound`` (``interaction.unknown``, ``agent.unknown``) or
    ``Conflict`` (``interaction.not_waiting``: an agent is being rung or has it)."""
    await demand_agent(work, wanted.agent_id)
    known = select(interactions.c.id).where(interactions.c.id == interaction_id, interactions.c.domain == work.domain)
    if await work.one_or_none(known) is None:
        raise NotFound("interaction.unknown", "There is no such contact.")
    row = await revise(
        work, interaction_id, because="kept for an agent", expect=[InteractionState.QUEUED],
        demanded_agents=[wanted.agent_id], demanded_until=clock.now() + timedelta(seconds=wanted.seconds),
    )  # fmt: skip
    if row is None:
        raise Conflict("interaction.not_waiting", "This contact does not wait any more.")
    work.record(
        InteractionRevised(interaction_id=interaction_id, kind=Kind(row.kind), because="kept", version=row.version)
    )
