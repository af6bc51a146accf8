"""Asterisk's configuration format: sections of `key=value` lines, with values that cannot break out of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from core.errors import Refusal

_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")

Lines = Iterable[tuple[str, object]]


def section(name: str, lines: Lines) -> str:
    """One section; booleans become yes and no, None leaves the line out.

    Raises Refusal (`pbx.bad_value`) for line breaks and control characters; `;` is escaped, it would start a
    comment.
    """
    body = [f"{key}={_value(key, value)}" for key, value in lines if value is not None]
    return "\n".join([f"[{checked_name(name)}]", *body]) + "\n"


def checked_name(name: str) -> str:
    """The name of a section, endpoint or user; raises Refusal (`pbx.bad_name`) unless it is plain."""
    if not _NAME.fullmatch(name):
        raise Refusal("pbx.bad_name", f"not a name that the PBX can take: {name[:80]!r}")
    return name


def _value(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    if _FORBIDDEN.search(text) or len(text) > 1000:
        raise Refusal("pbx.bad_value", f"the value of {key} has control characters or is too long")
    return text.replace("\\", "\\\\").replace(";", "\\;") if ";" in text else text
