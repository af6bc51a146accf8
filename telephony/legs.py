"""Facts about call legs: rows of ``call_legs`` moved by conditional updates, with their events.

A leg's id is known before the leg: an agent's leg has its reservation's id, a customer's its interaction's. So
every fact can be written twice, by whoever saw it, and happens once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core import clock
from core.agent import LegEndReason, LegRole, LegState
from core.db import UnitOfWork
from core.events import CallLegAnswered, CallLegEnded, CallLegFailed

_ADD = """
    insert into call_legs (id, domain, interaction_id, reservation_id, agent_id, role, channel_name, unique_id, state,
                           created_at, answered_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing
"""
_ANSWERED = """
    insert into call_legs (id, domain, interaction_id, reservation_id, agent_id, role, channel_name, unique_id, state,
                           created_at, answered_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, 'up', $9, $10)
    on conflict (id) do update set state = 'up', channel_name = excluded.channel_name,
                                   answered_at = excluded.answered_at
    where call_legs.state = 'ringing' returning id
"""
_OVER = """
    update call_legs set state = $3, end_reason = $4, hangup_cause = $5, ended_at = $6 where id = $1 and state = $2
    returning id
"""
_ENDS = ((LegState.UP, LegState.ENDED, CallLegEnded), (LegState.RINGING, LegState.FAILED, CallLegFailed))


@dataclass(frozen=True, slots=True)
class LegId:
    """Whose leg it is: a customer's without ``reservation_id``, else that of the reservation's agent. ``own``: the id
    of a leg by which we call the customer."""

    interaction_id: UUID
    reservation_id: UUID | None = None
    agent_id: UUID | None = None
    own: UUID | None = None

    @property
    def leg_id(self) -> UUID:
        return self.own or self.reservation_id or self.interaction_id


def customer_leg(domain: str, interaction_id: UUID, channel_name: str, unique_id: str) -> dict[str, Any]:
    """The row of the customer's end of the call, which exists."""
    now = clock.now()
    return {
        "id": interaction_id, "domain": domain, "interaction_id": interaction_id, "reservation_id": None,
        "agent_id": None, "role": LegRole.CUSTOMER.value, "channel_name": channel_name, "unique_id": unique_id,
        "state": LegState.UP.value, "created_at": now, "answered_at": now,
    }  # fmt: skip


def write_new(work: UnitOfWork, row: dict[str, Any]) -> None:
    """Insert a row of ``customer_leg``."""
    work.write(_ADD, *row.values())


def leg_ringing(work: UnitOfWork, leg: LegId, endpoint: str, unique_id: str, rung_at: datetime) -> None:
    """The agent's phone is being rung."""
    work.write(
        _ADD, leg.leg_id, work.domain, leg.interaction_id, leg.reservation_id, leg.agent_id, LegRole.AGENT.value,
        f"PJSIP/{endpoint}", unique_id, LegState.RINGING.value, rung_at, None,
    )  # fmt: skip


def customer_called(work: UnitOfWork, leg: LegId, unique_id: str, rung_at: datetime) -> None:
    """We call the customer."""
    work.write(
        _ADD, leg.leg_id, work.domain, leg.interaction_id, None, None, LegRole.CUSTOMER.value, "", unique_id,
        LegState.RINGING.value, rung_at, None,
    )  # fmt: skip


def answer_of(leg: LegId) -> CallLegAnswered:
    """The event of a leg that is bridged with its caller, or that of a customer who has answered our call."""
    return CallLegAnswered(**_about(leg))


def leg_answered(
    work: UnitOfWork, answer: CallLegAnswered, channel_name: str, unique_id: str, rung_at: datetime
) -> None:
    """The agent's leg is bridged with its caller, rung before or not; nothing happens when that is no news."""
    work.write(
        _ANSWERED, answer.leg_id, work.domain, answer.interaction_id, answer.reservation_id, answer.agent_id,
        answer.role.value, channel_name, unique_id, rung_at, clock.now(), tells=answer,
    )  # fmt: skip


def end_of(leg: LegId, reason: LegEndReason, *, was_up: bool) -> CallLegEnded | CallLegFailed:
    """The event of a leg's end: ``call_leg.ended`` when it was up, ``call_leg.failed`` when it never was."""
    return CallLegEnded(**_about(leg), reason=reason) if was_up else CallLegFailed(**_about(leg), reason=reason)


def leg_over(work: UnitOfWork, end: CallLegEnded | CallLegFailed, cause: int) -> None:
    """The leg is gone; told if that is news. Should the row know better whether it was up, the row is right."""
    leg = LegId(end.interaction_id, end.reservation_id, end.agent_id, own=end.leg_id)
    for before, after, kind in _ENDS:
        work.write(
            _OVER, leg.leg_id, before.value, after.value, end.reason.value, cause, clock.now(),
            tells=end if isinstance(end, kind) else end_of(leg, end.reason, was_up=before is LegState.UP),
        )  # fmt: skip


def _about(leg: LegId) -> dict[str, Any]:
    return {
        "leg_id": leg.leg_id,
        "interaction_id": leg.interaction_id,
        "reservation_id": leg.reservation_id,
        "agent_id": leg.agent_id,
        "role": LegRole.CUSTOMER if leg.reservation_id is None else LegRole.AGENT,
    }
