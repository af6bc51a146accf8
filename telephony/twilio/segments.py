"""How many segments an SMS takes, which is what carriers count and charge. Pure.

GSM 03.38: a text of its alphabet has 160 units, or 153 a part when there are several; a character of the extension
table takes two units, which are never parted. Any other text is UCS-2: 70 units of 16 bits, or 67 a part.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_TEXT = 1600
"""Characters that Twilio takes in one message."""
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Segments:
    """``encoding``: ``GSM-7`` or ``UCS-2``; ``units`` are septets or pairs of bytes."""

    encoding: str
    units: int
    count: int


def segments_of(text: str) -> Segments:
    """The least that a text takes; nothing takes none."""
    if all(ch in _BASIC or ch in _EXTENDED for ch in text):
        return _counted("GSM-7", [2 if ch in _EXTENDED else 1 for ch in text], 160, 153)
    return _counted("UCS-2", [2 if ord(ch) > 0xFFFF else 1 for ch in text], 70, 67)


def _counted(encoding: str, widths: list[int], alone: int, each: int) -> Segments:
    units = sum(widths)
    if units <= alone:
        return Segments(encoding, units, 1 if units else 0)
    return Segments(encoding, units, _parts(widths, each))


def _parts(widths: Iterable[int], each: int) -> int:
    parts, room = 1, each
    for width in widths:
        if width > room:
            parts, room = parts + 1, each
        room -= width
    return parts
