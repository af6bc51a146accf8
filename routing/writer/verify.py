"""The slow safety net: does memory agree with the tables? It always should; where not, say so loudly and rebuild."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

import orjson

from core.bus_reader import BusReader
from core.logs import logger
from routing.floor.floor import Floor
from routing.writer.session import WriterSession
from routing.writer.statements import LIVE_RESERVATIONS
from routing.writer.term import Term

log = logger(__name__)

_DIGEST = """
with held as ({held}), live as materialized (
    select id, state, version, kind = 'live' or answered_at is not null as on_line
    from interactions where domain = $1 and state <> 'closed'
    and state in ('queued', 'offered', 'active', 'held', 'wrapping'))
select (select coalesce(sum(version), 0) + count(*) from live) as items,
       (select coalesce(sum(version), 0) from agent_states where domain = $1) as agents,
       (select count(*) from agent_endpoints where domain = $1 and reachable) as reachable,
       (select count(*) from held) as reservations,
       (select count(*) from live where state <> 'wrapping' and exists (
            select 1 from call_legs l
            where on_line and l.interaction_id = live.id and l.role = 'customer' and l.state = 'ended')) as left_behind
""".replace("{held}", LIVE_RESERVATIONS)
_DIFFERENCES = """
with held as ({held}), live as materialized (
    select id, state, version, kind = 'live' or answered_at is not null as on_line
    from interactions where domain = $1 and state <> 'closed'
    and state in ('queued', 'offered', 'active', 'held', 'wrapping')),
items as (select id, version from json_to_recordset($2::json) as t (id uuid, version int)),
agents as (
    select id, version, reachable from json_to_recordset($3::json) as t (id uuid, version int, reachable boolean)),
reservations as (select id from json_to_recordset($4::json) as t (id uuid))
select 'interaction' as what, id, live.version from live full join items using (id)
where live.id is null or items.id is null or live.version > items.version
union all
select 'agent', s.agent_id, s.version from agent_states s left join agent_endpoints e on e.agent_id = s.agent_id
left join agents on agents.id = s.agent_id
where s.domain = $1 and (
    agents.id is null or s.version > agents.version or coalesce(e.reachable, false) <> agents.reachable)
union all
select 'reservation', id, null from held full join reservations using (id)
where held.id is null or reservations.id is null
union all
select 'customer left', id, null from live where on_line and state <> 'wrapping'
  and exists (select 1 from call_legs l where l.interaction_id = live.id and l.role = 'customer' and l.state = 'ended')
  and not exists (select 1 from call_legs l where l.interaction_id = live.id and l.role = 'customer'
                  and l.state in ('ringing', 'up'))
""".replace("{held}", LIVE_RESERVATIONS)


class Verifier:
    """Compares by digest, and by rows when the digest differs, on a session of its own while decisions go on.

    Tables and memory are read one after the other, and the tables may be ahead by what is still in the stream, or on
    its way to it: a difference counts when it is there again after memory has heard everything up to a later moment.
    """

    def __init__(self, session: WriterSession, domain: str, term: Term, reader: BusReader) -> None:
        self._session = session
        self._domain = domain
        self._term = term
        self._reader = reader
        self._suspects: frozenset[Hashable] = frozenset()
        self._heard_when_past: bytes | None = None

    @property
    def has_suspects(self) -> bool:
        """Whether the last check found differences that a later one must confirm."""
        return bool(self._suspects)

    async def check(self) -> None:
        """Compare, and rebuild when a difference has stayed. Raises RedisError or OSError without a bus."""
        if self._suspects:
            await self._confirm()
        elif not await self._is_alike():
            self._suspects, self._heard_when_past = await self._differences(), None

    async def _confirm(self) -> None:
        if self._heard_when_past is None:
            self._heard_when_past = await self._reader.newest()
        if not self._reader.is_past(self._heard_when_past):
            return
        stayed = self._suspects & await self._differences()
        self._suspects = frozenset()
        if stayed:
            log.error("memory and tables differ, rebuilding", differences=[str(each) for each in list(stayed)[:10]])
            await self._term.rebuild()

    async def _is_alike(self) -> bool:
        row = (await self._session.fetch(_DIGEST, self._domain))[0]
        return tuple(row) == _digest(self._term.floor)

    async def _differences(self) -> frozenset[Hashable]:
        floor = self._term.floor
        items = _json({"id": item.id, "version": item.version} for item in floor.items.values())
        agents = _json(
            {"id": agent.id, "version": agent.version, "reachable": agent.reachable} for agent in floor.agents.values()
        )
        reservations = _json({"id": reservation_id} for reservation_id in floor.reservations)
        rows = await self._session.fetch(_DIFFERENCES, self._domain, items, agents, reservations)
        return frozenset[Hashable](tuple(row) for row in rows)


def _json(rows: Iterable[dict[str, Any]]) -> str:
    return orjson.dumps(list(rows), default=str).decode()


def _digest(floor: Floor) -> tuple[int, int, int, int, int]:
    return (
        sum(item.version + 1 for item in floor.items.values()),
        sum(agent.version for agent in floor.agents.values()),
        sum(agent.reachable for agent in floor.agents.values()),
        len(floor.reservations),
        0,
    )
