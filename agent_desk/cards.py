"""Customers' cards, many in one look: who it is, what must be known, the newest history."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.views import CustomerCard, TimelineEntry

NEWEST = 20
_ENTRY = """
        jsonb_build_object(
            'id', t.id, 'kind', t.kind, 'at', t.at, 'title', t.title, 'body', t.body, 'agent_name', a.name,
            'delivery', coalesce(d.state, 'none'))
"""
_DELIVERY = """
        left join lateral (
            select case when bool_or(d.state = 'dead') then 'dead' when bool_or(d.state = 'pending') then 'pending'
                        when count(d.id) > 0 then 'delivered' end as state
            from outbox b join deliveries d on d.outbox_id = b.id
            where b.interaction_id = t.interaction_id) d on true
"""
_CARDS = text(
    f"""
    select c.id, c.version, c.kind, c.name, c.form_of_address, c.language, c.tier, c.credit_grade, c.lifecycle,
           o.name as owner_name, c.value_year, c.site, c.facts,
           array(select i.value from customer_identities i where i.customer_id = c.id order by i.created_at, i.id)
           as addresses, coalesce(h.timeline, '[]') as timeline
    from customers c left join agents o on o.id = c.owner_agent_id
    left join lateral (
        select jsonb_agg({_ENTRY} order by t.at desc) as timeline
        from (select * from timeline_entries e where e.customer_id = c.id order by e.at desc limit :newest) t
        left join agents a on a.id = t.agent_id
        {_DELIVERY}
    ) h on true
    where c.id = any(:ids) and c.domain = :domain
    """
).columns(facts=JSONB, timeline=JSONB)
_ENTRIES = text(
    f"""
    select t.customer_id, {_ENTRY} as entry
    from timeline_entries t left join agents a on a.id = t.agent_id {_DELIVERY}
    where t.interaction_id = any(:interactions) and t.domain = :domain and t.kind = 'call'
    """
).columns(entry=JSONB)


async def read_cards(connection: AsyncConnection, domain: str, ids: Collection[UUID]) -> dict[UUID, CustomerCard]:
    """The cards of these customers; unknown ids are left out."""
    if not ids:
        return {}
    rows = await connection.execute(_CARDS, {"ids": list(ids), "domain": domain, "newest": NEWEST})
    return {row.id: _card(row) for row in rows}


async def read_entries(
    connection: AsyncConnection, domain: str, interactions: Collection[UUID]
) -> list[tuple[UUID, TimelineEntry]]:
    """The customers and lines of the history that these interactions have."""
    rows = await connection.execute(_ENTRIES, {"interactions": list(interactions), "domain": domain})
    return [(row.customer_id, TimelineEntry.model_validate(row.entry)) for row in rows]


def _card(row: Row[Any]) -> CustomerCard:
    values = row._asdict()
    timeline = [TimelineEntry.model_validate(entry) for entry in values.pop("timeline")]
    return CustomerCard.model_validate({**values, "timeline": timeline})
