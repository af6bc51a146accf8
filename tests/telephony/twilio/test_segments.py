"""Segments as carriers count them."""

from __future__ import annotations

import pytest

from telephony.twilio.segments import Segments, segments_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", Segments("GSM-7", 0, 0)),
        ("a" * 160, Segments("GSM-7", 160, 1)),
        ("a" * 161, Segments("GSM-7", 161, 2)),
        ("a" * 306, Segments("GSM-7", 306, 2)),
        ("a" * 307, Segments("GSM-7", 307, 3)),
        ("€" * 80, Segments("GSM-7", 160, 1)),
        ("a" * 152 + "€" + "a" * 152, Segments("GSM-7", 306, 3)),
        ("é@£¥ÆΔ", Segments("GSM-7", 6, 1)),
        ("`", Segments("UCS-2", 1, 1)),
        ("ç", Segments("UCS-2", 1, 1)),
        ("你" * 70, Segments("UCS-2", 70, 1)),
        ("你" * 71, Segments("UCS-2", 71, 2)),
        ("你" * 134, Segments("UCS-2", 134, 2)),
        ("你" * 135, Segments("UCS-2", 135, 3)),
        ("😀" * 35, Segments("UCS-2", 70, 1)),
        ("你" * 66 + "😀" + "你" * 66, Segments("UCS-2", 134, 3)),
    ],
)
def test_segments(text: str, found: Segments) -> None:
    assert segments_of(text) == found


def test_the_alphabet_is_whole() -> None:
    alphabet = [chr(n) for n in range(0x3000) if n != 0x1B and segments_of(chr(n)).encoding == "GSM-7"]
    assert len(alphabet) == 127 + 10
