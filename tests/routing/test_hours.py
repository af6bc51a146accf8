"""Open now, opens when: weeks, nights, holidays, special days, clocks that are put forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.hours import HolidayRule, Schedule, Spans, closes_at, is_country, is_open, opens_at

OFFICE = ((8 * 60, 20 * 60),)
WEEK = (OFFICE,) * 5 + ((), ())
SHANGHAI = Schedule("Asia/Shanghai", WEEK)
NIGHT = Schedule("Europe/Berlin", (((22 * 60, 30 * 60),),) * 7)
ALWAYS = Schedule("Asia/Shanghai", (((0, 1440),),) * 7)


def local(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("text", "opened"),
    [
        ("2026-11-20 08:00", True),
        ("2026-11-20 07:59:59", False),
        ("2026-11-20 19:59:59", True),
        ("2026-11-20 20:00", False),
        ("2026-11-21 12:00", False),
    ],
)
def test_a_week_in_its_time_zone(text: str, opened: bool) -> None:
    assert is_open(SHANGHAI, local("Asia/Shanghai", text)) is opened


def test_closed_over_the_weekend_opens_on_monday() -> None:
    friday_night = local("Asia/Shanghai", "2026-11-20 21:00")
    assert opens_at(SHANGHAI, friday_night) == local("Asia/Shanghai", "2026-11-23 08:00")
    assert closes_at(SHANGHAI, friday_night) is None


def test_open_now_opens_now_and_closes_in_the_evening() -> None:
    noon = local("Asia/Shanghai", "2026-11-20 12:00")
    assert opens_at(SHANGHAI, noon) == noon
    assert closes_at(SHANGHAI, noon) == local("Asia/Shanghai", "2026-11-20 20:00")


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    assert is_open(NIGHT, local("Europe/Berlin", "2026-11-20 05:59"))
    assert not is_open(NIGHT, local("Europe/Berlin", "2026-11-20 06:00"))
    assert closes_at(NIGHT, local("Europe/Berlin", "2026-11-20 23:00")) == local("Europe/Berlin", "2026-11-21 06:00")
    holiday = Schedule(NIGHT.time_zone, NIGHT.weekly, {date(2026, 11, 21): ()})
    assert is_open(holiday, local("Europe/Berlin", "2026-11-21 05:00"))
    assert not is_open(holiday, local("Europe/Berlin", "2026-11-21 23:00"))
    assert not is_open(holiday, local("Europe/Berlin", "2026-11-22 05:00"))


def test_who_never_closes_has_no_closing_time_and_who_never_opens_no_opening() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert (is_open(ALWAYS, now), closes_at(ALWAYS, now)) == (True, None)
    never = Schedule("Asia/Shanghai", ((),) * 7)
    assert (is_open(never, now), opens_at(never, now)) == (False, None)


def test_spans_that_touch_close_once() -> None:
    both = Schedule("UTC", (((480, 720), (720, 1020)),) * 7)
    assert closes_at(both, datetime(2026, 11, 20, 9, tzinfo=UTC)) == datetime(2026, 11, 20, 17, tzinfo=UTC)


def test_holidays_special_days_and_the_days_on_which_china_works_instead() -> None:
    rule = HolidayRule("CN", spans=((600, 840),), makeup_day=0)
    schedule = Schedule("Asia/Shanghai", WEEK, {date(2026, 10, 1): ()}, rule)
    assert is_open(schedule, local("Asia/Shanghai", "2026-10-02 10:00"))
    assert not is_open(schedule, local("Asia/Shanghai", "2026-10-02 09:00"))
    assert not is_open(schedule, local("Asia/Shanghai", "2026-10-01 10:00")), "the special day comes first"
    assert is_open(schedule, local("Asia/Shanghai", "2026-10-10 10:00")), "a Saturday that makes up for a bridge day"
    plain = Schedule("Asia/Shanghai", WEEK, holidays=HolidayRule("CN"))
    assert not is_open(plain, local("Asia/Shanghai", "2026-10-10 10:00"))


def test_countries_are_known_by_their_codes() -> None:
    assert is_country("CN")
    assert is_country("DE", "BY")
    assert not is_country("DE", "Bavaria")
    assert not is_country("ZZ")


def test_clocks_put_forward_and_back() -> None:
    early = Schedule("Europe/Berlin", (((150, 210),),) * 7)  # 02:30 to 03:30
    spring = local("Europe/Berlin", "2026-03-29 01:59")
    assert opens_at(early, spring) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "02:30 does not exist: 03:00 it is"
    assert closes_at(early, datetime(2026, 3, 29, 1, 15, tzinfo=UTC)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    autumn = Schedule("Europe/Berlin", (((120, 150),),) * 7)  # 02:00 to 02:30, shown twice
    first, second = datetime(2026, 10, 25, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert opens_at(autumn, first - timedelta(minutes=1)) == first
    assert closes_at(autumn, first) == second


_SPAN = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).map(lambda pair: (pair[0], pair[0] + pair[1]))
_DAY: st.SearchStrategy[Spans] = st.lists(_SPAN, max_size=2).map(lambda spans: tuple(sorted(spans)))


@settings(max_examples=60, deadline=None)
@given(
    week=st.lists(_DAY, min_size=7, max_size=7),
    zone=st.sampled_from(
        ["Asia/Shanghai", "Europe/London", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Cairo"]
    ),
    at=st.integers(0, 730 * 86_400).map(lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
)
@pytest.mark.long
def test_the_three_answers_agree(week: list[Spans], zone: str, at: datetime) -> None:
    schedule = Schedule(zone, tuple(week))
    opening, closing = opens_at(schedule, at), closes_at(schedule, at)
    assert is_open(schedule, at) is (opening == at)
    if opening is not None:
        assert is_open(schedule, opening)
        assert opening == at or not is_open(schedule, opening - timedelta(seconds=1))
    if closing is not None:
        assert not is_open(schedule, closing)
        assert is_open(schedule, closing - timedelta(seconds=1))
