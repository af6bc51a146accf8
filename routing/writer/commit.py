"""One change, one statement, one transaction: guarded by lock and epoch, and by the version of every row.

The rows' updates, the new reservations and the events stand or fall together: ``demand`` at the end refuses the
whole when the epoch has been raised or any row has moved on.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson

from core.event import Event
from routing.floor.change import Change
from routing.floor.rows import Agent, Item
from routing.writer.session import WriterSession

Record = dict[str, Any]

_GUARD = "guard as materialized (select 1 from domains where id = $1 and epoch = $2)"
"""No row lock: the session that commits also holds the domain's advisory lock, and who raises the epoch has got that
lock, so this session is over by then with all that it had begun."""
_DECIDED = ("version", "state", "priority_boost", "agent_id", "reservation_id")
"""What a decision changes of an interaction that waits."""
_PARTS = {
    "carried": """
    insert into interactions ({columns})
    select {columns} from json_populate_recordset(null::interactions, {rows}::json)
    where exists (select 1 from guard) returning 1""",
    "leg": """
    insert into call_legs ({columns}) select {columns} from json_populate_recordset(null::call_legs, {rows}::json)
    where exists (select 1 from guard) on conflict do nothing returning 1""",
    "settled": """
    update reservations r set state = t.state, decided_at = t.decided_at, released_at = t.released_at
    from json_to_recordset({rows}::json) as t (
        id uuid, old_state text, old_released boolean, state text, decided_at timestamptz, released_at timestamptz)
    where r.id = t.id and r.state = t.old_state and (r.released_at is not null) = t.old_released
      and exists (select 1 from guard) returning 1""",
    "moved": """
    update interactions i set version = t.version, state = t.state, priority_boost = t.priority_boost,
        agent_id = t.agent_id, reservation_id = t.reservation_id, end_reason = t.end_reason,
        answered_at = t.answered_at, ended_at = t.ended_at, wrap_up_until = t.wrap_up_until, closed_at = t.closed_at
    from json_to_recordset({rows}::json) as t (
        id uuid, old_version int, version int, state text, priority_boost int, agent_id uuid, reservation_id uuid,
        end_reason text, answered_at timestamptz, ended_at timestamptz, wrap_up_until timestamptz,
        closed_at timestamptz)
    where i.id = t.id and i.version = t.old_version and exists (select 1 from guard) returning 1""",
    "recalled": """
    update interactions i set version = t.version, state = t.state, priority_boost = t.priority_boost,
        agent_id = t.agent_id, reservation_id = t.reservation_id, end_reason = t.end_reason,
        answered_at = t.answered_at, ended_at = t.ended_at, wrap_up_until = t.wrap_up_until, closed_at = t.closed_at,
        attempts = t.attempts, due_at = t.due_at
    from json_to_recordset({rows}::json) as t (
        id uuid, old_version int, version int, state text, priority_boost int, agent_id uuid, reservation_id uuid,
        end_reason text, answered_at timestamptz, ended_at timestamptz, wrap_up_until timestamptz,
        closed_at timestamptz, attempts int, due_at timestamptz)
    where i.id = t.id and i.version = t.old_version and exists (select 1 from guard) returning 1""",
    "redirected": """
    update interactions i set version = t.version, state = t.state, queue_id = t.queue_id, agent_id = t.agent_id,
        reservation_id = t.reservation_id
    from json_to_recordset({rows}::json) as t (
        id uuid, old_version int, version int, state text, queue_id uuid, agent_id uuid, reservation_id uuid)
    where i.id = t.id and i.version = t.old_version and exists (select 1 from guard) returning 1""",
    "staffed": """
    update agent_states s set version = t.version, presence = t.presence, presence_reason = t.presence_reason,
        presence_since = t.presence_since, work_state = t.work_state, work_since = t.work_since,
        interaction_id = t.interaction_id, idle_since = t.idle_since, wrap_up_until = t.wrap_up_until,
        missed = t.missed
    from json_to_recordset({rows}::json) as t (
        id uuid, old_version int, version int, presence text, presence_reason text, presence_since timestamptz,
        work_state text, work_since timestamptz, interaction_id uuid, idle_since timestamptz,
        wrap_up_until timestamptz, missed int)
    where s.agent_id = t.id and s.version = t.old_version and exists (select 1 from guard) returning 1""",
    "loaded": """
    update agent_states s set version = t.version, presence = t.presence, presence_reason = t.presence_reason,
        presence_since = t.presence_since, work_state = t.work_state, work_since = t.work_since,
        interaction_id = t.interaction_id, idle_since = t.idle_since, wrap_up_until = t.wrap_up_until,
        missed = t.missed, load = t.load
    from json_to_recordset({rows}::json) as t (
        id uuid, old_version int, version int, presence text, presence_reason text, presence_since timestamptz,
        work_state text, work_since timestamptz, interaction_id uuid, idle_since timestamptz,
        wrap_up_until timestamptz, missed int, load jsonb)
    where s.agent_id = t.id and s.version = t.old_version and exists (select 1 from guard) returning 1""",
    "offered": """
    insert into reservations (id, domain, interaction_id, agent_id, queue_id, channel, state, epoch, created_at,
                              deadline_at, decision)
    select t.id, $1, t.interaction_id, t.agent_id, t.queue_id, t.channel, t.state, $2, t.created_at, t.deadline_at,
           t.decision
    from json_to_recordset({rows}::json) as t (
        id uuid, interaction_id uuid, agent_id uuid, queue_id uuid, channel text, state text,
        created_at timestamptz, deadline_at timestamptz, decision jsonb)
    where {after_settled} and exists (select 1 from guard) returning 1""",
    "joined": """
    insert into reservations (id, domain, interaction_id, agent_id, queue_id, channel, state, epoch, created_at,
                              deadline_at, decision, together)
    select t.id, $1, t.interaction_id, t.agent_id, t.queue_id, t.channel, t.state, $2, t.created_at, t.deadline_at,
           t.decision, true
    from json_to_recordset({rows}::json) as t (
        id uuid, interaction_id uuid, agent_id uuid, queue_id uuid, channel text, state text,
        created_at timestamptz, deadline_at timestamptz, decision jsonb)
    where {after_settled} and exists (select 1 from guard) returning 1""",
}
_LOGGED = """
logged as (
    insert into event_log (id, domain, name, at, actor, interaction_id, agent_id, payload)
    select t.id, $1, t.name, t.at, t.actor, t.interaction_id, t.agent_id, t.payload
    from rows from (json_to_recordset($3::json) as (
        id uuid, name text, at timestamptz, actor text, interaction_id uuid, agent_id uuid, payload jsonb))
        with ordinality as t (id, name, at, actor, interaction_id, agent_id, payload, n)
    where exists (select 1 from guard) order by t.n returning position),
