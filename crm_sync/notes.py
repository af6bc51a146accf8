"""Notes that people type, made safe to keep and to show. Pure."""

from __future__ import annotations

import unicodedata

from core.errors import Refusal

MAX_NOTE = 4_000
_KEPT_CONTROLS = frozenset("\n\t")
_LINE_ENDS = {"\r\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n", "\u0085": "\n"}
_DIRECTION_MARKS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_note(note: str) -> str:
    """The note with plain line ends and without control characters, surrogates and marks that turn text around.

    Raises ``Refusal`` (``note.too_long``) above ``MAX_NOTE`` characters: nothing is cut away silently.
    """
    for found, wanted in _LINE_ENDS.items():
        note = note.replace(found, wanted)
    cleaned = "".join(ch for ch in note if _is_kept(ch)).strip()
    if len(cleaned) > MAX_NOTE:
        raise Refusal("note.too_long", f"A note has at most {MAX_NOTE} characters.", limit=MAX_NOTE)
    return cleaned


def _is_kept(ch: str) -> bool:
    return ch in _KEPT_CONTROLS or (unicodedata.category(ch) not in ("Cc", "Cs") and ch not in _DIRECTION_MARKS)
