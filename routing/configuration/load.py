"""Reading the live configuration of a domain, and what stands outside of it and relies on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Protocol

from sqlalchemy import Executable, text
from sqlalchemy.engine import CursorResult

from routing.configuration.check import InUse
from routing.configuration.model import (
    DEFAULT_POLICIES,
    Action,
    Agent,
    Announce,
    Company,
    Dial,
    Diversion,
    Name,
    Overflow,
    OverflowKind,
    Policies,
    Queue,
    RingStrategy,
    Said,
    ServicePolicy,
    Whole,
)
from routing.configuration.read_hours import parse_span
from routing.configuration.touched import Waiting
from routing.hours import WEEKDAYS, HolidayRule, Schedule, Spans

Row = Any


class Executes(Protocol):
    """A connection or a unit of work."""

    async def execute(self, statement: Executable, values: Any = None, /) -> CursorResult[Any]:
        """Run a statement."""


_COMPANY = text("select name, time_zone, routing from domains where id = :domain")
_SKILLS = text("select code, name_en, name_zh from skills where domain = :domain order by code")
_SCHEDULES = text("select * from schedules where domain = :domain order by code")
_QUEUES = text(
    """
    select q.*, s.code as hours, c.code as closed_to, f.code as full_to,
           coalesce((select jsonb_agg(jsonb_build_array(t.code, o.kind, o.threshold) order by o.position)
                     from queue_overflows o join queues t on t.id = o.to_queue_id where o.queue_id = q.id),
                    '[]') as overflow
    from queues q left join schedules s on s.id = q.schedule_id
    left join queues c on c.id = q.closed_queue_id left join queues f on f.id = q.full_queue_id
    where q.domain = :domain and q.active order by q.code
    """
)
_AGENTS = text(
    """
    select a.id, a.code, a.name, a.team, a.voice_capacity, a.capacity,
           coalesce((select jsonb_object_agg(k.code, x.level) from agent_skills x join skills k on k.id = x.skill_id
                     where x.agent_id = a.id), '{}') as skills,
           coalesce((select jsonb_object_agg(q.code, m.priority) from queue_memberships m
                     join queues q on q.id = m.queue_id where m.agent_id = a.id and q.active), '{}') as queues
    from agents a where a.domain = :domain and a.active order by a.code
    """
)
_POLICIES = text("select * from service_policies where domain = :domain order by position, tier, grade")
_NUMBERS = text(
    """
    select q.code, min(n.number) as number from entry_numbers n join queues q on q.id = n.queue_id
    where n.domain = :domain group by q.code
    """
)
_ASKED = text(
    """
    select k.code, count(*) as asking
    from interactions i cross join lateral jsonb_object_keys(i.required_skills) k (code)
    where i.domain = :domain and i.state <> 'closed' and i.state in ('queued', 'offered') group by k.code
    """
)
_MESSAGES = text(
    """
    select closed_message, full_message from queues
    where active and (closed_message is not null or full_message is not null)
    """
)
_WAITING = text(
    """
    select q.code as queue, c.tier, c.credit_grade as grade, count(*) as count
    from interactions i join queues q on q.id = i.queue_id join customers c on c.id = i.customer_id
    where i.domain = :domain and i.state <> 'closed' and i.state = 'queued' group by q.code, c.tier, c.credit_grade
    """
)


async def load_live(connection: Executes, domain: str) -> Whole:
    """What is. A domain that does not exist yet is empty."""
    values = {"domain": domain}

    async def rows(statement: Executable) -> list[Row]:
        return list((await connection.execute(statement, values)).all())

    company = await rows(_COMPANY)
    return Whole(
        company=Company(company[0].name, company[0].time_zone) if company else Company("", "UTC"),
        skills={row.code: Name(row.name_en, row.name_zh) for row in await rows(_SKILLS)},
        schedules={row.code: schedule_of(row._mapping) for row in await rows(_SCHEDULES)},
        queues={row.code: _queue(row) for row in await rows(_QUEUES)},
        agents={row.code: _agent(row) for row in await rows(_AGENTS)},
        policies=policies_of([row._mapping for row in await rows(_POLICIES)]),
        tuning=company[0].routing if company else {},
    )


async def load_in_use(connection: Executes, domain: str, menus: Mapping[str, str]) -> InUse:
    """What relies on queues and skills; ``menus``: queue code to the menu that leads there."""
    values = {"domain": domain}
    numbers = {row.code: f"number {row.number}" for row in (await connection.execute(_NUMBERS, values)).all()}
    asked = {row.code: row.asking for row in (await connection.execute(_ASKED, values)).all()}
    return InUse({code: f"menu {menu!r}" for code, menu in menus.items()} | numbers, asked)


async def load_messages(connection: Executes) -> list[tuple[str, str]]:
    """What the queues of all domains say themselves: each a language and a text."""
    rows = (await connection.execute(_MESSAGES)).all()
    return sorted({(language, text) for row in rows for each in row if each for language, text in each.items()})


async def load_waiting(connection: Executes, domain: str) -> list[Waiting]:
    """Who waits now."""
    rows = (await connection.execute(_WAITING, {"domain": domain})).all()
    return [Waiting(row.queue, row.tier, row.grade, row._mapping["count"]) for row in rows]


def schedule_of(row: Mapping[str, Any]) -> Schedule:
    """A schedule from its row."""
    rule = row["holidays"]
    return Schedule(
        time_zone=row["time_zone"],
        weekly=tuple(_spans(row["weekly"].get(day, ())) for day in WEEKDAYS),
        special_days={date.fromisoformat(day): _spans(spans) for day, spans in sorted(row["special_days"].items())},
        holidays=rule and HolidayRule(rule["country"], rule["subdivision"], _spans(rule["hours"]), rule["makeup_day"]),
    )


def announce_of(value: Mapping[str, Any] | None) -> Announce | None:
    """What callers are told, from its column."""
    return Announce(value["after_seconds"], value["every_seconds"], Said(value["say"])) if value else None


def _spans(texts: Any) -> Spans:
    return tuple(span for text in texts if (span := parse_span(text)) is not None)


def policies_of(rows: Sequence[Mapping[str, Any]]) -> Policies:
    """Service policies from their rows, in order; the four tiers to begin with where a domain has none."""
    found: dict[str, dict[str, ServicePolicy]] = defaultdict(dict)
    for row in rows:
        weight, factor = row["weight"], row["target_factor"]
        found[row["tier"]][row["grade"]] = ServicePolicy(
            None if weight is None else weight.normalize(), row["head_start"], factor.normalize(),
            row["account_manager_seconds"], row["last_agent_seconds"],
        )  # fmt: skip
    return dict(found) or DEFAULT_POLICIES


def _queue(row: Row) -> Queue:
    return Queue(
        name=Name(row.name_en, row.name_zh), skills=row.required_skills, preferred=row.preferred_skills,
        priority=row.priority, target_seconds=row.target_seconds, targets=row.targets, ring_seconds=row.ring_seconds,
        ring=RingStrategy(row.ring_strategy), wrap_up_seconds=row.wrap_up_seconds, hours=row.hours,
        closed=_diversion(row, "closed"), closed_waiting=row.closed_waiting,
        full_length=row.full_length, full_estimate_seconds=row.full_estimate_seconds,
        full=_diversion(row, "full"), announce=announce_of(row.announce),
        overflow=tuple(Overflow(to, OverflowKind(kind), threshold) for to, kind, threshold in row.overflow),
        callback_after_seconds=row.callback_after_seconds, callback_estimate_seconds=row.callback_estimate_seconds,
        callback_attempts=row.callback_attempts, callback_pause_seconds=row.callback_pause_seconds,
        callback_dial=Dial(row.callback_dial),
    )  # fmt: skip


def _diversion(row: Row, when: str) -> Diversion:
    action, to, said = (getattr(row, f"{when}_{part}") for part in ("action", "to", "message"))
    return Diversion(Action(action), to, Name(said["en"], said["zh"]) if said else None)


def _agent(row: Row) -> Agent:
    capacity = ({"voice": row.voice_capacity} if row.voice_capacity else {}) | row.capacity
    return Agent(row.name, row.team, capacity, row.skills, row.queues)
