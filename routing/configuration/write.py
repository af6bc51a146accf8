"""Writing the changes of a plan, inside the unit of work of whoever applies it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from core.db import UnitOfWork
from core.ids import new_id
from routing.configuration import plain, statements
from routing.configuration.difference import Action, Change
from routing.configuration.model import Agent, Diversion, Name, Policies, Queue, Whole
from routing.configuration.read_hours import span_text
from routing.hours import WEEKDAYS, HolidayRule, Schedule, Spans

Record = dict[str, Any]


async def write(work: UnitOfWork, changes: Iterable[Change], wanted: Whole) -> None:
    """Write what changes. The order keeps every reference alive: what others point to comes first and goes last."""
    put, gone = _by_section(changes, {Action.ADDED, Action.CHANGED}), _by_section(changes, {Action.RETIRED})
    added = _by_section(changes, {Action.ADDED})
    if put["company"]:
        await work.fetch(statements.COMPANY, work.domain, wanted.company.name, wanted.company.time_zone)
    await _write(work, statements.SKILLS, [_skill(code, wanted.skills[code]) for code in put["skills"]])
    await _write(work, statements.SCHEDULES, [_schedule(code, wanted.schedules[code]) for code in put["schedules"]])
    await _write_queues(work, {code: wanted.queues[code] for code in put["queues"]}, added["queues"], gone["queues"])
    await _write_agents(work, {code: wanted.agents[code] for code in put["agents"]}, gone["agents"])
    await _forget(work, statements.NO_SCHEDULES, gone["schedules"])
    await _forget(work, statements.NO_SKILLS, gone["skills"])
    if put["policies"] or gone["policies"]:
        await work.fetch(statements.NO_POLICIES, work.domain)
        await _write(work, statements.POLICIES, list(_policies(wanted.policies)))
    if put["tuning"] or gone["tuning"]:
        await work.fetch(statements.TUNING, work.domain, orjson.dumps(dict(wanted.tuning)).decode())


async def _write_queues(work: UnitOfWork, queues: Mapping[str, Queue], added: list[str], gone: list[str]) -> None:
    """A queue that comes back finds no members of old; one that is retired keeps them for those who wait in it."""
    await _write(work, statements.QUEUES, [_queue(code, queue) for code, queue in queues.items()])
    await _forget(work, statements.NO_MEMBERS, added)
    await _forget(work, statements.NO_QUEUES, gone)
    await _write(work, statements.DIVERSIONS, [_diversions(code, queue) for code, queue in queues.items()])
    await _forget(work, statements.NO_OVERFLOWS, list(queues))
    await _write(work, statements.OVERFLOWS, [row for code, queue in queues.items() for row in _overflows(code, queue)])


async def _write_agents(work: UnitOfWork, agents: Mapping[str, Agent], gone: list[str]) -> None:
    await _write(work, statements.AGENTS, [_agent(code, agent) for code, agent in agents.items()])
    await _forget(work, statements.NO_LEVELS, list(agents))
    await _forget(work, statements.NO_MEMBERSHIPS, list(agents))
    levels = [(code, skill, level) for code, agent in agents.items() for skill, level in agent.skills.items()]
    await _write(work, statements.LEVELS, [{"agent": a, "skill": s, "level": level} for a, s, level in levels])
    places = [(code, queue, priority) for code, agent in agents.items() for queue, priority in agent.queues.items()]
    rows = [{"agent": agent, "queue": queue, "priority": priority} for agent, queue, priority in places]
    await _write(work, statements.MEMBERSHIPS, rows)
    await _forget(work, statements.NO_AGENTS, gone)


async def _write(work: UnitOfWork, statement: str, rows: list[Record]) -> None:
    if rows:
        await work.fetch(statement, work.domain, orjson.dumps(rows, default=str).decode())


async def _forget(work: UnitOfWork, statement: str, codes: list[str]) -> None:
    if codes:
        await work.fetch(statement, work.domain, codes)


def _by_section(changes: Iterable[Change], actions: set[Action]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {section: [] for section in plain.SECTIONS}
    for change in changes:
        if change.action in actions:
            found[change.section].append(change.code)
    return found


def _skill(code: str, name: Name) -> Record:
    return {"id": new_id(), "code": code, "en": name.en, "zh": name.zh}


def _schedule(code: str, schedule: Schedule) -> Record:
    return {
        "id": new_id(), "code": code, "time_zone": schedule.time_zone,
        "weekly": {day: _spans(spans) for day, spans in zip(WEEKDAYS, schedule.weekly, strict=True)},
        "special_days": {day.isoformat(): _spans(spans) for day, spans in schedule.special_days.items()},
        "holidays": _holidays(schedule.holidays),
    }  # fmt: skip


def _holidays(rule: HolidayRule | None) -> Record | None:
    if rule is None:
        return None
    return {"country": rule.country, "subdivision": rule.subdivision, "hours": _spans(rule.spans),
            "makeup_day": rule.makeup_day}  # fmt: skip


def _spans(spans: Spans) -> list[str]:
    return [span_text(span) for span in spans]


def _queue(code: str, queue: Queue) -> Record:
    return {
        "id": new_id(), "code": code, "name_en": queue.name.en, "name_zh": queue.name.zh,
        "required_skills": queue.skills, "preferred_skills": queue.preferred, "priority": queue.priority,
        "ring_seconds": queue.ring_seconds, "ring_strategy": queue.ring, "wrap_up_seconds": queue.wrap_up_seconds,
        "target_seconds": queue.target_seconds, "targets": queue.targets, "hours": queue.hours,
        "full_length": queue.full_length, "callback_after_seconds": queue.callback_after_seconds,
        "callback_estimate_seconds": queue.callback_estimate_seconds, "callback_attempts": queue.callback_attempts,
        "callback_pause_seconds": queue.callback_pause_seconds, "callback_dial": queue.callback_dial,
        "closed_waiting": queue.closed_waiting, "full_estimate_seconds": queue.full_estimate_seconds,
        "announce": plain.announce(queue.announce),
    }  # fmt: skip


def _diversions(code: str, queue: Queue) -> Record:
    return {"code": code, "closed_action": queue.closed.action, "closed_to": queue.closed.to,
            "full_action": queue.full.action, "full_to": queue.full.to,
            "closed_message": _message(queue.closed), "full_message": _message(queue.full)}  # fmt: skip


def _message(diversion: Diversion) -> Record | None:
    return None if diversion.message is None else plain.name(diversion.message)


def _overflows(code: str, queue: Queue) -> list[Record]:
    return [
        {"code": code, "position": position, "goes_to": rule.to, "kind": rule.kind, "threshold": rule.threshold}
        for position, rule in enumerate(queue.overflow)
    ]


def _agent(code: str, agent: Agent) -> Record:
    beside = {channel: count for channel, count in agent.capacity.items() if channel != "voice"}
    return {"id": new_id(), "code": code, "name": agent.name, "team": agent.team,
            "voice": agent.capacity.get("voice", 0), "capacity": beside}  # fmt: skip


def _policies(policies: Policies) -> Iterable[Record]:
    for position, (tier, grades) in enumerate(policies.items()):
        for grade, policy in grades.items():
            yield {
                "tier": tier, "grade": grade, "position": position, "weight": policy.weight,
                "head_start": policy.head_start_seconds, "target_factor": policy.target_factor,
                "account_manager_seconds": policy.account_manager_first_seconds,
                "last_agent_seconds": policy.last_agent_first_seconds,
            }  # fmt: skip