listed as (insert into event_unpublished (position) select position from logged returning position)
select demand(exists (select 1 from guard), 'writer.deposed'), {demands}
       array(select position from listed order by position) as positions
"""
_DEMAND = "demand((select count(*) from {name}) = json_array_length({rows}::json), 'change.stale'),"
_FIRST_PLACE = 4


@lru_cache
def _statement(names: tuple[str, ...], columns: tuple[tuple[str, ...], ...] = ()) -> str:
    """The statement that writes these parts; ``$3`` are the events, ``$4`` and on the parts' rows, as JSON.

    ``columns``: those of a carried interaction and of its leg, which are the first two parts then.
    """
    # an agent has one live reservation: those that are released go first
    after_settled = "(select count(*) from settled) >= 0" if "settled" in names else "true"
    places = {name: f"${number}" for number, name in enumerate(names, _FIRST_PLACE)}
    listed = dict(zip(names, map(", ".join, columns), strict=False))
    parts = [
        f"{name} as ({_PARTS[name].format(rows=rows, after_settled=after_settled, columns=listed.get(name))})"
        for name, rows in places.items()
    ]
    demands = " ".join(_DEMAND.format(name=name, rows=rows) for name, rows in places.items())
    return f"with {', '.join((_GUARD, *parts))},{_LOGGED.format(demands=demands)}"


async def commit(session: WriterSession, domain: str, epoch: int, change: Change) -> list[tuple[int, Event]]:
    """Write a change; returns its events with their positions, to be announced.

    Raises ``StaleError`` (nothing was written), ``DeposedError`` or ``SessionLostError`` (unknown whether written).
    """
    change.close_books()
    carried = _carried(change)
    # locked in the order in which a desk locks them that ends a wrap-up: interaction, reservation, agent
    found = carried | {
        "moved": _moved(change), "recalled": _recalled(change), "redirected": _redirected(change),
        "settled": _settled(change), "staffed": _staffed(change), "loaded": _loaded(change),
        "offered": _offered(change), "joined": _offered(change, joint=True),
    }  # fmt: skip
    parts = {name: _json(rows) for name, rows in found.items() if rows}
    statement = _statement(tuple(parts), tuple(tuple(rows[0]) for rows in carried.values()))
    told = _told(change)
    rows = await session.fetch(statement, domain, epoch, _json([row for row, _ in told]), *parts.values())
    return list(zip(rows[0]["positions"], (event for _, event in told), strict=True))


def _json(rows: list[Record]) -> str:
    return orjson.dumps(rows, default=str).decode()  # the driver has a UUID class of its own


def _carried(change: Change) -> dict[str, list[Record]]:
    """The interaction that is written with what was decided about it, and its leg."""
    if change.carried is None:
        return {}
    row = change.carried.row
    item = change.item(row["id"])
    decided = {name: getattr(item, name) for name in _DECIDED}
    return {"carried": [row | decided], "leg": [change.carried.leg]}


def _settled(change: Change) -> list[Record]:
    return [
        {"id": new.id, "old_state": old.state, "old_released": old.released_at is not None, "state": new.state,
         "decided_at": new.decided_at, "released_at": new.released_at}
        for new, old in ((new, change.before[new.id]) for new in change.settled.values())
    ]  # fmt: skip


def _moved(change: Change) -> list[Record]:
    return [_item(change, new) for new in _written_before(change) if not _is_recalled(change, new)]


def _recalled(change: Change) -> list[Record]:
    """Those of which it changes too when, and how often, their customers are called."""
    return [
        _item(change, new) | {"attempts": new.attempts, "due_at": new.rests_until}
        for new in _written_before(change)
        if _is_recalled(change, new)
    ]


def _written_before(change: Change) -> list[Item]:
    elsewhere = change.redirected | ({change.carried.row["id"]} if change.carried else set())
    return [new for new in change.items.values() if new.id not in elsewhere]


def _is_recalled(change: Change, new: Item) -> bool:
    old = change.floor.items[new.id]
    return new.rests_until != old.rests_until or new.attempts != old.attempts


def _item(change: Change, new: Item) -> Record:
    return {
        "id": new.id, "old_version": change.floor.items[new.id].version, "version": new.version, "state": new.state,
        "priority_boost": new.priority_boost, "agent_id": new.agent_id, "reservation_id": new.reservation_id,
        "end_reason": new.end_reason, "answered_at": new.answered_at, "ended_at": new.ended_at,
        "wrap_up_until": new.wrap_up_until, "closed_at": new.closed_at,
    }  # fmt: skip


def _redirected(change: Change) -> list[Record]:
    """Those that wait elsewhere, or are offered there already."""
    found = (change.items[item_id] for item_id in change.redirected)
    return [
        {"id": new.id, "old_version": change.floor.items[new.id].version, "version": new.version, "state": new.state,
         "queue_id": new.queue_id, "agent_id": new.agent_id, "reservation_id": new.reservation_id}
        for new in found
    ]  # fmt: skip


def _staffed(change: Change) -> list[Record]:
    olds = change.floor.agents
    return [
        _agent(change, new)
        for new in change.agents.values()
        if new.version != olds[new.id].version and new.id not in change.loaded
    ]


def _loaded(change: Change) -> list[Record]:
    """Those of whom it changes too what they hold beside a call."""
    return [_agent(change, new) | {"load": dict(new.load)} for new in map(change.agents.__getitem__, change.loaded)]


def _agent(change: Change, new: Agent) -> Record:
    return {
        "id": new.id, "old_version": change.floor.agents[new.id].version, "version": new.version,
        "presence": new.presence, "presence_reason": new.presence_reason, "presence_since": new.presence_since,
        "work_state": new.work_state, "work_since": new.work_since, "interaction_id": new.interaction_id,
        "idle_since": new.idle_since, "wrap_up_until": new.wrap_up_until, "missed": new.missed,
    }  # fmt: skip


def _offered(change: Change, *, joint: bool = False) -> list[Record]:
    return [
        {"id": new.id, "interaction_id": new.interaction_id, "agent_id": new.agent_id, "queue_id": new.queue_id,
         "channel": new.channel, "state": new.state, "created_at": new.created_at, "deadline_at": new.deadline_at,
         "decision": new.decision}
        for new in change.offered.values() if new.together is joint
    ]  # fmt: skip


def _told(change: Change) -> list[tuple[Record, Event]]:
    """The rows of the event log with their events: first what telephony tells of a carried interaction."""
    arrived = [(_log_row(event, "telephony"), event) for event in change.carried.events] if change.carried else []
    return arrived + [(_log_row(event, "routing"), event) for event in change.events]


def _log_row(event: Event, actor: str) -> Record:
    return {
        "id": event.id, "name": event.name, "at": event.at, "actor": actor, "interaction_id": event.subject_interaction,
        "agent_id": event.subject_agent, "payload": orjson.Fragment(event.model_dump_json()),
    }  # fmt: skip
