"""How browsers' phones register: an agent's own, and the demo customer's."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.bodies import DemoCustomer, EntryNumber, Softphone
from core.agent import EndpointKind
from core.tables import agent_endpoints, entry_numbers

_PER_TIER = 3
_AMONG = 2000
_CALLERS = text(
    """
    select r.name, i.value, r.tier from (
        select f.*, row_number() over (partition by f.tier order by f.id) as place from (
            select c.id, c.name, c.tier from customers c
            where c.domain = :domain and c.lifecycle <> 'prospect' order by c.id limit :among) f) r
    join lateral (
        select value from customer_identities n where n.customer_id = r.id and n.kind = 'phone'
        order by n.created_at, n.id limit 1) i on true
    where r.place <= :most order by r.tier, r.place
    """
)


async def read_softphone(
    connection: AsyncConnection, agent_id: UUID, name: str, *, ws_url: str, sip_domain: str
) -> Softphone:
    """The registration of an agent's browser phone; with an empty ``ws_url`` when there is none for this agent."""
    wanted = select(agent_endpoints).where(agent_endpoints.c.agent_id == agent_id)
    row = (await connection.execute(wanted)).one_or_none()
    if row is None or row.kind != EndpointKind.WEBRTC or not ws_url:
        return Softphone(ws_url="", uri="", username="", password="", display_name=name)
    return Softphone(
        ws_url=ws_url, uri=f"sip:{row.endpoint}@{sip_domain}", username=row.endpoint, password=row.secret,
        display_name=name,
    )  # fmt: skip


async def read_numbers(connection: AsyncConnection, domain: str) -> list[EntryNumber]:
    """The company's numbers."""
    wanted = select(entry_numbers).where(entry_numbers.c.domain == domain).order_by(entry_numbers.c.number)
    return [EntryNumber(number=row.number, name=row.name) for row in await connection.execute(wanted)]


async def read_callers(connection: AsyncConnection, domain: str) -> Sequence[DemoCustomer]:
    """A few customers of every tier whom the visitor of the demo page may play."""
    rows = await connection.execute(_CALLERS, {"domain": domain, "most": _PER_TIER, "among": _AMONG})
    return [DemoCustomer(name=row.name, number=row.value, tier=row.tier) for row in rows]
