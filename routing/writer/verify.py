"""The slow safety net: does memory agree with the tables? It always should; where not, say so loudly and rebuild."""

from __future__ import annotations

from collections.abc import Hashable

from core.bus_reader import BusReader
from core.logs import logger
from routing.floor.floor import Floor
from routing.floor.reconcile import Leg
from routing.writer import load
from routing.writer.session import WriterSession
from routing.writer.term import Term

log = logger(__name__)

_DIGEST = """
with live as materialized (
    select id, state, version, kind = 'live' or answered_at is not null as on_line
    from interactions where domain = $1 and state <> 'closed'
    and state in ('queued', 'offered', 'active', 'held', 'wrapping'))
select (select coalesce(sum(version), 0) + count(*) from live) as items,
       (select coalesce(sum(version), 0) from agent_states where domain = $1) as agents,
       (select count(*) from agent_endpoints where domain = $1 and reachable) as reachable,
       (select count(*) from reservations where domain = $1 and released_at is null) as reservations,
       (select count(*) from live where state <> 'wrapping' and exists (
            select 1 from call_legs l
            where on_line and l.interaction_id = live.id and l.role = 'customer' and l.state = 'ended')) as left_behind
"""


class Verifier:
    """Compares by digest, and by rows when the digest differs. The tables may be ahead of memory by what is still in
    the stream, so a difference counts when it is there after memory has heard everything up to the first look."""

    def __init__(self, session: WriterSession, domain: str, term: Term, reader: BusReader) -> None:
        self._session = session
        self._domain = domain
        self._term = term
        self._reader = reader
        self._suspects: frozenset[Hashable] = frozenset()
        self._heard_when_past = b""

    @property
    def has_suspects(self) -> bool:
        """Whether the last check found differences that a later one must confirm."""
        return bool(self._suspects)

    async def check(self) -> None:
        """Compare, and rebuild when a difference has stayed. Raises RedisError or OSError without a bus."""
        if self._suspects and not self._reader.is_past(self._heard_when_past):
            return
        if await self._term.undisturbed(self._is_alike):
            self._suspects = frozenset()
            return
        found = await self._term.undisturbed(self._differences)
        stayed = found & self._suspects
        self._suspects = found - stayed
        self._heard_when_past = await self._reader.newest()
        if stayed:
            log.error("memory and tables differ, rebuilding", differences=[str(each) for each in list(stayed)[:10]])
            await self._term.rebuild()

    async def _is_alike(self) -> bool:
        row = (await self._session.fetch(_DIGEST, self._domain))[0]
        return tuple(row) == _digest(self._term.floor)

    async def _differences(self) -> frozenset[Hashable]:
        rows = await load.everything(self._session, self._domain)
        return _facts(rows.floor(), rows.legs) - _facts(self._term.floor, [])


def _digest(floor: Floor) -> tuple[int, int, int, int, int]:
    return (
        sum(item.version + 1 for item in floor.items.values()),
        sum(agent.version for agent in floor.agents.values()),
        sum(agent.reachable for agent in floor.agents.values()),
        len(floor.reservations),
        0,
    )


def _facts(floor: Floor, legs: list[Leg]) -> frozenset[Hashable]:
    items = {("interaction", item.id, item.version) for item in floor.items.values()}
    agents = {("agent", agent.id, agent.version, agent.reachable) for agent in floor.agents.values()}
    held = {("reservation", reservation.id, reservation.state) for reservation in floor.reservations.values()}
    gone = {
        ("customer left", leg.interaction_id)
        for leg in legs
        if leg.role == "customer" and not leg.customer_is_up and _expected(floor, leg)
    }
    return frozenset[Hashable](items | agents | held | gone)


def _expected(floor: Floor, leg: Leg) -> bool:
    """Whether the customer of a leg should be on the line."""
    item = floor.items.get(leg.interaction_id)
    return item is None or not item.must_be_called
