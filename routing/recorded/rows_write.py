"""Writing a made-up day into the tables of real ones, so that a new company has a past to try things on.

Plainly made up: the reservations' epoch is 0, which no writer has, and the actor in the event log is ``seed:day``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from core.agent import AwayReason, Presence, ReservationState
from core.event import Event
from core.events import AgentPresenceChanged, EndpointReachabilityChanged
from core.ids import new_id
from core.interaction import EndReason, InteractionState
from routing.recorded.day import Span, Staffer
from routing.recorded.demo_day import Caller, DemoDay
from routing.recorded.desk import Case
from routing.recorded.running import Outcome

ACTOR = "seed:day"
_NO_EPOCH = 0
_CALLERS = """
select c.id, c.tier, c.credit_grade, a.code as account_manager, i.kind, i.value
from customers c left join agents a on a.id = c.owner_agent_id and a.active
join lateral (select kind, value from customer_identities where customer_id = c.id order by kind desc limit 1) i on true
where c.domain = $1 order by c.id limit $2
"""
_MOST_CALLERS = 2000
_Row = dict[str, Any]


async def read_callers(connection: asyncpg.Connection, domain: str) -> list[Caller]:
    """Customers who may call."""
    rows = await connection.fetch(_CALLERS, domain, _MOST_CALLERS)
    return [
        Caller(row["id"], row["tier"], row["credit_grade"], row["account_manager"], row["kind"], row["value"])
        for row in rows
    ]


async def write_day(
    connection: asyncpg.Connection, domain: str, midnight: datetime, made: DemoDay, outcome: Outcome
) -> int:
    """Write the day that began at ``midnight`` in one transaction; how many interactions that is."""
    agents = {row["code"]: row["id"] for row in await connection.fetch(_IDS.format("agents"), domain)}
    queues = {row["code"]: row["id"] for row in await connection.fetch(_IDS.format("queues"), domain)}
    rows = _Rows(domain, midnight, agents, queues, {each.code: each.duty for each in made.script.day.staff})
    callers = dict(zip(map(id, made.script.fates), made.callers, strict=True))
    for case in outcome.cases:
        rows.add_case(case, callers[id(case.fate)])
    for staffer in made.script.day.staff:
        rows.add_shift(staffer)
    async with connection.transaction():
        await _copy(connection, "interactions", rows.interactions)
        await _copy(connection, "reservations", rows.reservations)
        await _copy(connection, "event_log", sorted(rows.events, key=lambda row: row["at"]))
    return len(rows.interactions)


_IDS = "select id, code from {} where domain = $1"


async def _copy(connection: asyncpg.Connection, table: str, rows: Iterable[_Row]) -> None:
    records = list(rows)
    if records:
        columns = list(records[0])
        await connection.copy_records_to_table(table, records=[tuple(row.values()) for row in records], columns=columns)


class _Rows:
    def __init__(
        self, domain: str, midnight: datetime, agents: Mapping[str, UUID], queues: Mapping[str, UUID],
        duty: Mapping[str, Sequence[Span]],
    ) -> None:  # fmt: skip
        self.domain, self.midnight, self.agents, self.queues = domain, midnight, agents, queues
        self.interactions: list[_Row] = []
        self.reservations: list[_Row] = []
        self.events: list[_Row] = []
        self.duty = duty
        self._version = 0

    def at(self, seconds: float) -> datetime:
        return self.midnight + timedelta(seconds=seconds)

    def add_case(self, case: Case, caller: Caller) -> None:
        interaction_id, reservations = new_id(), list(self._reservations(case))
        self.reservations += [row | {"interaction_id": interaction_id} for row in reservations]
        agent_id = self.agents[case.desk.code] if case.answered and case.desk else None
        ringing = any(row["state"] == ReservationState.RESCINDED.value for row in reservations)
        left = EndReason.ABANDONED_RINGING if ringing else EndReason.ABANDONED_IN_QUEUE
        contact = case.fate.contact
        self.interactions.append(
            {
                "id": interaction_id, "domain": self.domain, "channel": contact.channel,
                "state": InteractionState.CLOSED.value, "customer_id": caller.id, "address_kind": caller.address_kind,
                "address": caller.address, "queue_id": self.queues[contact.queue], "agent_id": agent_id,
                "reservation_id": reservations[-1]["id"] if case.answered else None,
                "end_reason": (EndReason.COMPLETED if case.answered else left).value, "created_at": self.at(case.at),
                "queued_at": self.at(case.at), "answered_at": self.at(case.started) if case.answered else None,
                "ended_at": self.at(case.ended), "closed_at": self.at(max(case.ended, case.released)),
                "tier": contact.tier, "credit_grade": contact.grade,
                "account_manager_id": self.agents.get(contact.account_manager or ""),
            }
        )  # fmt: skip

    def _reservations(self, case: Case) -> Iterator[_Row]:
        for offer in case.offers:
            accepted = offer.state is ReservationState.ACCEPTED
            yield {
                "id": new_id(), "domain": self.domain, "agent_id": self.agents[offer.agent],
                "queue_id": self.queues[case.fate.contact.queue], "channel": case.fate.contact.channel,
                "state": offer.state.value, "epoch": _NO_EPOCH, "created_at": self.at(offer.at),
                "deadline_at": self.at(offer.at + 20.0), "decided_at": self.at(offer.until),
                "released_at": self.at(case.released if accepted else offer.until),
            }  # fmt: skip
            if offer.state is ReservationState.EXPIRED:
                self._missed(offer.agent, offer.until, case.fate.contact.rings[0].away)

    def _missed(self, agent: str, at: float, away: float) -> None:
        """Away until he comes back, unless a break or the end of the shift came first."""
        self._presence(agent, at, Presence.AWAY, AwayReason.RONA.value)
        if any(since <= at and at + away < until for since, until in self.duty[agent]):
            self._presence(agent, at + away, Presence.AVAILABLE, None)

    def add_shift(self, staffer: Staffer) -> None:
        """A phone that can be rung for the length of the shift, and breaks."""
        begin, end = staffer.duty[0][0], staffer.duty[-1][1]
        agent_id = self.agents[staffer.code]
        for moment, reachable in ((begin, True), (end, False)):
            at = self.at(moment)
            self._event(EndpointReachabilityChanged(agent_id=agent_id, reachable=reachable, since=at, at=at))
        for since, until in staffer.duty:
            self._presence(staffer.code, since, Presence.AVAILABLE, None)
            gone = (Presence.OFFLINE, None) if until == end else (Presence.AWAY, AwayReason.BREAK.value)
            self._presence(staffer.code, until, *gone)

    def _presence(self, agent: str, moment: float, presence: Presence, reason: str | None) -> None:
        self._version += 1
        at = self.at(moment)
        self._event(
            AgentPresenceChanged(
                agent_id=self.agents[agent], presence=presence, reason=reason, since=at, version=self._version, at=at
            )
        )

    def _event(self, event: Event) -> None:
        self.events.append(
            {
                "id": event.id, "domain": self.domain, "name": event.name, "at": event.at, "actor": ACTOR,
                "agent_id": event.subject_agent, "payload": orjson.dumps(event.model_dump(mode="json")).decode(),
            }
        )  # fmt: skip
