"""Skills, levels, memberships and room as bits of one integer, so that "fits" is two comparisons.

A skill has five bits, and a level sets its bit and all below it (a thermometer): "at least 4" asks for one bit.
A queue has one bit; who is a member has it. So has each pair of channel and "interruptible", for who has room there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping

LEVELS = 5
UNBLENDED = 1
"""The bit of agents who could not take a call now."""
NO_LEVELS: Mapping[str, int] = {}


class BitBook:
    """Gives everything its bits, on first sight."""

    def __init__(self) -> None:
        self._first_bit: dict[Hashable, int] = {}
        self._next = UNBLENDED.bit_length()

    def _first(self, key: Hashable, width: int) -> int:
        first = self._first_bit.get(key)
        if first is None:
            first = self._first_bit[key] = self._next
            self._next += width
        return first

    def needed_level(self, code: str, level: int) -> int:
        """The bit that who has the level has."""
        return 1 << (self._first(("skill", code), LEVELS) + min(max(level, 1), LEVELS) - 1)

    def offered_level(self, code: str, level: int) -> int:
        """The bits of who has the level."""
        return ((1 << min(max(level, 0), LEVELS)) - 1) << self._first(("skill", code), LEVELS)

    def one(self, *key: Hashable) -> int:
        """The bit of anything that is there or not."""
        return 1 << self._first(key, 1)


def bits(mask: int) -> Iterator[int]:
    """The positions of the bits that are set, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
