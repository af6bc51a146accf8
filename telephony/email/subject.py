"""The subject of a thread without what each answer puts before it. Pure."""

from __future__ import annotations

import re

from core.address import clean_text

LONGEST_SUBJECT = 200
_PREFIX = re.compile(
    r"\s*(?:(?:re|aw|antw|antwort|sv|fw|fwd|wg|tr|rif)\s*(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*[:：]|"
    r"(?:回复|答复|回覆|答覆|转发|轉寄|轉發)\s*[:：])",
    re.IGNORECASE,
)


def bare_subject(subject: str) -> str:
    """Without ``Re:``, ``AW:``, ``回复：`` and their like, however many; one clean line."""
    text = clean_text(subject, LONGEST_SUBJECT)
    while (found := _PREFIX.match(text)) is not None:
        text = text[found.end() :]
    return text.strip()
