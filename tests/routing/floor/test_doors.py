"""Who is let into a queue: by hours, by length, by estimated wait, and where the others go."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.doors import Admission
from core.interaction import EndReason
from routing import hours
from routing.configuration.model import Action
from routing.floor.doors import Door, Doors, Standing, Way
from routing.floor.lines import Lines
from routing.hours import HolidayRule, Schedule

DAYS = Schedule("Asia/Shanghai", (((480, 1200),),) * 5 + ((), ()), holidays=HolidayRule("CN", makeup_day=0))
A, B, C = uuid4(), uuid4(), uuid4()
CLOSED, FULL = EndReason.QUEUE_CLOSED, EndReason.QUEUE_FULL


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


NOON, NIGHT = at("2026-11-20 12:00"), at("2026-11-20 21:00")
NEW_YEAR = at("2026-02-17 12:00")
MAKEUP_SATURDAY = at("2026-02-28 12:00")


def waits(**lengths: int) -> Standing:
    by_queue = {"a": A, "b": B, "c": C}
    found = {by_queue[name]: length for name, length in lengths.items()}
    return Standing(lambda queue: found.get(queue, 0), lambda queue: 60.0 * found.get(queue, 0))


def test_a_queue_without_rules_is_always_open() -> None:
    assert Doors().admit(A, NIGHT, Standing()) == Admission(A)


@pytest.mark.parametrize(
    ("moment", "opened"), [(NOON, True), (NIGHT, False), (NEW_YEAR, False), (MAKEUP_SATURDAY, True)]
)
def test_hours_and_holidays_open_and_close(moment: datetime, opened: bool) -> None:
    admission = Doors([Door(A, DAYS)]).admit(A, moment, Standing())
    assert admission == (Admission(A) if opened else Admission(A, CLOSED))


def test_a_closed_queue_sends_on_and_the_other_one_is_asked_too() -> None:
    doors = Doors([
        Door(A, DAYS, closed=Way(Action.QUEUE, B)),
        Door(B, full_length=2, full=Way(Action.QUEUE, C)),
        Door(C, full_estimate_seconds=100, full=Way(Action.CALLBACK)),
    ])  # fmt: skip
    assert doors.admit(A, NIGHT, waits(b=1)) == Admission(B)
    assert doors.admit(A, NIGHT, waits(b=2)) == Admission(C)
    assert doors.admit(A, NIGHT, waits(b=2, c=2)) == Admission(C, FULL, offers_callback=True)
    assert doors.admit(A, NOON, waits(b=2, c=2)) == Admission(A)


def test_a_queue_is_full_from_its_length_on_and_above_its_estimate() -> None:
    doors = Doors([Door(A, full_length=3), Door(B, full_estimate_seconds=120)])
    assert doors.admit(A, NOON, waits(a=2)).refused is None
    assert doors.admit(A, NOON, waits(a=3)).refused is FULL
    assert doors.admit(B, NOON, waits(b=2)).refused is None
    assert doors.admit(B, NOON, waits(b=3)).refused is FULL


def test_hours_come_before_fullness() -> None:
    doors = Doors([Door(A, DAYS, closed=Way(Action.CALLBACK), full_length=1)])
    assert doors.admit(A, NIGHT, waits(a=5)) == Admission(A, CLOSED, offers_callback=True)


def test_a_circle_ends_where_it_comes_back_to() -> None:
    """Refused by the configuration's check; should it be in the tables all the same, nobody runs for ever."""
    doors = Doors([Door(A, DAYS, closed=Way(Action.QUEUE, B)), Door(B, DAYS, closed=Way(Action.QUEUE, A))])
    assert doors.admit(A, NIGHT, Standing()) == Admission(B, CLOSED)


def test_only_queues_that_say_so_close_for_those_who_wait() -> None:
    doors = Doors([Door(A, DAYS, closed_waiting=True), Door(B, DAYS), Door(C, closed_waiting=True)])
    assert doors.closing(NIGHT) == [A]
    assert doors.closing(NOON) == []


@given(st.lists(st.integers(0, 700 * 1440)))
@pytest.mark.long
def test_what_is_remembered_of_hours_is_what_they_say(minutes: list[int]) -> None:
    doors = Doors([Door(A, DAYS)])
    moments = [at("2026-01-01 00:00") + timedelta(minutes=minute) for minute in minutes]
    for moment in [found for each in moments for found in (each, each.replace(second=59))]:
        assert doors.is_open(A, moment) == hours.is_open(DAYS, moment)


def test_lines_know_who_waits_where() -> None:
    lines, one, two = Lines(), uuid4(), uuid4()
    lines.enter(one, A, 100.0)
    lines.enter(two, A, 90.0)
    assert (lines.length(A), lines.head_wait(A, 120.0), list(lines)) == (2, 30.0, [A])
    lines.enter(two, B, 90.0)
    lines.leave(one)
    lines.leave(one)
    assert (lines.length(A), lines.length(B), list(lines), lines.head_wait(A, 120.0)) == (0, 1, [B], 0.0)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([A, B, C, None]))))
@pytest.mark.long
def test_nobody_waits_in_two_lines(steps: list[tuple[int, UUID | None]]) -> None:
    lines, people, truth = Lines(), [uuid4() for _ in range(6)], dict[UUID, UUID]()
    for number, queue in steps:
        if queue is None:
            lines.leave(people[number])
            truth.pop(people[number], None)
        else:
            lines.enter(people[number], queue, 1.0)
            truth[people[number]] = queue
    for queue in (A, B, C):
        assert set(lines.of(queue)) == {person for person, here in truth.items() if here == queue}
