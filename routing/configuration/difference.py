"""What would change, per object and field, and the same as lines for people. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from routing.configuration import plain
from routing.configuration.model import Whole

_SINGULAR = {
    "company": "company", "skills": "skill", "schedules": "schedule", "queues": "queue", "agents": "agent",
    "policies": "policy", "tuning": "tuning",
}  # fmt: skip
_BY_KEY = frozenset({"skills", "preferred", "queues", "targets", "capacity", "weekly", "special_days"})
"""Fields that are shown entry by entry."""


class Action(StrEnum):
    """What happens to an object; a retired queue or agent keeps its history and can come back."""

    ADDED = "added"
    CHANGED = "changed"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, old to new; None: not there."""

    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One object of a section."""

    section: str
    code: str
    action: Action
    fields: tuple[FieldChange, ...] = ()

    def plain(self) -> dict[str, Any]:
        """The change as data, for the record of versions."""
        fields = [{"field": each.field, "old": each.old, "new": each.new} for each in self.fields]
        return {"section": self.section, "code": self.code, "action": self.action.value, "fields": fields}


def difference(old: Whole, new: Whole) -> list[Change]:
    """All changes, in the order of the sections and of the new configuration."""
    before, after = plain.sections(old), plain.sections(new)
    return [change for section in after for change in _of_section(section, before[section], after[section])]


def _of_section(section: str, old: plain.Section, new: plain.Section) -> Iterator[Change]:
    for code, fields in new.items():
        if code not in old:
            yield Change(section, code, Action.ADDED, tuple(_of_fields({}, fields)))
        elif old[code] != fields:
            yield Change(section, code, Action.CHANGED, tuple(_of_fields(old[code], fields)))
    for code in old:
        if code not in new:
            yield Change(section, code, Action.RETIRED)


def _of_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[FieldChange]:
    for field in [*new, *(key for key in old if key not in new)]:
        before, after = old.get(field), new.get(field)
        if before == after or (plain.is_nothing(before) and plain.is_nothing(after)):
            continue
        if field in _BY_KEY:
            inner = _of_fields(before or {}, after or {})
            yield from (FieldChange(f"{field}.{each.field}", each.old, each.new) for each in inner)
        else:
            yield FieldChange(field, before, after)


def lines(changes: list[Change]) -> Iterator[str]:
    """The changes for people: ``+`` added, ``~`` changed, ``-`` retired."""
    for change in changes:
        sign = {Action.ADDED: "+", Action.CHANGED: "~", Action.RETIRED: "-"}[change.action]
        yield f"{sign} {_SINGULAR[change.section]} {change.code}".rstrip()
        for each in change.fields:
            if change.action is Action.ADDED:
                yield f"    {each.field}: {show(each.new)}"
            else:
                yield f"    {each.field}: {show(each.old)} → {show(each.new)}"


def show(value: Any) -> str:
    """A value on one line."""
    if plain.is_nothing(value):
        return "none"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {show(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(show(each) for each in value) + "]"
    text = str(value)
    return text if text.isprintable() else repr(text)
