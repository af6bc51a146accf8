"""A configuration as YAML that reads back to the same. Pure.

What is as by default is left out, and what has no order is sorted: equal configurations are equal texts.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import yaml

from routing.configuration import plain
from routing.configuration.model import GRADES, Agent, Name, Queue, ServicePolicy, Whole

_HEAD = "# Read and written by ./hotline config; what each key means stands in docs/configuration.md.\n"


class _Dumper(yaml.SafeDumper):
    """Two spaces, small things on one line, lists under their key indented."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


class _Small(dict[str, Any]):
    """A mapping that is written on one line."""


_Dumper.add_representer(
    _Small, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)
)


def export(whole: Whole, sections: Collection[str] = plain.SECTIONS) -> str:
    """The text of a file with these sections, by default with every one."""
    found = plain.sections(whole)
    data = {
        "company": found["company"][""],
        "skills": {code: _Small(fields) for code, fields in sorted(found["skills"].items())},
        "schedules": {code: _schedule(fields) for code, fields in sorted(found["schedules"].items())},
        "queues": {code: _queue(fields) for code, fields in sorted(found["queues"].items())},
        "agents": {code: _agent(fields) for code, fields in sorted(found["agents"].items())},
        "policies": _policies(whole),
        "tuning": {part: _Small(values) for part, values in sorted(found["tuning"].items())},
    }
    return _HEAD + "\n".join(_text({section: value}) for section, value in data.items() if section in sections)


def _text(data: dict[str, Any]) -> str:
    return yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def _schedule(fields: plain.Fields) -> plain.Fields:
    return fields | ({"holidays": _Small(fields["holidays"])} if "holidays" in fields else {})


_QUEUE = plain.queue(Queue(Name("", "")))
_AGENT = plain.agent(Agent(""))
_POLICY = plain.policy(ServicePolicy())
_WITHOUT_ORDER = frozenset({"skills", "preferred", "queues", "targets", "capacity"})
_ALWAYS = frozenset({"name", "target_seconds", "ring_seconds", "wrap_up_seconds"})


def _queue(fields: plain.Fields) -> plain.Fields:
    return _flow(plain.without(fields, _QUEUE, _ALWAYS))


def _agent(fields: plain.Fields) -> plain.Fields:
    return _flow(plain.without(fields, _AGENT, _ALWAYS))


def _policies(whole: Whole) -> dict[str, dict[str, _Small]]:
    return {
        tier: {
            grade: _Small(plain.without(plain.policy(grades[grade]), _POLICY, _ALWAYS))
            for grade in GRADES
            if grade in grades
        }
        for tier, grades in whole.policies.items()
    }


def _flow(fields: plain.Fields) -> plain.Fields:
    return {key: _flow_value(value, key) for key, value in fields.items()}


def _flow_value(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return _Small(sorted(value.items()) if key in _WITHOUT_ORDER else value)
    return [_flow_value(each) for each in value] if isinstance(value, list) else value
