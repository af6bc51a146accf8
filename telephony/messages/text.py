"""Text from outside, made fit to be kept: no control characters, no half characters, not endless. Pure."""

from __future__ import annotations

import unicodedata

from core.message import LONGEST_BODY

_LINES = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n\n", "\x85": "\n"}
_UNWANTED = frozenset({"Cc", "Cs", "Cn"})


def kept_text(text: str, limit: int = LONGEST_BODY) -> str:
    """Lines of text; what turns the direction of writing without end is taken out, as in file names and addresses."""
    for ending, plain in _LINES.items():
        text = text.replace(ending, plain)
    kept = (ch for ch in text[: limit * 2] if ch in "\n\t" or not _is_unwanted(ch))
    return "".join(kept)[:limit].strip()


def _is_unwanted(ch: str) -> bool:
    return unicodedata.category(ch) in _UNWANTED or "\u202a" <= ch <= "\u202e" or "\u2066" <= ch <= "\u2069"
