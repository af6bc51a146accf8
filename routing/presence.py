"""What an agent chooses: available, away with a reason, offline. Called in the unit of work of whoever asks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Row

from core import clock
from core.agent import Presence, WorkState
from core.db import UnitOfWork
from core.errors import NotFound, Refusal
from core.events import AgentPresenceChanged
from core.logs import logger
from core.tables import agent_states, agents

log = logger(__name__)

_REASON = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class PresenceState:
    """An agent's presence after the call. ``changed`` is False when it stood like that before."""

    agent_id: UUID
    presence: Presence
    reason: str | None
    since: datetime
    version: int
    changed: bool


async def change_presence(
    work: UnitOfWork, agent_id: UUID, presence: Presence, reason: str | None = None
) -> PresenceState:
    """Set an agent's presence; away needs a reason code (lower case letters, digits, ``_``; 40 at most).

    An offer that rings at the agent's place goes on ringing when they go away, and goes to the next agent when
    they go offline. Refusals: ``presence.reason_invalid``, ``agent.unknown``.
    """
    _check(presence, reason)
    now = clock.now()
    row = await work.one_or_none(_update(agent_id, presence, reason, now).where(agent_states.c.domain == work.domain))
    if row is not None:
        return _announce(work, row)
    present = await _present(work, agent_id)
    if present is None:
        await _first(work, agent_id, now)
        return await change_presence(work, agent_id, presence, reason)
    return _state(present, changed=False)


def _check(presence: Presence, reason: str | None) -> None:
    valid = _REASON.fullmatch(reason or "") is not None if presence is Presence.AWAY else reason is None
    if not valid:
        raise Refusal("presence.reason_invalid", "Away needs a reason code; available and offline have none.")


def _update(agent_id: UUID, presence: Presence, reason: str | None, now: datetime) -> Any:
    state = agent_states.c
    came_back = (state.presence != Presence.AVAILABLE.value) & (state.work_state == WorkState.IDLE.value)
    idle_since = case((came_back, now), else_=state.idle_since) if presence is Presence.AVAILABLE else state.idle_since
    return (
        update(agent_states)
        .where(state.agent_id == agent_id)
        .where((state.presence != presence.value) | state.presence_reason.is_distinct_from(reason))
        .values(
            presence=presence.value, presence_reason=reason, presence_since=now, idle_since=idle_since,
            version=state.version + 1,
        )
        .returning(*state)
    )  # fmt: skip


async def _present(work: UnitOfWork, agent_id: UUID) -> Row[Any] | None:
    state = agent_states.c
    return await work.one_or_none(select(agent_states).where(state.agent_id == agent_id, state.domain == work.domain))


async def _first(work: UnitOfWork, agent_id: UUID, now: datetime) -> None:
    """Make the row of an agent who has none yet. Raises ``NotFound`` when there is no such agent."""
    known = select(agents.c.id).where(agents.c.id == agent_id, agents.c.domain == work.domain)
    if await work.one_or_none(known) is None:
        raise NotFound("agent.unknown", "There is no such agent.")
    values = {"agent_id": agent_id, "domain": work.domain, "presence": "offline", "presence_since": now,
              "work_state": "idle", "work_since": now, "idle_since": now, "version": 1}  # fmt: skip
    await work.execute(insert(agent_states).values(values).on_conflict_do_nothing())


def _announce(work: UnitOfWork, row: Row[Any]) -> PresenceState:
    state = _state(row, changed=True)
    work.record(
        AgentPresenceChanged(
            agent_id=state.agent_id, presence=state.presence, reason=state.reason, since=state.since,
            version=state.version,
        )
    )  # fmt: skip
    log.info("agent presence changed", agent_id=str(state.agent_id), to=state.presence.value, reason=state.reason)
    return state


def _state(row: Row[Any], *, changed: bool) -> PresenceState:
    return PresenceState(
        row.agent_id, Presence(row.presence), row.presence_reason, row.presence_since, row.version, changed
    )
