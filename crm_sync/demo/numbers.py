"""Telephone numbers that nobody has: ranges kept for fiction, and area codes that the plan leaves unassigned. Pure."""

from __future__ import annotations

_UK_COUNT = 1000
_FICTION_PER_AREA = 100
_US_AREAS = (
    205, 206, 212, 213, 214, 215, 216, 217, 218, 219, 301, 302, 303, 304, 305, 307, 308, 309, 310, 312, 401,
    402, 404, 405, 406, 407, 408, 410, 412, 413, 501, 502, 503, 504, 505, 507, 508, 509, 510, 512,
)  # fmt: skip
_FICTION = _UK_COUNT + _FICTION_PER_AREA * len(_US_AREAS)
# In the North American plan N9X waits for its expansion and 37X and 96X are set aside: no such number can be called.
_UNASSIGNED = (
    *(hundred * 100 + 90 + last for hundred in range(2, 10) for last in range(10)),
    *range(370, 380), *range(960, 970),
)  # fmt: skip
MOST = len(_UNASSIGNED) * 10 * 10_000
"""How many customers can have a number of their own."""


def phone_of(index: int) -> str:
    """The number (E.164) of the customer with that index, 0 to ``MOST`` - 1: fiction first, then impossible ones."""
    if index < _UK_COUNT:
        return f"+447700900{index:03}"
    if index < _FICTION:
        area, line = divmod(index - _UK_COUNT, _FICTION_PER_AREA)
        return f"+1{_US_AREAS[area]}55501{line:02}"
    row, column = divmod(index, len(_UNASSIGNED))
    exchange, line = divmod(row, 10_000)
    return f"+1{_UNASSIGNED[column]}{550 + exchange}{line:04}"


def second_phone_of(index: int) -> str | None:
    """A second number for some of the first thousand, from another range for fiction."""
    return f"+44113496{index:04}" if index < _UK_COUNT else None
