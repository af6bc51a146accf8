"""Actions as they go to the wire: an ordered list of pairs, each checked before a byte is sent.

Asterisk reads lines of at most 1,024 bytes and 128 headers, splits `Variable` at commas, and takes a
line break inside a value for the next header or even the next action.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from telephony.asterisk.link.errors import AmiInvalidAction

MAX_LINE_BYTES = 1000
MAX_FIELDS = 100
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}\Z")
_FORBIDDEN = re.compile(r"[\r\n\x00]")
_VARIABLE_NAME = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]{0,60}\Z")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9_./@:;=+~ -]{0,400}\Z")


@dataclass(frozen=True, slots=True, repr=False)
class Action:
    """One AMI action. Unlike the library's own it keeps repeated headers and their order."""

    name: str
    fields: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        _check(self.name, self.fields)

    def __repr__(self) -> str:
        return f"Action({self.name!r}, {[key for key, _ in self.fields]})"

    def wire(self, action_id: str) -> bytes:
        """The bytes of the whole action, closed by the empty line."""
        lines = [f"Action: {self.name}", f"ActionID: {action_id}"]
        lines += [f"{key}: {value}" for key, value in self.fields]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


def variable(name: str, value: str) -> tuple[str, str]:
    """A `Variable` header. Refuses what Asterisk would split into more than one value."""
    if not _VARIABLE_NAME.match(name) or not _VARIABLE_VALUE.match(value):
        raise AmiInvalidAction(f"variable {name!r:.80} cannot be sent safely")
    return ("Variable", f"{name}={value}")


def _check(name: str, pairs: tuple[tuple[str, str], ...]) -> None:
    if not _KEY.match(name) or len(pairs) > MAX_FIELDS:
        raise AmiInvalidAction(f"{name!r:.80}: not an action name, or more than {MAX_FIELDS} headers")
    for key, value in pairs:
        _check_pair(key, value)


def _check_pair(key: str, value: str) -> None:
    if not isinstance(key, str) or not _KEY.match(key):
        raise AmiInvalidAction(f"header name {key!r:.80} is not allowed")
    if not isinstance(value, str) or _FORBIDDEN.search(value):
        raise AmiInvalidAction(f"header {key}: text without line breaks expected")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise AmiInvalidAction(f"header {key}: cannot be encoded") from None
    if size + len(key) + 2 > MAX_LINE_BYTES:
        raise AmiInvalidAction(f"header {key}: {size} bytes are more than Asterisk reads")
