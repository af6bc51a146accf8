"""What callers are told while they wait: few words, never worse than before, no number where none is worth it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from core import clock
from core.doors import Announcement, Place
from telephony.menu.announcement import TEXTS, announcement

BOTH = Announcement(20, 60, position=True, wait=True)


def place(position: int, low: float, likely: float, high: float) -> Place:
    return Place(uuid4(), clock.now(), position, low, likely, high)


@pytest.mark.parametrize(
    ("waits", "said"),
    [
        (place(1, 2, 10, 25), "wait-next"),
        (place(2, 10, 30, 59), "wait-position number-2 wait-in-line wait-short"),
        (place(3, 30, 90, 170), "wait-position number-3 wait-in-line wait-up-to number-3 wait-minutes"),
        (
            place(21, 130, 250, 1490),
            "wait-position number-20 number-1 wait-in-line "
            "wait-between number-2 wait-to number-20 number-5 wait-minutes",
        ),
        (place(4, 120, 120, 120), "wait-position number-4 wait-in-line wait-between number-2-of wait-minutes"),
        (place(150, 5400, 8000, 9000), "wait-over number-90 wait-minutes"),
        (place(150, 0, 50, 9000), ""),
        (
            place(4, 100, 110, 119),
            "wait-position number-4 wait-in-line wait-between number-1 wait-to number-2-of wait-minutes",
        ),
    ],
)
def test_a_place_in_words(waits: Place, said: str) -> None:
    words = announcement(waits, BOTH)
    assert " ".join(words) == said
    assert set(words) <= set(TEXTS)


def test_only_what_the_queue_says_is_told() -> None:
    waits = place(4, 100, 110, 119)
    assert announcement(waits, Announcement(20, 60, position=True, wait=False))[0] == "wait-position"
    assert announcement(waits, Announcement(20, 60, position=False, wait=True))[0] == "wait-between"


def test_nobody_is_told_that_he_has_fallen_back() -> None:
    assert announcement(place(5, 100, 110, 119), BOTH, told_position=4)[0] == "wait-between"
    assert announcement(place(4, 100, 110, 119), BOTH, told_position=4)[0] == "wait-position"


@pytest.mark.parametrize("position", range(2, 100))
def test_every_place_can_be_said(position: int) -> None:
    words = announcement(place(position, 60.0 * position, 60.0 * position, 60.0 * position), BOTH)
    assert set(words) <= set(TEXTS)
    numbers = [word.split("-")[1] for word in words if word.startswith("number-")]
    assert sum(map(int, numbers)) == 2 * position
