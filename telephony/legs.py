"""Facts about call legs: rows of ``call_legs`` moved by conditional updates, with their events.

A leg's id is known before the leg: an agent's leg has its reservation's id, a customer's its interaction's. So
every fact can be written twice, by whoever saw it, and happens once.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from core import clock
from core.agent import LegEndReason, LegRole, LegState
from core.db import UnitOfWork
from core.events import CallLegAnswered, CallLegEnded, CallLegFailed
from core.tables import call_legs

_ADD = """
    insert into call_legs (id, domain, interaction_id, reservation_id, agent_id, role, channel_name, unique_id, state,
                           created_at, answered_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing
"""
_ANSWERED = """
    update call_legs set state = 'up', channel_name = $2, answered_at = $3 where id = $1 and state = 'ringing'
    returning id, interaction_id, reservation_id, agent_id, role
"""
_OVER = """
    update call_legs set state = case state when 'up' then 'ended' else 'failed' end,
                         end_reason = $2, hangup_cause = $3, ended_at = $4
    where id = $1 and state in ('ringing', 'up')
    returning id, interaction_id, reservation_id, agent_id, role, state
"""
_LIVE = (LegState.RINGING.value, LegState.UP.value)


def customer_leg_up(work: UnitOfWork, interaction_id: UUID, channel_name: str, unique_id: str) -> None:
    """The customer's end of the call exists."""
    now = clock.now()
    work.write(
        _ADD, interaction_id, work.domain, interaction_id, None, None, LegRole.CUSTOMER.value, channel_name, unique_id,
        LegState.UP.value, now, now,
    )  # fmt: skip


def leg_ringing(
    work: UnitOfWork, reservation_id: UUID, *, interaction_id: UUID, agent_id: UUID, endpoint: str, unique_id: str
) -> None:
    """The agent's phone is being rung."""
    work.write(
        _ADD, reservation_id, work.domain, interaction_id, reservation_id, agent_id, LegRole.AGENT.value,
        f"PJSIP/{endpoint}", unique_id, LegState.RINGING.value, clock.now(), None,
    )  # fmt: skip


async def leg_answered(work: UnitOfWork, leg_id: UUID, channel_name: str) -> bool:
    """The agent's leg is bridged with its caller. False when that is no news."""
    rows = await work.fetch(_ANSWERED, leg_id, channel_name, clock.now())
    for row in rows:
        work.record(CallLegAnswered(**_about(row)))
    return bool(rows)


async def leg_over(work: UnitOfWork, leg_id: UUID, reason: LegEndReason, cause: int) -> bool:
    """The leg is gone: ``call_leg.ended`` when it was up, ``call_leg.failed`` when it never was."""
    rows = await work.fetch(_OVER, leg_id, reason.value, cause, clock.now())
    for row in rows:
        told = CallLegEnded if row["state"] == LegState.ENDED.value else CallLegFailed
        work.record(told(**_about(row), reason=reason))
    return bool(rows)


async def live_legs(work: UnitOfWork) -> list[Any]:
    """All legs of the domain that are not over: id, interaction_id, reservation_id, agent_id, role, unique_id,
    channel_name, state."""
    found = await work.execute(select(call_legs).where(call_legs.c.domain == work.domain, call_legs.c.state.in_(_LIVE)))
    return list(found.all())


def _about(row: Any) -> dict[str, Any]:
    return {
        "leg_id": row["id"],
        "interaction_id": row["interaction_id"],
        "reservation_id": row["reservation_id"],
        "agent_id": row["agent_id"],
        "role": LegRole(row["role"]),
    }
