"""Opening hours by time zone, with holidays and special days. Pure; the clock is the caller's.

A span belongs to the day on which it begins and may last into the next one (22:00 to 06:00). What a special day
says holds before what a holiday says, and that before the week. Where clocks are put forward, a time that does not
exist is the moment of the change; where they are put back, opening is the first and closing the second passage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

import holidays as calendars

DAY = 1440
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD_DAYS = 400
"""Who is closed for longer than that does not open."""

Span = tuple[int, int]
"""Minutes after midnight, [start, end): 0 <= start < 1440, start < end <= start + 1440."""
Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class HolidayRule:
    """``country``: ISO 3166 alpha-2; ``spans``: hours on a holiday (none: closed).

    ``makeup_day``: the weekday (0 = Monday) whose hours hold on a weekend day on which a country works to make up
    for a bridge day (China); None: it keeps its own.
    """

    country: str
    subdivision: str | None = None
    spans: Spans = ()
    makeup_day: int | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """``weekly``: spans of Monday to Sunday; ``time_zone``: an IANA name."""

    time_zone: str
    weekly: tuple[Spans, ...]
    special_days: Mapping[date, Spans] = field(default_factory=lambda: MappingProxyType({}))
    holidays: HolidayRule | None = None


def is_open(schedule: Schedule, at: datetime) -> bool:
    """Whether it is open at an aware moment."""
    return any(start <= at < end for start, end in _around(schedule, at))


def opens_at(schedule: Schedule, at: datetime) -> datetime | None:
    """``at`` itself when it is open then, else the next opening (UTC); None when there is none in sight."""
    for start, end in _from(schedule, at):
        if at < end:
            return max(start, at)
    return None


def closes_at(schedule: Schedule, at: datetime) -> datetime | None:
    """When it closes next (UTC), spans that touch counted as one; None when it is closed, or never closes in sight."""
    closing: datetime | None = None
    for start, end in _from(schedule, at):
        if closing is None and start <= at < end:
            closing = end
        elif closing is not None and start > closing:
            return closing
        elif closing is not None:
            closing = max(closing, end)
    horizon = at + timedelta(days=LOOK_AHEAD_DAYS)
    return closing if closing is not None and closing < horizon else None


def spans_of(schedule: Schedule, day: date) -> Spans:
    """The spans that begin on a local day."""
    special = schedule.special_days.get(day)
    if special is not None:
        return special
    rule = schedule.holidays
    if rule is None:
        return schedule.weekly[day.weekday()]
    off, makeup = _calendar(rule.country, rule.subdivision, day.year)
    if day in off:
        return rule.spans
    as_weekday = rule.makeup_day if rule.makeup_day is not None and day in makeup else day.weekday()
    return schedule.weekly[as_weekday]


def is_country(country: str, subdivision: str | None = None) -> bool:
    """Whether holidays of a country, and of a part of it, are known."""
    known = calendars.list_supported_countries(include_aliases=False)
    return country in known and (subdivision is None or subdivision in known[country])


@lru_cache(maxsize=256)
def _calendar(country: str, subdivision: str | None, year: int) -> tuple[frozenset[date], frozenset[date]]:
    """Holidays of a year, and weekend days on which people work instead."""
    found = calendars.country_holidays(country, subdiv=subdivision, years=year)
    return frozenset(found), frozenset(found.weekend_workdays)


def _around(schedule: Schedule, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The intervals that can contain ``at``."""
    today = at.astimezone(ZoneInfo(schedule.time_zone)).date()
    for day in (today - timedelta(days=1), today):
        yield from _intervals(schedule, day)


def _from(schedule: Schedule, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The intervals from the day before ``at`` on, in order."""
    first = at.astimezone(ZoneInfo(schedule.time_zone)).date() - timedelta(days=1)
    for number in range(LOOK_AHEAD_DAYS + 3):
        yield from _intervals(schedule, first + timedelta(days=number))


def _intervals(schedule: Schedule, day: date) -> Iterator[tuple[datetime, datetime]]:
    zone = ZoneInfo(schedule.time_zone)
    for start, end in sorted(spans_of(schedule, day)):
        yield _moment(zone, day, start, 0), _moment(zone, day, end, 1)


def _moment(zone: ZoneInfo, day: date, minutes: int, fold: int) -> datetime:
    """The moment (UTC) at which a local clock shows a time. ``fold``: which of two passages."""
    wall = datetime.combine(day + timedelta(days=minutes // DAY), time(minutes % DAY // 60, minutes % 60))
    moment = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    return _change_of_clocks(zone, wall)


def _change_of_clocks(zone: ZoneInfo, skipped: datetime) -> datetime:
    """The moment at which clocks were put forward over a time."""
    before, after = (skipped.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (1, 0))
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < skipped:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
