"""What a file is, by what it begins with and never by what it is called. Pure."""

from __future__ import annotations

from core.errors import Refusal
from telephony.messages.pictures import HEAD_BYTES, picture_type

LARGEST_BYTES = 8 * 1024 * 1024
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Pictures that a browser may draw; anything else is only for keeping."""


def kind_of(content: bytes) -> str | None:
    """The media type of a file that is welcome; None for all others (programs, archives, pages, drawings)."""
    picture = picture_type(content[:HEAD_BYTES])
    if picture is not None or content.startswith(b"%PDF-"):
        return picture or "application/pdf"
    return "text/plain" if _is_plain(content) else None


def checked_kind(content: bytes) -> str:
    """The media type. Refusals: ``file.empty``, ``file.too_large``, ``file.kind``."""
    if not content:
        raise Refusal("file.empty", "The file is empty.")
    if len(content) > LARGEST_BYTES:
        raise Refusal("file.too_large", f"At most {LARGEST_BYTES} bytes can be sent.")
    kind = kind_of(content)
    if kind is None:
        raise Refusal("file.kind", "Files of this kind are not taken.")
    return kind


def _is_plain(content: bytes) -> bool:
    """Text, and none that a program could take for a page, a drawing or a script."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    start = text[:1024].lstrip("\ufeff \t\r\n").lower()
    return not start.startswith(("<", "#!")) and not any(
        ch == "\x7f" or (ch < " " and ch not in "\t\r\n\f") for ch in text
    )
