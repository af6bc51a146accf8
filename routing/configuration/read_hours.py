"""Schedules from YAML: weeks, holidays, special days; hours that overlap are refused with their line. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from core.yaml_tree import Mapping, Scalar, Tree
from routing.configuration.source import SectionReader
from routing.hours import DAY, WEEKDAYS, HolidayRule, Schedule, Span, Spans, is_country

_SPAN = re.compile(r"(\d\d):(\d\d) ?- ?(\d\d):(\d\d)\Z", re.ASCII)
_DATES = re.compile(r"(\d{4}-\d\d-\d\d)(?:/(\d{4}-\d\d-\d\d))?\Z", re.ASCII)
_MOST_SPANS = 12
_MOST_DAYS = 400
CLOSED = "closed"


def is_time_zone(name: str) -> bool:
    """Whether the name is one of the IANA's."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def parse_span(text: str) -> Span | None:
    """``08:00-20:00``; one that ends at or before its start ends on the next day; None when it is no span."""
    found = _SPAN.match(text)
    if not found:
        return None
    hour, minute, end_hour, end_minute = map(int, found.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if start >= DAY or end > DAY or minute > 59 or end_minute > 59:
        return None
    return start, end if end > start else end + DAY


def span_text(span: Span) -> str:
    """The span as it is written."""
    start, end = span[0], span[1] if span[1] <= DAY else span[1] - DAY
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


@dataclass(slots=True)
class ScheduleReader:
    """Reads schedules; problems and lines go to ``reader``."""

    reader: SectionReader
    time_zone: str
    overlapping: set[int] = field(default_factory=set)
    """Lines that are refused already: mon-fri would be refused five times."""

    def schedule(self, key: Scalar, tree: Tree) -> Schedule:
        """One schedule; without a time zone of its own it has the company's."""
        self.reader.lines.note(key.line, "schedules", key.text)
        fields = self.reader.fields(tree, required=("weekly",), optional=("time_zone", "holidays", "special_days"))
        return Schedule(
            time_zone=self._time_zone(fields.get("time_zone")),
            weekly=self._weekly(fields.get("weekly")),
            special_days=self._special_days(fields.get("special_days")),
            holidays=self._holidays(fields["holidays"]) if "holidays" in fields else None,
        )

    def _time_zone(self, tree: Tree | None) -> str:
        return time_zone(self.reader, tree) if tree is not None else self.time_zone

    def _weekly(self, tree: Tree | None) -> tuple[Spans, ...]:
        week: list[list[tuple[Span, int]]] = [[] for _ in WEEKDAYS]
        entries = tree.entries.values() if isinstance(tree, Mapping) else ()
        if tree is not None and not isinstance(tree, Mapping):
            self.reader.problem(tree.line, "not_a_mapping", "expected days (mon, mon-fri) with their hours")
        for key, value in entries:
            spans = self._spans(value)
            for day in self._days(key):
                week[day] += spans
        for day, spans in enumerate(week):
            tomorrow = [((start + DAY, end + DAY), line) for (start, end), line in week[(day + 1) % 7]]
            self._refuse_overlaps(WEEKDAYS[day], spans, tomorrow)
        return tuple(_plain(spans) for spans in week)

    def _days(self, key: Scalar) -> range:
        first, dash, last = key.text.partition("-")
        known = first in WEEKDAYS and (last in WEEKDAYS if dash else True)
        begin = WEEKDAYS.index(first) if known else 0
        end = WEEKDAYS.index(last) if known and dash else begin
        if not known or end < begin:
            self.reader.problem(
                key.line, "not_a_day", f"{key.text!r:.30}: a day (mon … sun) or days (mon-fri) expected"
            )
            return range(0)
        return range(begin, end + 1)

    def _spans(self, tree: Tree) -> list[tuple[Span, int]]:
        if isinstance(tree, Scalar) and tree.text == CLOSED:
            return []
        spans = []
        for item in self.reader.items(tree, _MOST_SPANS):
            span = parse_span(item.text) if isinstance(item, Scalar) else None
            if span is None:
                self.reader.problem(item.line, "not_hours", "hours like 08:00-20:00 are expected")
            else:
                spans.append((span, item.line))
        return spans

    def _refuse_overlaps(self, day: str, spans: list[tuple[Span, int]], tomorrow: list[tuple[Span, int]]) -> None:
        placed = sorted([*spans, *tomorrow])
        for (one, _), (other, line) in pairwise(placed):
            if other[0] < one[1] and one[0] < DAY and line not in self.overlapping:
                self.overlapping.add(line)
                text = f"{day}: {span_text(_of_day(other))} overlaps {span_text(one)}"
                self.reader.problem(line, "overlapping_hours", text)

    def _one_day(self, name: str, tree: Tree) -> Spans:
        spans = self._spans(tree)
        self._refuse_overlaps(name, spans, [])
        return _plain(spans)

    def _special_days(self, tree: Tree | None) -> dict[date, Spans]:
        found: dict[date, Spans] = {}
        if tree is not None and not isinstance(tree, Mapping):
            self.reader.problem(tree.line, "not_a_mapping", "expected dates (2026-12-24) with their hours")
        for key, value in tree.entries.values() if isinstance(tree, Mapping) else ():
            spans = self._one_day(key.text, value)
            for day in self._dates(key):
                if day in found and key.line not in self.overlapping:
                    self.overlapping.add(key.line)
                    self.reader.problem(key.line, "overlapping_hours", f"{day} is a special day twice")
                found[day] = spans
        return dict(sorted(found.items()))

    def _dates(self, key: Scalar) -> list[date]:
        found = _DATES.match(key.text)
        try:
            first = date.fromisoformat(found[1] if found else "")
            last = date.fromisoformat(found[2]) if found and found[2] else first
        except ValueError:
            first, last = date.max, date.min
        if not 0 <= (last - first).days < _MOST_DAYS:
            self.reader.problem(
                key.line, "not_a_date", f"{key.text!r:.30}: 2026-12-24 or 2026-12-24/2026-12-31 expected"
            )
            return []
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]

    def _holidays(self, tree: Tree) -> HolidayRule | None:
        fields = self.reader.fields(tree, required=("country",), optional=("subdivision", "hours", "makeup_day"))
        country = self.reader.text(fields["country"]) if "country" in fields else ""
        subdivision = self.reader.text(fields["subdivision"]) if "subdivision" in fields else None
        if country and not is_country(country, subdivision):
            where = country if subdivision is None else f"{subdivision} in {country}"
            self.reader.problem(tree.line, "unknown_country", f"no holidays are known of {where!r:.60}")
            return None
        makeup = fields.get("makeup_day")
        return HolidayRule(
            country=country,
            subdivision=subdivision,
            spans=self._one_day("holidays", fields["hours"]) if "hours" in fields else (),
            makeup_day=None if makeup is None else WEEKDAYS.index(self.reader.choice(makeup, WEEKDAYS)),
        )


def time_zone(reader: SectionReader, tree: Tree) -> str:
    """An IANA time zone; UTC in place of one that does not exist."""
    name = reader.text(tree)
    if name and not is_time_zone(name):
        reader.problem(tree.line, "unknown_time_zone", f"{name!r:.60} is no time zone (Asia/Shanghai, Europe/Berlin …)")
        return "UTC"
    return name or "UTC"


def _plain(spans: list[tuple[Span, int]]) -> Spans:
    return tuple(sorted(span for span, _ in spans))


def _of_day(span: Span) -> Span:
    return span if span[0] < DAY else (span[0] - DAY, span[1] - DAY)
