"""Skills, levels and memberships as bits of one integer, so that "fits" is one comparison.

A skill has five bits, and a level sets its bit and all below it (a thermometer): "at least 4" asks for one bit.
A queue has one bit; who is a member has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

LEVELS = 5


class SkillBook:
    """Gives every skill and queue its bits, on first sight."""

    def __init__(self) -> None:
        self._first_bit: dict[str | UUID, int] = {}
        self._next = 0

    def _bits(self, key: str | UUID, width: int) -> int:
        first = self._first_bit.get(key)
        if first is None:
            first = self._first_bit[key] = self._next
            self._next += width
        return first

    def needed(self, queue_id: UUID, skills: Iterable[tuple[str, int]]) -> int:
        """The bits that an agent must have for an item."""
        mask = 1 << self._bits(queue_id, 1)
        for code, level in skills:
            mask |= 1 << (self._bits(code, LEVELS) + min(max(level, 1), LEVELS) - 1)
        return mask

    def offered(self, queues: Iterable[UUID], skills: Iterable[tuple[str, int]]) -> int:
        """The bits that an agent has."""
        mask = 0
        for queue_id in queues:
            mask |= 1 << self._bits(queue_id, 1)
        for code, level in skills:
            mask |= ((1 << min(max(level, 0), LEVELS)) - 1) << self._bits(code, LEVELS)
        return mask
