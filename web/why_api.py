"""Why routing decided as it did, and why somebody still waits."""

from __future__ import annotations

from uuid import UUID

from agent_desk.explanation_bodies import Why
from agent_desk.ownership import Asker as For
from web.permissions import Asker
from web.services import Given


async def why(interaction_id: UUID, asker: Asker, services: Given) -> Why:
    """All decisions about a contact, and what would help it while it waits."""
    return await services.explainer.explain(interaction_id, For.of(asker.user))
