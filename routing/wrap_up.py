"""The end of the wrap-up at the desk: the interaction closes, the agent is free. Called in the desk's unit of work."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.engine import Row

from core import clock
from core.agent import WorkState
from core.db import UnitOfWork
from core.errors import Conflict, NotFound
from core.events import AgentWorkChanged, InteractionClosed
from core.interaction import EndReason, InteractionState
from core.interactions import advance
from core.tables import agent_states, interactions, reservations


async def finish_wrap_up(work: UnitOfWork, interaction_id: UUID, agent_id: UUID) -> bool:
    """Close an interaction that this agent is wrapping up, release its reservation, free the agent.

    True when this call did it; False when it was over before (finished twice, or ended by its deadline): an outcome
    may be recorded all the same. Refusals: ``interaction.unknown`` (no such one of this agent's),
    ``wrap_up.not_started`` (the customer is still there).
    """
    now = clock.now()
    row = await _close(work, interaction_id, agent_id, now)
    if row is None:
        await _refuse_unless_over(work, interaction_id, agent_id)
        return False
    work.record(
        InteractionClosed(
            interaction_id=row.id, queue_id=row.queue_id, agent_id=row.agent_id, end_reason=EndReason(row.end_reason),
            version=row.version,
        )
    )  # fmt: skip
    await _free_agent(work, interaction_id, agent_id, now)
    return True


async def _close(work: UnitOfWork, interaction_id: UUID, agent_id: UUID, now: datetime) -> Row[Any] | None:
    mine = select(interactions.c.id).where(
        interactions.c.id == interaction_id, interactions.c.domain == work.domain, interactions.c.agent_id == agent_id
    )
    if await work.one_or_none(mine) is None:
        raise NotFound("interaction.unknown", "There is no such interaction of yours.")
    return await advance(
        work, interaction_id, InteractionState.CLOSED, because="wrap-up finished",
        expect=[InteractionState.WRAPPING], closed_at=now, wrap_up_until=None,
    )  # fmt: skip


async def _refuse_unless_over(work: UnitOfWork, interaction_id: UUID, agent_id: UUID) -> None:
    row = await work.one_or_none(select(interactions.c.state).where(interactions.c.id == interaction_id))
    if row is None or row.state != InteractionState.CLOSED.value:
        raise Conflict("wrap_up.not_started", "The customer is still there.")


async def _free_agent(work: UnitOfWork, interaction_id: UUID, agent_id: UUID, now: datetime) -> None:
    await work.execute(
        update(reservations)
        .where(reservations.c.interaction_id == interaction_id, reservations.c.released_at.is_(None))
        .values(released_at=now)
    )
    state = agent_states.c
    row = await work.one_or_none(
        update(agent_states)
        .where(state.agent_id == agent_id, state.interaction_id == interaction_id)
        .where(state.work_state == WorkState.WRAPPING.value)
        .values(
            work_state=WorkState.IDLE.value, work_since=now, idle_since=now, interaction_id=None, wrap_up_until=None,
            version=state.version + 1,
        )
        .returning(*state)
    )  # fmt: skip
    if row is not None:
        work.record(
            AgentWorkChanged(
                agent_id=agent_id, work_state=WorkState.IDLE, since=now, interaction_id=None, load=row.load,
                version=row.version,
            )
        )  # fmt: skip
