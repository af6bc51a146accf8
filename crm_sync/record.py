"""The customer record as the pop and the desk show it: one round trip, however many customers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from core.db import fetch

NEWEST = 20


@dataclass(frozen=True, slots=True)
class Profile:
    """Who the customer is. ``value_year``: revenue of twelve months; ``identities``: [{"kind", "value"}].

    ``facts``: what must be known in a call, as the console shows it: ``open`` ([{"kind", "text", "due_at"}]),
    ``preferences``, ``taboos`` and whatever else the company keeps.
    """

    id: UUID
    kind: str
    name: str
    form_of_address: str
    language: str | None
    tier: str
    credit_grade: str | None
    lifecycle: str
    owner_agent_id: UUID | None
    owner_name: str | None
    value_year: Decimal | None
    site: str | None
    facts: dict[str, Any]
    created_at: datetime
    version: int
    identities: list[dict[str, str]]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One contact or change. ``deliveries``: how far it got, [{"connector", "state", "attempts", "last_error"}]."""

    id: UUID
    customer_id: UUID
    kind: str
    at: datetime
    title: str
    body: dict[str, Any]
    interaction_id: UUID | None
    agent_id: UUID | None
    agent_name: str | None
    deliveries: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class CustomerRecord:
    """Profile and the newest entries of the timeline, newest first."""

    profile: Profile
    timeline: list[TimelineEntry]


_PROFILE_COLUMNS = """
    select c.id, c.kind, c.name, c.form_of_address, c.language, c.tier, c.credit_grade, c.lifecycle, c.owner_agent_id,
           o.name as owner_name, c.value_year, c.site, c.facts, c.created_at, c.version,
           coalesce((select jsonb_agg(jsonb_build_object('kind', i.kind, 'value', i.value) order by i.created_at, i.id)
                     from customer_identities i where i.customer_id = c.id), '[]') as identities
"""
_PROFILE = text(
    _PROFILE_COLUMNS
    + """
    from customers c left join agents o on o.id = c.owner_agent_id
    where c.id = :id and c.domain = :domain
    """
).columns(facts=JSONB, identities=JSONB)
_ENTRIES = """
    select t.id, t.customer_id, t.kind, t.at, t.title, t.body, t.interaction_id, t.agent_id, a.name as agent_name,
           case when t.interaction_id is null then '[]' else coalesce((
               select jsonb_agg(jsonb_build_object('connector', c.name, 'state', d.state, 'attempts', d.attempts,
                                                   'last_error', d.last_error) order by c.name)
               from outbox b join deliveries d on d.outbox_id = b.id join connectors c on c.id = d.connector_id
               where b.interaction_id = t.interaction_id), '[]') end as deliveries
"""
_RECORDS = (
    _PROFILE_COLUMNS  # noqa: S608 (constants)
    + """, h.timeline
    from customers c left join agents o on o.id = c.owner_agent_id
    cross join lateral (select coalesce(jsonb_agg(to_jsonb(e) order by e.at desc), '[]') as timeline from ("""
    + _ENTRIES
    + """
        from (select * from timeline_entries where customer_id = c.id order by at desc limit $3) t
        left join agents a on a.id = t.agent_id) e) h
    where c.id = any($1) and c.domain = $2
    """
)
_TIMELINE = text(
    _ENTRIES  # noqa: S608 (constants)
    + """
    from (select * from timeline_entries
          where customer_id = :id and at <= coalesce(cast(:before as timestamptz), 'infinity')
          order by at desc limit :most) t
    left join agents a on a.id = t.agent_id order by t.at desc
    """
).columns(body=JSONB, deliveries=JSONB)
_OF_INTERACTIONS = text(
    _ENTRIES
    + """
    from timeline_entries t left join agents a on a.id = t.agent_id
    where t.interaction_id = any(:interactions) and t.kind in ('call', 'message') and t.domain = :domain
    """
).columns(body=JSONB, deliveries=JSONB)


async def read_record(connection: AsyncConnection, domain: str, customer_id: UUID) -> CustomerRecord | None:
    """Profile and newest timeline of a customer of the domain, or None."""
    return (await read_records(connection, domain, [customer_id])).get(customer_id)


async def read_records(connection: AsyncConnection, domain: str, ids: Collection[UUID]) -> dict[UUID, CustomerRecord]:
    """The records of these customers of the domain; unknown ids are left out."""
    rows = await fetch(connection, _RECORDS, list(ids), domain, NEWEST)
    return {row["id"]: _record(row) for row in rows}


async def read_profile(connection: AsyncConnection, domain: str, customer_id: UUID) -> Profile | None:
    """The profile alone."""
    row = (await connection.execute(_PROFILE, {"id": customer_id, "domain": domain})).one_or_none()
    return Profile(**row._mapping) if row else None


async def read_timeline(
    connection: AsyncConnection, customer_id: UUID, before: datetime | None = None, most: int = NEWEST
) -> list[TimelineEntry]:
    """Entries at or before that moment, newest first; the caller has checked that the customer is of its domain."""
    rows = await connection.execute(_TIMELINE, {"id": customer_id, "before": before, "most": most})
    return [TimelineEntry(**row._mapping) for row in rows]


async def read_entries(connection: AsyncConnection, domain: str, interactions: Collection[UUID]) -> list[TimelineEntry]:
    """The entries of these interactions, in no order."""
    values = {"interactions": list(interactions), "domain": domain}
    return [TimelineEntry(**row._mapping) for row in await connection.execute(_OF_INTERACTIONS, values)]


def _record(row: asyncpg.Record) -> CustomerRecord:
    values = dict(row)
    timeline = [_entry(entry) for entry in values.pop("timeline")]
    return CustomerRecord(Profile(**values), timeline)


def _entry(entry: dict[str, Any]) -> TimelineEntry:
    """An entry that came as JSON."""
    ids = {name: UUID(entry[name]) for name in ("id", "customer_id", "interaction_id", "agent_id") if entry[name]}
    return TimelineEntry(**(entry | ids | {"at": datetime.fromisoformat(entry["at"]).astimezone(UTC)}))
