"""Taking a message off an agent's load, in the unit of work of whoever ends it or gives it away."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Text, case, func, literal, select, update
from sqlalchemy.engine import Row

from core.agent import WorkState
from core.db import UnitOfWork
from core.errors import Conflict, NotFound
from core.events import AgentWorkChanged
from core.interaction import Channel, InteractionState
from core.tables import agent_states, interactions, reservations

_STATE = agent_states.c


async def message_of(work: UnitOfWork, interaction_id: UUID, agent_id: UUID) -> InteractionState | None:
    """Where a message of this agent's stands, and stays until the unit of work is over; None when it was his once.

    Refusals: ``interaction.unknown`` (no such one of his), ``interaction.not_a_message`` (a call).
    """
    found = interactions.c
    row = await work.one_or_none(
        select(found.channel, found.state, found.agent_id)
        .where(found.id == interaction_id, found.domain == work.domain)
        .with_for_update()
    )
    if row is None or (row.agent_id != agent_id and not await _was_his(work, interaction_id, agent_id)):
        raise NotFound("interaction.unknown", "There is no such interaction of yours.")
    if row.channel == Channel.VOICE.value:
        raise Conflict("interaction.not_a_message", "This is a call.")
    return InteractionState(row.state) if row.agent_id == agent_id else None


async def _was_his(work: UnitOfWork, interaction_id: UUID, agent_id: UUID) -> bool:
    accepted = select(reservations.c.id).where(
        reservations.c.interaction_id == interaction_id, reservations.c.agent_id == agent_id,
        reservations.c.state == "accepted",
    )  # fmt: skip
    return await work.one_or_none(accepted.limit(1)) is not None


async def take_off(work: UnitOfWork, interaction_id: UUID, agent_id: UUID, now: datetime) -> None:
    """Release the agent's reservation of a message and lower his load by it; nothing where it was released before."""
    released = await work.one_or_none(
        update(reservations)
        .where(reservations.c.interaction_id == interaction_id, reservations.c.agent_id == agent_id)
        .where(reservations.c.released_at.is_(None))
        .values(released_at=now)
        .returning(reservations.c.channel)
    )
    if released is None:
        return
    row = await work.one_or_none(
        update(agent_states)
        .where(_STATE.agent_id == agent_id)
        .values(load=_less_one(released.channel), idle_since=now, version=_STATE.version + 1)
        .returning(*_STATE)
    )
    if row is not None:
        work.record(_work_changed(row))


def _less_one(channel: str) -> Any:
    key = literal(channel, Text)
    left = func.coalesce(_STATE.load[channel].astext.cast(Integer), 0) - 1
    return case((left > 0, _STATE.load.op("||")(func.jsonb_build_object(key, left))), else_=_STATE.load.op("-")(key))


def _work_changed(row: Row[Any]) -> AgentWorkChanged:
    return AgentWorkChanged(
        agent_id=row.agent_id, work_state=WorkState(row.work_state), since=row.work_since,
        interaction_id=row.interaction_id, wrap_up_until=row.wrap_up_until, load=row.load, version=row.version,
    )  # fmt: skip
