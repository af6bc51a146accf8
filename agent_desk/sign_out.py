"""An agent signs out for the day."""

from __future__ import annotations

from uuid import UUID

from core.db import UnitOfWork


async def leave(work: UnitOfWork, agent_id: UUID) -> None:
    """The agent's last session ends: they are offline; work that they still hold goes on."""
    del work, agent_id
