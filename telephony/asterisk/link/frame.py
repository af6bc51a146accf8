"""One packet from Asterisk as a value. Lines end at CRLF only: a caller's name may hold U+2028."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """An event or a response. `get` reads a header's first value, `all` every value."""

    kind: str  # "event" or "response"
    name: str  # the event's name, or the response's status
    pairs: tuple[tuple[str, str], ...]

    def get(self, key: str, default: str = "") -> str:
        for name, value in self.pairs:
            if name == key:
                return value
        return default

    def all(self, key: str) -> list[str]:
        return [value for name, value in self.pairs if name == key]

    @property
    def action_id(self) -> str:
        return self.get("ActionID")

    @property
    def ok(self) -> bool:
        """False only for `Response: Error`."""
        return self.name.lower() != "error"


def parse(pack: str) -> Frame | None:
    """Read one packet (without its closing empty line). None when it is neither event nor response.

    The first line alone decides: an `OriginateResponse` event holds a `Response:` header further down.
    """
    lines = pack.split("\r\n")
    key, _, name = lines[0].partition(": ")
    kind = key.lower()
    if kind not in ("event", "response"):
        return None
    return Frame(kind, name.strip(), tuple(_pair(line) for line in lines[1:] if line))


def event_name(pack: str) -> str | None:
    """The event's name without parsing the rest: most events are dropped by name."""
    if not pack.startswith("Event: "):
        return None
    end = pack.find("\r\n")
    return pack[7:] if end < 0 else pack[7:end]


def _pair(line: str) -> tuple[str, str]:
    key, separator, value = line.partition(":")
    if not separator:
        return ("", line)
    return (key, value[1:] if value.startswith(" ") else value)
