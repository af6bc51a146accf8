"""What is attached to a mail: what it really is by its first bytes, and whether it is kept. Nothing is ever opened."""

from __future__ import annotations

import re

from core.address import clean_text
from telephony.messages.incoming import IncomingFile

LARGEST_FILE = 16 * 1024 * 1024
MOST_FILES = 50
_UNKNOWN = "application/octet-stream"
_EXECUTABLE = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe",
               b"\xcf\xfa\xed\xfe", b"#!", b"L\x00\x00\x00\x01\x14\x02\x00", b"dex\n")  # fmt: skip
_FORBIDDEN = frozenset(
    [
        "ade",
        "adp",
        "apk",
        "app",
        "appx",
        "bat",
        "chm",
        "cmd",
        "com",
        "cpl",
        "dll",
        "exe",
        "gadget",
        "hta",
        "inf",
        "ins",
        "iso",
        "jar",
        "js",
        "jse",
        "jsp",
        "lnk",
        "mjs",
        "msc",
        "msi",
        "msp",
        "mst",
        "pif",
        "ps1",
        "psm1",
        "py",
        "reg",
        "scf",
        "scr",
        "sct",
        "sh",
        "shb",
        "sys",
        "url",
        "vb",
        "vbe",
        "vbs",
        "wsc",
        "wsf",
        "wsh",
        "xll",
    ]
)
_MAGIC = (
    (b"%PDF-", "application/pdf"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"), (b"BM", "image/bmp"), (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"), (b"OggS", "audio/ogg"), (b"ID3", "audio/mpeg"), (b"\x1f\x8b", "application/gzip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"), (b"7z\xbc\xaf'\x1c", "application/x-7z-compressed"),
)  # fmt: skip
_ZIPPED = re.compile(
    r"application/(?:zip|vnd\.(?:openxmlformats-officedocument|oasis\.opendocument)\.[a-z0-9.-]{1,70})"
)
_OLD_OFFICE = re.compile(r"application/(?:msword|vnd\.ms-(?:excel|powerpoint|outlook))")
_TEXTS = frozenset({"text/plain", "text/csv", "text/calendar", "text/vcard", "application/json"})


def attached(name: str, declared: str, content: bytes) -> IncomingFile:
    """A file of a mail: whole, or by its name alone with the reason why."""
    name = clean_text(name.replace("\\", "/").rpartition("/")[2], 120) or "file"
    kind = kind_of(declared.lower(), content)
    refused = _refused(name, content)
    return IncomingFile(name, kind, None if refused else content, refused=refused)


def refused(name: str, reason: str) -> IncomingFile:
    """A file of which only the name is kept."""
    return IncomingFile(clean_text(name, 120) or "file", _UNKNOWN, refused=reason)


def _refused(name: str, content: bytes) -> str | None:
    endings = name.lower().rstrip(". ").split(".")[1:]
    if content.startswith(_EXECUTABLE) or (endings and endings[-1].strip() in _FORBIDDEN):
        return "file.executable"
    return "file.too_large" if len(content) > LARGEST_FILE else None


def kind_of(declared: str, content: bytes) -> str:
    """The type by the first bytes; a declared one counts only where it fits them, and no markup is called markup."""
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    if content[:4] == b"RIFF" and content[8:12] in (b"WEBP", b"WAVE"):
        return "image/webp" if content[8:12] == b"WEBP" else "audio/wav"
    if content[4:8] == b"ftyp":
        return {b"heic": "image/heic", b"M4A ": "audio/mp4"}.get(content[8:12], "video/mp4")
    if content.startswith(b"PK\x03\x04"):
        return declared if _ZIPPED.fullmatch(declared) else "application/zip"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return declared if _OLD_OFFICE.fullmatch(declared) else _UNKNOWN
    return declared if declared in _TEXTS and b"\x00" not in content[:4096] else _UNKNOWN
