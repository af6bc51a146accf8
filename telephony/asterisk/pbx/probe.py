"""A small blocking AMI client: enough to wait for a start and to examine a PBX; the product's link is elsewhere.

Splits lines on CRLF only: other line breaks may come from callers' names.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from types import TracebackType

from core.errors import Refusal, Unavailable
from telephony.asterisk.link.address import AmiAddress

Packet = list[tuple[str, str]]


def value(packet: Packet, key: str) -> str:
    """The first value of a key, or an empty text."""
    return next((found for name, found in packet if name.lower() == key.lower()), "")


class Probe:
    """One AMI session. Raises Unavailable (`ami.unreachable`) when it does not come about or breaks."""

    def __init__(self, host: str, port: int, user: str, secret: str, timeout_seconds: float = 5.0) -> None:
        self.user, self._secret = user, secret
        self._buffer = b""
        self._count = 0
        self.events: list[Packet] = []
        try:
            self._socket = socket.create_connection((host, port), timeout_seconds)
            self._socket.settimeout(timeout_seconds)
            self.banner = self._read_until(b"\r\n").decode("utf-8", "replace")
        except OSError as error:
            raise Unavailable("ami.unreachable", f"no AMI at {host}:{port}: {error}") from error

    @classmethod
    def from_url(cls, url: str, timeout_seconds: float = 5.0) -> Probe:
        """Open `ami://user:secret@host:port`. Raises AmiAddressInvalid for any other text."""
        address = AmiAddress.parse(url)
        return cls(address.host, address.port, address.user, address.secret, timeout_seconds)

    def __enter__(self) -> Probe:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def login(self, *, events: str = "on") -> Packet:
        """Sign in; the reply's `Response` says whether it was accepted."""
        return self.action("Login", Username=self.user, Secret=self._secret, Events=events)

    def action(self, name: str, **headers: str) -> Packet:
        """Send one action and give its reply; events that come meanwhile are kept in `events`."""
        identifier = self._send(name, headers)
        while True:
            packet = self.read()
            if value(packet, "Response") and not value(packet, "Event") and value(packet, "ActionID") == identifier:
                return packet
            self.events.append(packet)

    def listing(self, name: str, **headers: str) -> list[Packet]:
        """Send an action whose answer is a list of events, and give them without start and end."""
        identifier = self._send(name, headers)
        rows: list[Packet] = []
        while True:
            packet = self.read()
            if value(packet, "ActionID") != identifier:
                self.events.append(packet)
            elif value(packet, "Event") and value(packet, "EventList") in {"Complete", "Cancelled"}:
                return rows
            elif value(packet, "Event"):
                rows.append(packet)
            elif value(packet, "Response") == "Error":
                return rows

    def wait_event(self, name: str, timeout_seconds: float) -> Packet | None:
        """The next event of that name, kept ones first; None when none comes in time."""
        deadline = time.monotonic() + timeout_seconds
        for packet in self.events:
            if value(packet, "Event") == name:
                self.events.remove(packet)
                return packet
        while (left := deadline - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                packet = self.read()
            except Unavailable:
                return None
            if value(packet, "Event") == name:
                return packet
            self.events.append(packet)
        return None

    def read(self) -> Packet:
        """The next packet."""
        try:
            text = self._read_until(b"\r\n\r\n").decode("utf-8", "replace")
        except OSError as error:
            raise Unavailable("ami.unreachable", f"the AMI session broke: {error}") from error
        return list(_pairs(text))

    def _send(self, name: str, headers: dict[str, str]) -> str:
        self._count += 1
        identifier = f"probe-{self._count}"
        lines = {"Action": name, "ActionID": identifier, **headers}
        if any(mark in text for text in lines.values() for mark in "\r\n\0"):
            raise Refusal("ami.bad_value", f"line break in a value of {name}")
        try:
            self._socket.sendall("".join(f"{key}: {text}\r\n" for key, text in lines.items()).encode() + b"\r\n")
        except OSError as error:
            raise Unavailable("ami.unreachable", f"the AMI session broke: {error}") from error
        return identifier

    def _read_until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            chunk = self._socket.recv(65536)
            if not chunk:
                raise ConnectionError("closed by the PBX")
            self._buffer += chunk
        head, self._buffer = self._buffer.split(mark, 1)
        return head


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\r\n"):
        key, colon, rest = line.partition(":")
        if colon:
            yield key.strip(), rest.strip()
