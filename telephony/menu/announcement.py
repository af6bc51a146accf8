"""What a caller who waits is told of his place and his wait, as names of prompts in the order of saying. Pure."""

from __future__ import annotations

import math

from core.doors import Announcement, Place

TOLD_FROM_SECONDS = 20.0
"""Nobody needs a number for a shorter wait."""
MOST = 99
"""Greater numbers are not said."""
_MINUTE = 60.0
NUMBERS = (*range(1, 20), *range(20, 100, 10))
"""The numbers that are prompts of their own; the others are said in two."""
TEXTS: dict[str, dict[str, str]] = {
    "wait-next": {"en": "You are next in line.", "zh": "下一位就是您。"},
    "wait-position": {"en": "You are number", "zh": "您现在排在第"},
    "wait-in-line": {"en": "in line.", "zh": "位。"},
    "wait-short": {"en": "The wait is less than a minute.", "zh": "预计等待不到一分钟。"},
    "wait-up-to": {"en": "The wait is at most", "zh": "预计等待不超过"},
    "wait-between": {"en": "The wait is about", "zh": "预计还需等待"},
    "wait-over": {"en": "The wait is more than", "zh": "预计等待超过"},
    "wait-to": {"en": "to", "zh": "到"},
    "wait-minutes": {"en": "minutes.", "zh": "分钟。"},
    "number-2-of": {"en": "2", "zh": "两"},
} | {f"number-{number}": {"en": str(number), "zh": str(number)} for number in NUMBERS}
"""The prompts and what is spoken in each; ``number-2-of``: two of something, a word of its own in Chinese."""


def announcement(place: Place, says: Announcement, told_position: int | None = None) -> tuple[str, ...]:
    """The prompts, empty when there is nothing worth telling.

    ``told_position`` is what was said before: somebody more urgent may have come since, and nobody is told that he
    has fallen back.
    """
    fell_back = told_position is not None and place.position > told_position
    position = _position(place.position) if says.position and not fell_back else ()
    return position + (_wait(place) if says.wait else ())


def _position(position: int) -> tuple[str, ...]:
    if position <= 1:
        return ("wait-next",)
    return ("wait-position", *_number(position), "wait-in-line") if position <= MOST else ()


def _wait(place: Place) -> tuple[str, ...]:
    if place.likely_seconds < TOLD_FROM_SECONDS:
        return ()
    low, high = math.floor(place.low_seconds / _MINUTE), math.ceil(place.high_seconds / _MINUTE)
    if high <= 1:
        return ("wait-short",)
    if high > MOST:
        return ("wait-over", *_minutes(min(low, MOST))) if low > 1 else ()
    if low < 1:
        return "wait-up-to", *_minutes(high)
    if low == high:
        return "wait-between", *_minutes(high)
    return "wait-between", *_number(low), "wait-to", *_minutes(high)


def _minutes(count: int) -> tuple[str, ...]:
    return (*(("number-2-of",) if count == 2 else _number(count)), "wait-minutes")


def _number(number: int) -> tuple[str, ...]:
    if number in NUMBERS:
        return (f"number-{number}",)
    return f"number-{number - number % 10}", f"number-{number % 10}"
