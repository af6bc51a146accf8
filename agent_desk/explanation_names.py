"""The names in an explanation: of agents, of other customers who waited, of skills."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.views import Label
from core.db import fetch
from routing.explanation import Explained
from routing.explanation_reads import Offer, Subject
from routing.waiting import Waiting

_AGENTS = "select id, name from agents where domain = $1 and id = any($2)"
_CUSTOMERS = """
select i.id, c.name from interactions i join customers c on c.id = i.customer_id where i.domain = $1 and i.id = any($2)
"""
_SKILLS = "select code, name_en, name_zh from skills where domain = $1 and code = any($2)"
_QUEUE = """
select q.name_en, q.name_zh from interactions i join queues q on q.id = i.queue_id where i.domain = $1 and i.id = $2
"""


@dataclass(frozen=True, slots=True)
class Names:
    """What is no longer there has no name; its code or nothing stands for it."""

    agents: dict[UUID, str]
    customers: dict[UUID, str]
    """By interaction."""
    skills: dict[str, Label]
    queue: Label | None

    def skill(self, code: str) -> Label:
        """The name of a skill."""
        return self.skills.get(code) or Label(en=code, zh=code)


async def read_names(
    connection: AsyncConnection, domain: str, subject: Subject, offers: list[Offer], waiting: Waiting | None
) -> Names:
    """Everybody and everything that is named."""
    records = [offer.record for offer in offers if offer.record is not None]
    agents = {*(offer.agent_id for offer in offers), *_agents(records, waiting)}
    items = {rival.interaction_id for record in records for rival in record.items}
    skills = await fetch(connection, _SKILLS, domain, list(_skills(records, waiting)))
    queue = await fetch(connection, _QUEUE, domain, subject.id)
    return Names(
        agents={row["id"]: row["name"] for row in await fetch(connection, _AGENTS, domain, list(agents))},
        customers={row["id"]: row["name"] for row in await fetch(connection, _CUSTOMERS, domain, list(items))},
        skills={row["code"]: Label(en=row["name_en"], zh=row["name_zh"]) for row in skills},
        queue=Label(en=queue[0]["name_en"], zh=queue[0]["name_zh"]) if queue else None,
    )


def _agents(records: Iterable[Explained], waiting: Waiting | None) -> set[UUID]:
    kept = {kept.agent_id for kept in waiting.kept_for} if waiting else set[UUID]()
    return kept | {candidate.agent_id for record in records for candidate in record.agents}


def _skills(records: Iterable[Explained], waiting: Waiting | None) -> set[str]:
    told = [*records, *((waiting,) if waiting else ())]
    return {code for each in told for code, _ in (*each.skills, *each.preferred)} | set(
        waiting.reserved_for if waiting else ()
    )
