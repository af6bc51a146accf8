"""Facts about call legs: rows of ``call_legs`` moved by conditional updates, with their events.

A leg's id is known before the leg: an agent's leg has its reservation's id, a customer's its interaction's. So
every fact can be written twice, by whoever saw it, and happens once.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import Insert, insert

from core import clock
from core.agent import LegEndReason, LegRole, LegState
from core.db import UnitOfWork
from core.events import CallLegAnswered, CallLegEnded, CallLegFailed
from core.tables import call_legs

_LIVE = (LegState.RINGING.value, LegState.UP.value)


def customer_leg_up(domain: str, interaction_id: UUID, channel_name: str, unique_id: str) -> Insert:
    """The row that says that the customer's end of the call exists; written together with the interaction."""
    now = clock.now()
    row = {
        "id": interaction_id,
        "domain": domain,
        "interaction_id": interaction_id,
        "role": LegRole.CUSTOMER.value,
        "channel_name": channel_name,
        "unique_id": unique_id,
        "state": LegState.UP.value,
        "created_at": now,
        "answered_at": now,
    }
    return insert(call_legs).values(row).on_conflict_do_nothing()


async def leg_ringing(
    work: UnitOfWork, reservation_id: UUID, *, interaction_id: UUID, agent_id: UUID, endpoint: str, unique_id: str
) -> None:
    """The agent's phone is being rung."""
    row = {
        "id": reservation_id,
        "domain": work.domain,
        "interaction_id": interaction_id,
        "reservation_id": reservation_id,
        "agent_id": agent_id,
        "role": LegRole.AGENT.value,
        "channel_name": f"PJSIP/{endpoint}",
        "unique_id": unique_id,
        "state": LegState.RINGING.value,
        "created_at": clock.now(),
    }
    await work.execute(insert(call_legs).values(row).on_conflict_do_nothing())


async def leg_answered(work: UnitOfWork, leg_id: UUID, channel_name: str) -> bool:
    """The agent's leg is bridged with its caller. False when that is no news."""
    up = {"state": LegState.UP.value, "channel_name": channel_name, "answered_at": clock.now()}
    row = await _move(work, leg_id, (LegState.RINGING.value,), **up)
    if row is not None:
        work.record(CallLegAnswered(**_about(row)))
    return row is not None


async def leg_over(work: UnitOfWork, leg_id: UUID, reason: LegEndReason, cause: int) -> bool:
    """The leg is gone: ``call_leg.ended`` when it was up, ``call_leg.failed`` when it never was."""
    was_up = await _move(work, leg_id, (LegState.UP.value,), state=LegState.ENDED.value, **_end(reason, cause))
    if was_up is not None:
        work.record(CallLegEnded(**_about(was_up), reason=reason))
        return True
    rang = await _move(work, leg_id, (LegState.RINGING.value,), state=LegState.FAILED.value, **_end(reason, cause))
    if rang is not None:
        work.record(CallLegFailed(**_about(rang), reason=reason))
    return rang is not None


async def live_legs(work: UnitOfWork) -> list[Any]:
    """All legs of the domain that are not over: id, interaction_id, reservation_id, agent_id, role, unique_id,
    channel_name, state."""
    found = await work.execute(select(call_legs).where(call_legs.c.domain == work.domain, call_legs.c.state.in_(_LIVE)))
    return list(found.all())


def _end(reason: LegEndReason, cause: int) -> dict[str, Any]:
    return {"end_reason": reason.value, "hangup_cause": cause, "ended_at": clock.now()}


async def _move(work: UnitOfWork, leg_id: UUID, expect: tuple[str, ...], **values: Any) -> Any:
    statement = (
        update(call_legs)
        .where(call_legs.c.id == leg_id, call_legs.c.state.in_(expect))
        .values(**values)
        .returning(*call_legs.c)
    )
    return await work.one_or_none(statement)


def _about(row: Any) -> dict[str, Any]:
    return {
        "leg_id": row.id,
        "interaction_id": row.interaction_id,
        "reservation_id": row.reservation_id,
        "agent_id": row.agent_id,
        "role": LegRole(row.role),
    }
