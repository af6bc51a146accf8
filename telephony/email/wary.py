"""The standard library's mail parser, kept from what would stop it: endless headers, depth, faults of its own."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import EmailPolicy
from typing import Any, cast

LARGEST = 25 * 1024 * 1024
"""Bytes of a mail that are read."""
DEEPEST = 20
MOST_PARTS = 200
_LONGEST_HEADER = 4_000
_MOST_LINES = 1_000
_MOST_BORDERS = 5_000
_NESTED = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_BORDER = re.compile(rb"^--", re.MULTILINE)
_CHARSETS = ("utf-8", "gb18030")


class TooComplex(Exception):
    """Built to keep a parser busy, not to be read."""


class _Wary(EmailPolicy):
    """Headers are cut when they are read; one that the library stumbles over is its text."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Name and raw value, of bounded length; raw bytes become what they probably are."""
        kept, room = [], _LONGEST_HEADER
        for line in sourcelines[:_MOST_LINES]:
            kept.append(_as_text(line[:room]))
            room -= len(line)
            if room <= 0:
                break
        return super().header_source_parse(kept)

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """The header, or its bare text."""
        try:
            return super().header_fetch_parse(name, value)
        except Exception:  # the library raises anything for what it does not expect
            return re.sub(r"[\r\n]+", " ", value)


def _as_text(line: str) -> str:
    if line.isascii():
        return line
    raw = line.encode("ascii", "surrogateescape")
    for charset in _CHARSETS:
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


POLICY = _Wary()


def parse(raw: bytes) -> EmailMessage:
    """A mail of at most ``LARGEST`` bytes. Raises ``TooComplex``."""
    raw = raw[:LARGEST]
    if _exceeds(_NESTED, raw, DEEPEST) or _exceeds(_BORDER, raw, _MOST_BORDERS):
        raise TooComplex
    try:
        return cast(EmailMessage, message_from_bytes(raw, policy=POLICY))
    except Exception as error:  # as above
        raise TooComplex from error


def parse_headers(raw: bytes) -> EmailMessage:
    """Only the headers of the mail."""
    head = re.split(rb"\r?\n\r?\n", raw[:100_000], maxsplit=1)[0]
    head = re.sub(rb"(?im)^content-(?:type|transfer-encoding):[^\n]*\n(?:[ \t][^\n]*\n)*", b"", head + b"\n")
    return cast(EmailMessage, message_from_bytes(head + b"\n", policy=POLICY))


def _exceeds(pattern: re.Pattern[bytes], raw: bytes, most: int) -> bool:
    return any(number >= most for number, _ in enumerate(pattern.finditer(raw)))


def decode(payload: bytes, charset: str | None) -> str:
    """Text of a part; a charset that is none, or is not kept to, costs single characters and never the mail."""
    named = {"gb2312": "gb18030", "gbk": "gb18030", "us-ascii": "utf-8", "iso-8859-1": "cp1252"}
    wanted = (charset or "utf-8").lower()
    for each in (named.get(wanted, wanted), *_CHARSETS):
        try:
            return payload.decode(each)
        except (LookupError, ValueError, AttributeError):
            continue
    return payload.decode("utf-8", "replace")
