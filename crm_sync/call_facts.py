"""What is known of a call that ended or is being concluded, read in one round trip for many calls at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from core.db import UnitOfWork


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One interaction with the names of what it points to. ``menu_path``: [{"node", "choice", "label"}]."""

    id: UUID
    domain: str
    channel: str
    state: str
    customer_id: UUID
    address: str
    called_number: str
    language: str
    menu_path: list[dict[str, Any]]
    end_reason: str | None
    created_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    queue_code: str | None
    queue_name_en: str | None
    queue_name_zh: str | None
    agent_id: UUID | None
    agent_code: str | None
    agent_name: str | None
    outcome_code: str | None
    outcome_name_en: str | None
    outcome_name_zh: str | None
    note: str | None

    @property
    def waited_seconds(self) -> int | None:
        """From the entry into the queue to the answer, or to the end if nobody answered; None: never queued."""
        return _between(self.queued_at, self.answered_at or self.ended_at)

    @property
    def talk_seconds(self) -> int | None:
        """From the answer to the end; None while it lasts or if nobody answered."""
        return _between(self.answered_at, self.ended_at)


_FACTS = text(
    """
    select i.id, i.domain, i.channel, i.state, i.customer_id, i.address, i.called_number, i.language, i.menu_path,
           i.end_reason, i.created_at, i.queued_at, i.answered_at, i.ended_at,
           q.code as queue_code, q.name_en as queue_name_en, q.name_zh as queue_name_zh,
           i.agent_id, a.code as agent_code, a.name as agent_name,
           o.code as outcome_code, c.name_en as outcome_name_en, c.name_zh as outcome_name_zh, o.note
    from interactions i
    left join queues q on q.id = i.queue_id
    left join agents a on a.id = i.agent_id
    left join outcomes o on o.interaction_id = i.id
    left join outcome_codes c on c.domain = o.domain and c.code = o.code
    where i.id = any(:ids) and i.domain = :domain
    """
).columns(menu_path=JSONB)


async def read_call_facts(work: UnitOfWork, interaction_ids: Sequence[UUID]) -> list[CallFacts]:
    """The facts of those interactions of the domain that exist, in no order."""
    rows = await work.execute(_FACTS, {"ids": list(interaction_ids), "domain": work.domain})
    return [CallFacts(**row._mapping) for row in rows]


def _between(start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None else max(0, round((end - start).total_seconds()))
