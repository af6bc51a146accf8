"""Values as plain data in the words of the YAML file: what a plan compares and an export writes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from routing.configuration.model import (
    Agent,
    Announce,
    Company,
    Diversion,
    Name,
    Overflow,
    OverflowKind,
    Policies,
    Queue,
    ServicePolicy,
    Whole,
)
from routing.configuration.read_hours import CLOSED, span_text
from routing.hours import WEEKDAYS, HolidayRule, Schedule, Spans

Fields = dict[str, Any]
Section = dict[str, Fields]
SECTIONS = ("company", "skills", "schedules", "queues", "agents", "policies", "tuning")
_CONDITION = {
    OverflowKind.WAIT: "after_seconds",
    OverflowKind.ESTIMATE: "when_estimate_over_seconds",
    OverflowKind.LENGTH: "when_length_over",
}


def sections(whole: Whole) -> dict[str, Section]:
    """Every object of every section by its code; a policy's code is ``tier/grade``."""
    return {
        "company": {"": company(whole.company)},
        "skills": {code: name(words) for code, words in whole.skills.items()},
        "schedules": {code: schedule(value) for code, value in whole.schedules.items()},
        "queues": {code: queue(value) for code, value in whole.queues.items()},
        "agents": {code: agent(value) for code, value in whole.agents.items()},
        "policies": policies(whole.policies),
        "tuning": {part: dict(values) for part, values in whole.tuning.items()},
    }


def company(value: Company) -> Fields:
    return {"name": value.name, "time_zone": value.time_zone}


def name(value: Name) -> Fields:
    return {"en": value.en, "zh": value.zh}


def schedule(value: Schedule) -> Fields:
    weekly = {day: _spans(spans) for day, spans in zip(WEEKDAYS, value.weekly, strict=True) if spans}
    fields: Fields = {"time_zone": value.time_zone, "weekly": weekly}
    if value.holidays is not None:
        fields["holidays"] = _holidays(value.holidays)
    if value.special_days:
        fields["special_days"] = {
            day.isoformat(): _spans(spans) if spans else CLOSED for day, spans in sorted(value.special_days.items())
        }
    return fields


def _spans(spans: Spans) -> list[str]:
    return [span_text(span) for span in spans]


def _holidays(rule: HolidayRule) -> Fields:
    fields: Fields = {"country": rule.country}
    if rule.subdivision is not None:
        fields["subdivision"] = rule.subdivision
    if rule.spans:
        fields["hours"] = _spans(rule.spans)
    if rule.makeup_day is not None:
        fields["makeup_day"] = WEEKDAYS[rule.makeup_day]
    return fields


def queue(value: Queue) -> Fields:
    fields: Fields = {
        "name": name(value.name), "skills": dict(value.skills), "preferred": dict(value.preferred),
        "priority": value.priority, "target_seconds": value.target_seconds, "targets": dict(value.targets),
        "ring_seconds": value.ring_seconds, "ring": value.ring.value, "wrap_up_seconds": value.wrap_up_seconds,
        "hours": value.hours,
        "closed": _diversion(value.closed) | ({"waiting": "leave"} if value.closed_waiting else {}),
        "full": _full(value), "announce": announce(value.announce),
        "overflow": [_overflow(rule) for rule in value.overflow], "callback": _callback(value),
    }  # fmt: skip
    return fields


def _diversion(value: Diversion) -> Fields:
    fields: Fields = {"then": value.action.value} | ({"to": value.to} if value.to is not None else {})
    return fields | ({"message": name(value.message)} if value.message is not None else {})


def _full(value: Queue) -> Fields | None:
    limits = {"length": value.full_length, "when_estimate_over_seconds": value.full_estimate_seconds}
    found: Fields = {key: limit for key, limit in limits.items() if limit is not None}
    return found | _diversion(value.full) if found else None


def announce(value: Announce | None) -> Fields | None:
    if value is None:
        return None
    return {"after_seconds": value.after_seconds, "every_seconds": value.every_seconds, "say": value.say.value}


def _overflow(rule: Overflow) -> Fields:
    return {"to": rule.to, _CONDITION[rule.kind]: rule.threshold}


def _callback(value: Queue) -> Fields | None:
    usual = Queue(value.name)
    fields = {"after_seconds": value.callback_after_seconds,
              "when_estimate_over_seconds": value.callback_estimate_seconds,
              "attempts": _unless(value.callback_attempts, usual.callback_attempts),
              "pause_seconds": _unless(value.callback_pause_seconds, usual.callback_pause_seconds),
              "dial": _unless(value.callback_dial.value, usual.callback_dial.value)}  # fmt: skip
    return {key: found for key, found in fields.items() if found is not None} or None


def _unless(found: int | str, usual: int | str) -> int | str | None:
    return None if found == usual else found


def agent(value: Agent) -> Fields:
    return {
        "name": value.name, "team": value.team, "capacity": dict(value.capacity), "skills": dict(value.skills),
        "queues": dict(value.queues),
    }  # fmt: skip


def policies(value: Policies) -> Section:
    """By ``tier/grade``; the place of the tier belongs to what can change."""
    return {
        f"{tier}/{grade}": {"place": place + 1} | policy(each)
        for place, (tier, grades) in enumerate(value.items())
        for grade, each in grades.items()
    }


def policy(value: ServicePolicy) -> Fields:
    return {
        "weight": _number(value.weight), "head_start_seconds": value.head_start_seconds,
        "target_factor": _number(value.target_factor),
        "account_manager_first_seconds": value.account_manager_first_seconds,
        "last_agent_first_seconds": value.last_agent_first_seconds,
    }  # fmt: skip


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral() else float(value)


def without(fields: Fields, defaults: Fields, always: frozenset[str] = frozenset()) -> Fields:
    """The fields that differ from the defaults (and those that are ``always`` written)."""
    return {key: value for key, value in fields.items() if key in always or value != defaults.get(key)}


def is_nothing(value: object) -> bool:
    """Whether a field is as good as not set."""
    return value is None or value == "" or (isinstance(value, Mapping | list) and not value)
