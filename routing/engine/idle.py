"""Who is free, and for what there is room: bitmaps of seats that are drawn when somebody looks at them."""

from __future__ import annotations

_SLACK = 1024
Slot = tuple[str, bool]
"""Channel, and whether interruptible: what there is room for or not."""
Toggle = tuple[int, tuple[Slot, ...]]
"""The bit of a seat, and what it has room for."""


class Idle:
    """Becoming free and being free no longer, with nobody looking in between, costs nothing."""

    __slots__ = ("_bits", "_room", "_toggled")

    def __init__(self) -> None:
        self._bits = 0
        self._room: dict[Slot, int] = {}
        self._toggled: list[Toggle] = []
        """Who became free or is no longer free since somebody looked."""

    def toggle(self, toggle: Toggle) -> None:
        """Somebody who was not free is, or the other way about; the same value both times."""
        toggled = self._toggled
        if toggled and toggled[-1] is toggle:
            toggled.pop()
        else:
            toggled.append(toggle)
            if len(toggled) > _SLACK:
                self._draw()

    @property
    def bits(self) -> int:
        """Who is free."""
        if self._toggled:
            self._draw()
        return self._bits

    def room(self, slot: Slot) -> int:
        """Who is free and has room."""
        if self._toggled:
            self._draw()
        return self._room.get(slot, 0)

    def _draw(self) -> None:
        for bit, slots in self._toggled:
            self._bits ^= bit
            for slot in slots:
                self._room[slot] = self._room.get(slot, 0) ^ bit
        self._toggled.clear()
