"""The outbox: what other systems shall hear, written in the transaction that made it true."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from core.db import UnitOfWork
from core.ids import new_id
from crm_sync.call_facts import CallFacts
from crm_sync.timeline import call_body

OUTCOME_RECORDED = "outcome.recorded"

_CUSTOMER = text(
    """
    select c.id, c.name, c.kind, c.tier, c.credit_grade,
           coalesce((select jsonb_agg(jsonb_build_object('kind', i.kind, 'value', i.value) order by i.created_at, i.id)
                     from customer_identities i where i.customer_id = c.id), '[]') as identities
    from customers c where c.id = :id
    """
).columns(identities=JSONB)
_PUT = text(
    """
    with entry as (
        insert into outbox (id, domain, kind, customer_id, interaction_id, payload, created_at)
        values (:id, :domain, :kind, :customer_id, :interaction_id, cast(:payload as jsonb), :created_at)
        returning id, customer_id, position)
    insert into deliveries (id, outbox_id, connector_id, customer_id, position)
    select gen_random_uuid(), e.id, c.id, e.customer_id, e.position
    from entry e join connectors c on c.domain = :domain and c.enabled
    """
)


async def put_outcome(work: UnitOfWork, facts: CallFacts, wrap_up_seconds: int, recorded_at: datetime) -> UUID:
    """Put an outcome into the outbox with one delivery for each enabled connector; the entry's id.

    That id is the idempotency key by which every receiver knows the outcome.
    """
    customer = (await work.execute(_CUSTOMER, {"id": facts.customer_id})).one()
    payload = _outcome_payload(facts, dict(customer._mapping), wrap_up_seconds, recorded_at)
    outbox_id = new_id()
    values = {
        "id": outbox_id, "domain": work.domain, "kind": OUTCOME_RECORDED, "customer_id": facts.customer_id,
        "interaction_id": facts.id, "payload": orjson.dumps(payload, default=str).decode(), "created_at": recorded_at,
    }  # fmt: skip
    await work.execute(_PUT, values)
    return outbox_id


def _outcome_payload(
    facts: CallFacts, customer: dict[str, Any], wrap_up_seconds: int, recorded_at: datetime
) -> dict[str, Any]:
    """What receivers get under ``data``. Times are ISO 8601 in UTC, durations are seconds."""
    interaction = {
        "id": facts.id, "created_at": facts.created_at, "queued_at": facts.queued_at,
        "answered_at": facts.answered_at, "ended_at": facts.ended_at,
        **{key: value for key, value in call_body(facts).items() if key not in ("outcome", "note", "agent")},
    }  # fmt: skip
    outcome = {
        "code": facts.outcome_code, "name_en": facts.outcome_name_en, "name_zh": facts.outcome_name_zh,
        "note": facts.note, "wrap_up_seconds": wrap_up_seconds, "recorded_at": recorded_at,
    }  # fmt: skip
    agent = {"id": facts.agent_id, "code": facts.agent_code, "name": facts.agent_name}
    return {"customer": customer, "interaction": interaction, "agent": agent, "outcome": outcome}
