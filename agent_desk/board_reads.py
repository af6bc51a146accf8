"""What the boards read from PostgreSQL: everything at the start, single rows afterwards."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.board import ABANDON_GRACE_SECONDS, COUNTED_MEMORY, Board, DayCounts, QueueConfig, Seen
from agent_desk.views import AgentView, Label, OutcomeChoice, WaitingItem
from core.interaction import EndReason
from crm_sync.outcome_tree import OutcomeNode, read_outcome_tree

_DAY = text(
    """
    select now() as now, midnight at time zone time_zone as day_start,
           (midnight + interval '1 day') at time zone time_zone as day_end
    from domains, date_trunc('day', now() at time zone time_zone) as midnight where id = :domain
    """
)
_QUEUES = text("select id, code, name_en, name_zh, target_seconds from queues where domain = :domain and active")
_AGENTS = """
    select a.id, a.name, coalesce(s.version, 0) as version, coalesce(s.presence, 'offline') as presence,
           s.presence_reason, coalesce(s.presence_since, 'epoch') as presence_since,
           coalesce(s.work_state, 'idle') as work_state, coalesce(s.work_since, 'epoch') as work_since,
           s.interaction_id, coalesce(e.reachable, false) as phone_reachable, coalesce(s.missed, 0) as missed,
           array(select m.queue_id from queue_memberships m where m.agent_id = a.id order by 1) as queues,
           coalesce(s.load, '{}') as load, coalesce(a.capacity, '{}') as capacity
    from agents a left join agent_states s on s.agent_id = a.id left join agent_endpoints e on e.agent_id = a.id
    where a.domain = :domain and a.active
"""
_ALL_AGENTS = text(_AGENTS)
_SOME_AGENTS = text(_AGENTS + " and a.id = any(:ids)")
_INTERACTIONS = """
    select i.id, i.version, i.state, i.channel, i.queue_id, c.name as customer_name, c.tier, i.address, i.agent_id,
           i.created_at, i.queued_at, i.answered_at, i.kind, i.attempts, i.due_at, i.end_reason, i.ended_at, i.closed_at
    from interactions i join customers c on c.id = i.customer_id where i.domain = :domain
"""
_LIVE_INTERACTIONS = text(_INTERACTIONS + " and i.state <> 'closed'")
_SOME_INTERACTIONS = text(_INTERACTIONS + " and i.id = any(:ids)")
_ENDED = """
    from interactions i join queues q on q.id = i.queue_id
    where i.domain = :domain and i.queued_at >= :day_start and i.kind = 'live'
      and (i.answered_at is not null
           or (i.end_reason in ('abandoned_in_queue', 'abandoned_ringing') and i.ended_at is not null))
"""
_DAY_COUNTS = text(
    """
    select i.queue_id, count(i.answered_at) as answered,
           count(*) filter (where i.answered_at - i.queued_at <= make_interval(secs => q.target_seconds)) as in_target,
           count(*) filter (where i.answered_at is null) as abandoned,
           count(*) filter (where i.answered_at is null
                            and i.ended_at - i.queued_at > make_interval(secs => :grace)) as abandoned_late
    """
    + _ENDED
    + " group by i.queue_id"
)
_COUNTED = text("select i.id" + _ENDED + " and (i.closed_at is null or i.closed_at >= :since)")


async def load_board(connection: AsyncConnection, domain: str) -> Board:
    """The whole board as one state of the database; ``connection`` comes from ``Database.reading``."""
    day = (await connection.execute(_DAY, {"domain": domain})).one()
    board = Board(loaded_at=day.now, day_start=day.day_start, day_end=day.day_end)
    scope = {"domain": domain}
    board.queues = {row.id: _queue(row) for row in await connection.execute(_QUEUES, scope)}
    board.agents = {row.id: _agent(row) for row in await connection.execute(_ALL_AGENTS, scope)}
    board.interactions = {row.id: _item(row) for row in await connection.execute(_LIVE_INTERACTIONS, scope)}
    board.outcomes = [_outcome(node) for node in await read_outcome_tree(connection, domain)]
    await _load_day(connection, board, scope)
    return board


async def _load_day(connection: AsyncConnection, board: Board, scope: dict[str, Any]) -> None:
    values = scope | {"day_start": board.day_start}
    counts = await connection.execute(_DAY_COUNTS, values | {"grace": ABANDON_GRACE_SECONDS})
    board.days = {
        row.queue_id: DayCounts(row.answered, row.in_target, row.abandoned, row.abandoned_late) for row in counts
    }
    counted = await connection.execute(_COUNTED, values | {"since": board.loaded_at - COUNTED_MEMORY})
    board.counted = {row.id for row in counted}


async def read_agents(connection: AsyncConnection, domain: str, ids: Collection[UUID]) -> list[AgentView]:
    """These agents as they are now; unknown ids are left out."""
    return [_agent(row) for row in await connection.execute(_SOME_AGENTS, {"domain": domain, "ids": list(ids)})]


async def read_interactions(connection: AsyncConnection, domain: str, ids: Collection[UUID]) -> list[Seen]:
    """These interactions as they are now, closed ones included; unknown ids are left out."""
    rows = await connection.execute(_SOME_INTERACTIONS, {"domain": domain, "ids": list(ids)})
    return [Seen(_item(row), _end_reason(row.end_reason), row.ended_at, row.closed_at) for row in rows]


def _queue(row: Row[Any]) -> QueueConfig:
    return QueueConfig(row.id, row.code, Label(en=row.name_en, zh=row.name_zh), row.target_seconds)


def _agent(row: Row[Any]) -> AgentView:
    return AgentView.model_validate(row._asdict())


def _item(row: Row[Any]) -> WaitingItem:
    values = row._asdict()
    for beyond in ("end_reason", "ended_at", "closed_at"):
        values.pop(beyond)
    return WaitingItem.model_validate({"interaction_id": values.pop("id"), **values})


def _outcome(node: OutcomeNode) -> OutcomeChoice:
    name = Label(en=node.name_en, zh=node.name_zh)
    return OutcomeChoice(code=node.code, parent=node.parent, name=name, selectable=node.is_leaf)


def _end_reason(value: str | None) -> EndReason | None:
    return EndReason(value) if value else None
