"""An agent, or a supervisor for them, chooses available, away or offline."""

from __future__ import annotations

from uuid import UUID

from agent_desk.snapshot import AWAY_REASONS
from core.agent import Presence
from core.db import UnitOfWork
from core.errors import Refusal
from routing import presence as routing_presence


async def change_presence(work: UnitOfWork, agent_id: UUID, presence: Presence, reason: str | None) -> None:
    """Set the presence. ``Refusal`` (``presence.reason_unknown`` …) or ``NotFound`` (``agent.unknown``) otherwise."""
    if presence is Presence.AWAY and reason not in AWAY_REASONS:
        raise Refusal("presence.reason_unknown", "Choose one of the reasons for being away.", reasons=AWAY_REASONS)
    await routing_presence.change_presence(work, agent_id, presence, reason)
