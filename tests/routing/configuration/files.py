"""A small configuration that is good; tests break one thing of it at a time."""

from __future__ import annotations

import pytest

from routing.configuration.check import InUse, check
from routing.configuration.model import Company, Whole
from routing.configuration.read import read
from routing.configuration.source import ConfigurationInvalid

NOTHING = Whole(Company("", "UTC"))
GOOD = """\
company: {name: Harbour, time_zone: Asia/Shanghai}
skills:
  cargo: {en: Cargo, zh: 货物}
  claims: Claims
schedules:
  office:
    weekly:
      mon-fri: ["08:00-20:00"]
      sat: ["09:00-12:00"]
    holidays: {country: CN, makeup_day: mon}
    special_days:
      2026-12-31: ["08:00-12:00"]
queues:
  cargo:
    name: {en: Cargo, zh: 货物}
    skills: {cargo: 2}
    preferred: {claims: 1}
    hours: office
    closed: {then: callback}
    full: {length: 40, when_estimate_over_seconds: 600, then: queue, to: claims}
    announce: {every_seconds: 90, say: wait}
    overflow:
      - {to: claims, after_seconds: 60}
    callback: {after_seconds: 90, dial: ahead}
  claims:
    name: Claims
    skills: {claims: 3}
    target_seconds: 30
    targets: {chat: 90}
agents:
  lin:
    name: Lin
    team: day
    capacity: {voice: 1, chat: 3}
    skills: {cargo: 4, claims: 3}
    queues: {cargo: 1, claims: 2}
  wu:
    name: Wu
    skills: {cargo: 2}
    queues: [cargo]
policies:
  key:
    any: {weight: 1.6, head_start_seconds: 30, target_factor: 0.5, account_manager_first_seconds: 10}
    D: {}
  standard: {any: {}}
tuning:
  choice: {occupancy: 12.5}
"""


def line_of(text: str, part: str) -> int:
    """The line (from 1) on which a part stands first."""
    return text[: text.index(part)].count("\n") + 1


def problems(text: str, live: Whole = NOTHING, in_use: InUse | None = None) -> list[tuple[int, str]]:
    """Line and code of everything that is wrong, from reading or from checking."""
    try:
        file, lines = read(text, live.company.time_zone)
    except ConfigurationInvalid as refused:
        return [(problem.line, problem.code) for problem in refused.problems]
    found = check(live.with_sections_of(file), live, lines, in_use or InUse())
    return sorted((problem.line, problem.code) for problem in found)


def whole(text: str, live: Whole = NOTHING) -> Whole:
    """What shall be after a good file."""
    assert problems(text, live) == []
    return live.with_sections_of(read(text, live.company.time_zone)[0])


def refused(text: str) -> ConfigurationInvalid:
    """The refusal of a file whose form is wrong."""
    with pytest.raises(ConfigurationInvalid) as caught:
        read(text, "UTC")
    return caught.value
