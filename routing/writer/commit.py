"""One change, one statement, one transaction: guarded by the epoch and by the version of every row.

The rows' updates, the new reservations and the events stand or fall together: ``demand`` at the end refuses the
whole when the epoch has been raised or any row has moved on.
"""

from __future__ import annotations

from typing import Any

import orjson

from core.events import Event
from routing.floor.change import Change
from routing.floor.rows import Agent, Item, Reservation
from routing.writer.session import WriterSession

_STATEMENT = """
with guard as materialized (select 1 from domains where id = $1 and epoch = $2 for share),
settled as (
    update reservations r set state = t.state, decided_at = t.decided_at, released_at = t.released_at
    from unnest($3::uuid[], $4::text[], $5::bool[], $6::text[], $7::timestamptz[], $8::timestamptz[])
         as t (id, old_state, old_released, state, decided_at, released_at)
    where r.id = t.id and r.state = t.old_state and (r.released_at is not null) = t.old_released
      and exists (select 1 from guard) returning 1),
moved as (
    update interactions i set version = t.version, state = t.state, priority_boost = t.boost, agent_id = t.agent_id,
        reservation_id = t.reservation_id, end_reason = t.end_reason, answered_at = t.answered_at,
        ended_at = t.ended_at, wrap_up_until = t.wrap_up_until, closed_at = t.closed_at
    from unnest($9::uuid[], $10::int[], $11::int[], $12::text[], $13::int[], $14::uuid[], $15::uuid[], $16::text[],
                $17::timestamptz[], $18::timestamptz[], $19::timestamptz[], $20::timestamptz[])
         as t (id, old_version, version, state, boost, agent_id, reservation_id, end_reason, answered_at, ended_at,
               wrap_up_until, closed_at)
    where i.id = t.id and i.version = t.old_version and exists (select 1 from guard) returning 1),
staffed as (
    update agent_states s set version = t.version, presence = t.presence, presence_reason = t.reason,
        presence_since = t.presence_since, work_state = t.work_state, work_since = t.work_since,
        interaction_id = t.interaction_id, idle_since = t.idle_since, wrap_up_until = t.wrap_up_until
    from unnest($21::uuid[], $22::int[], $23::int[], $24::text[], $25::text[], $26::timestamptz[], $27::text[],
                $28::timestamptz[], $29::uuid[], $30::timestamptz[], $31::timestamptz[])
         as t (agent_id, old_version, version, presence, reason, presence_since, work_state, work_since,
               interaction_id, idle_since, wrap_up_until)
    where s.agent_id = t.agent_id and s.version = t.old_version and exists (select 1 from guard) returning 1),
offered as (
    insert into reservations (id, domain, interaction_id, agent_id, queue_id, channel, state, epoch, created_at,
                              deadline_at, decision)
    select t.id, $1, t.interaction_id, t.agent_id, t.queue_id, t.channel, 'pending', $2, t.created_at, t.deadline_at,
           t.decision::jsonb
    from unnest($32::uuid[], $33::uuid[], $34::uuid[], $35::uuid[], $36::text[], $37::timestamptz[],
                $38::timestamptz[], $39::text[])
         as t (id, interaction_id, agent_id, queue_id, channel, created_at, deadline_at, decision)
    where (select count(*) from settled) = cardinality($3::uuid[]) returning 1),
logged as (
    insert into event_log (id, domain, name, at, actor, interaction_id, agent_id, payload)
    select t.id, $1, t.name, t.at, 'routing', t.interaction_id, t.agent_id, t.payload::jsonb
    from unnest($40::uuid[], $41::text[], $42::timestamptz[], $43::uuid[], $44::uuid[], $45::text[])
         with ordinality as t (id, name, at, interaction_id, agent_id, payload, n)
    where exists (select 1 from guard) order by t.n returning position),
listed as (insert into event_unpublished (position) select position from logged returning position)
select demand(exists (select 1 from guard), 'writer.deposed'),
       demand((select count(*) from settled) = cardinality($3::uuid[])
              and (select count(*) from moved) = cardinality($9::uuid[])
              and (select count(*) from staffed) = cardinality($21::uuid[])
              and (select count(*) from offered) = cardinality($32::uuid[]), 'change.stale'),
       array(select position from listed order by position) as positions
"""


async def commit(session: WriterSession, domain: str, epoch: int, change: Change) -> list[tuple[int, Event]]:
    """Write a change; returns its events with their positions, to be announced.

    Raises ``StaleError`` (nothing was written), ``DeposedError`` or ``SessionLostError`` (unknown whether written).
    """
    change.close_books()
    values = [
        *_settled(change), *_items(change), *_agents(change), *_offered(change), *_events(change.events),
    ]  # fmt: skip
    rows = await session.fetch(_STATEMENT, domain, epoch, *values)
    return list(zip(rows[0]["positions"], change.events, strict=True))


def _columns(rows: list[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(width)]


def _settled(change: Change) -> list[list[Any]]:
    def row(new: Reservation) -> tuple[Any, ...]:
        old = change.before[new.id]
        return new.id, old.state, old.released_at is not None, new.state, new.decided_at, new.released_at

    return _columns([row(new) for new in change.settled.values()], 6)


def _items(change: Change) -> list[list[Any]]:
    def row(new: Item) -> tuple[Any, ...]:
        old = change.floor.items[new.id]
        return (
            new.id, old.version, new.version, new.state, new.priority_boost, new.agent_id, new.reservation_id,
            new.end_reason, new.answered_at, new.ended_at, new.wrap_up_until, new.closed_at,
        )  # fmt: skip

    return _columns([row(new) for new in change.items.values()], 12)


def _agents(change: Change) -> list[list[Any]]:
    def row(new: Agent) -> tuple[Any, ...]:
        old = change.floor.agents[new.id]
        return (
            new.id, old.version, new.version, new.presence, new.presence_reason, new.presence_since, new.work_state,
            new.work_since, new.interaction_id, new.idle_since, new.wrap_up_until,
        )  # fmt: skip

    changed = [new for new in change.agents.values() if new.version != change.floor.agents[new.id].version]
    return _columns([row(new) for new in changed], 11)


def _offered(change: Change) -> list[list[Any]]:
    def row(new: Reservation) -> tuple[Any, ...]:
        return (
            new.id, new.interaction_id, new.agent_id, new.queue_id, new.channel, new.created_at, new.deadline_at,
            orjson.dumps(new.decision).decode(),
        )  # fmt: skip

    return _columns([row(new) for new in change.offered.values()], 8)


def _events(events: list[Event]) -> list[list[Any]]:
    rows = [
        (event.id, event.name, event.at, event.subject_interaction, event.subject_agent, event.model_dump_json())
        for event in events
    ]
    return _columns(rows, 6)
