"""Why this agent, why still waiting: a supervisor asks about any interaction, an agent about their own."""

from __future__ import annotations

import asyncio
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.explanation_bodies import Why
from agent_desk.explanation_names import read_names
from agent_desk.explanation_views import why_view
from agent_desk.ownership import Asker
from core import clock
from core.db import Database
from core.errors import NotFound
from core.interaction import InteractionState
from routing.explanation_reads import read_offers, read_subject, read_waiting
from routing.waiting import Waiting

_UNKNOWN = "interaction.unknown", "There is no such contact of yours."


class Explainer:
    """One for a process. Building an engine for a question takes a while with many agents: one at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._building = asyncio.Lock()

    async def explain(self, interaction_id: UUID, asker: Asker) -> Why:
        """All decisions about an interaction, and why it waits. ``NotFound`` (``interaction.unknown``)."""
        async with self._database.reading() as connection:
            subject = await read_subject(connection, self._database.domain, interaction_id)
            if subject is None:
                raise NotFound(*_UNKNOWN)
            asker.demand(subject.agent_id, *_UNKNOWN)
            offers = await read_offers(connection, self._database.domain, interaction_id)
            waits = subject.state is InteractionState.QUEUED
            waiting = await self._waiting(connection, interaction_id) if waits else None
            names = await read_names(connection, self._database.domain, subject, offers, waiting)
        return why_view(subject, offers, waiting, names, asker)

    async def _waiting(self, connection: AsyncConnection, interaction_id: UUID) -> Waiting | None:
        async with self._building:
            return await read_waiting(connection, self._database.domain, interaction_id, clock.now())
