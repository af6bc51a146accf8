"""Which bytes are a picture that a browser may show in place, told by the bytes and by nothing else. Pure."""

from __future__ import annotations

HEAD_BYTES = 16
_STARTS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def picture_type(head: bytes) -> str | None:
    """The type of a picture from its first ``HEAD_BYTES`` bytes; None for anything else, SVG among it."""
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _STARTS.items() if head.startswith(start)), None)
