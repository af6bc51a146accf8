"""What a file from a customer's phone is, by how it begins and by what it is said to be: both must fit. Pure.

Archives, programs, pages, drawings with scripts and everything unknown are not welcome.
"""

from __future__ import annotations

from telephony.messages.pictures import picture_type

LARGEST_BYTES = 16 * 1024 * 1024
_HEAD = 4096
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"OggS", "audio/ogg"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
)
_BOXES = {
    b"heic": "image/heic", b"mif1": "image/heic", b"avif": "image/avif", b"M4A ": "audio/mp4", b"3gp4": "video/3gpp",
    b"3gp5": "video/3gpp", b"3gp6": "video/3gpp", b"isom": "video/mp4", b"iso2": "video/mp4", b"mp41": "video/mp4",
    b"mp42": "video/mp4", b"avc1": "video/mp4", b"qt  ": "video/quicktime",
}  # fmt: skip
_TEXTS = {"text/plain": "text/plain", "text/vcard": "text/vcard", "text/x-vcard": "text/vcard"}
_SAME = frozenset({"video", "audio"})
"""Families whose containers are one and the same: a voice note may come as ``video/mp4``."""


def kind_of(head: bytes) -> str | None:
    """The media type of a file by its first bytes; None for what is not welcome. Text is not told by its beginning."""
    picture = picture_type(head)
    if picture is not None:
        return picture
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[:4] == b"RIFF":
        return "audio/wav" if head[8:12] == b"WAVE" else None
    return _BOXES.get(head[8:12]) if head[4:8] == b"ftyp" else None


def checked_kind(told: str, content: bytes) -> str | None:
    """The media type of a whole file that was said to be ``told``; None: the two do not fit, or it is unwelcome."""
    told = told.partition(";")[0].strip().lower()
    if told in _TEXTS:
        return _TEXTS[told] if _is_plain(content) else None
    kind = kind_of(content[:_HEAD])
    if kind is None or told in ("", "application/octet-stream", kind):
        return kind
    family, own = told.partition("/")[0], kind.partition("/")[0]
    return kind if family == own or {family, own} == _SAME else None


def _is_plain(content: bytes) -> bool:
    """Text, and none that a program could take for a page, a drawing or a script."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return False
    start = text[:1024].lstrip("\ufeff \t\r\n").lower()
    return not start.startswith(("<", "#!")) and not any(ch < " " and ch not in "\t\r\n\f" for ch in text)
