"""An agent signs out for the day."""

from __future__ import annotations

from uuid import UUID

from core.agent import Presence
from core.db import UnitOfWork
from core.errors import NotFound
from routing.presence import change_presence


async def leave(work: UnitOfWork, agent_id: UUID) -> None:
    """The agent's last session ends: they are offline; work that they still hold goes on."""
    try:
        await change_presence(work, agent_id, Presence.OFFLINE)
    except NotFound:
        return
