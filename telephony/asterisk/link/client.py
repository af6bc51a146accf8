"""The library's client with its unsafe seams replaced; it lives for one connection only.

The library reads in a thread of its own. Here the event loop reads, for on the way of a call every change of threads
is half a millisecond; the library keeps the format: the banner, the encoding, what a packet is.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

from asterisk.ami import AMIClient

from telephony.asterisk.link.action import Action
from telephony.asterisk.link.address import AmiAddress
from telephony.asterisk.link.errors import AmiLost
from telephony.asterisk.link.frame import Frame, event_name, parse

CONNECT_SECONDS = 3.0
SEND_SECONDS = 0.25  # longer and the PBX has stopped reading: the link is as good as lost
BUFFER_BYTES = 65536
PACKET_BYTES = 1_000_000
"""More without an end is no packet of a manager."""


class Client(AMIClient):  # type: ignore[misc]
    """`on_frame` and `on_closed` are called on the event loop. `on_frame` must not raise."""

    def __init__(
        self,
        address: AmiAddress,
        wanted: frozenset[str],
        on_frame: Callable[[Frame], None],
        on_closed: Callable[[str], None],
    ) -> None:
        super().__init__(address.host, address.port)
        self._wanted = wanted
        self._on_frame = on_frame
        self._on_closed = on_closed
        self._writer: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._data = b""
        self._greeted = False
        self._given_up = False

    def connect(self) -> None:
        """Open the connection (blocking, at most 3 s). Raises OSError."""
        self._socket = socket.create_connection((self._address, self._port), CONNECT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)
        self._writer = self._socket.dup()
        self._writer.settimeout(SEND_SECONDS)
        if self._given_up:
            self.close()

    def listen(self) -> None:
        """Read from now on, on the running loop."""
        if self._given_up:
            return
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._readable)

    def transmit(self, action: Action, action_id: str) -> None:
        """Write one whole action. Raises AmiLost: the stream is then torn and the link must be closed."""
        if self._writer is None:
            raise AmiLost("the link is closed")
        try:
            self._writer.sendall(action.wire(action_id))
        except OSError as error:
            raise AmiLost(f"sending failed: {error}") from error

    def close(self) -> None:
        """Close at once. May be called twice."""
        self._given_up = True
        if self._loop is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._loop = None
        for end in (self._writer, self._socket):
            _shut(end)
        self._writer = None

    def fire_recv_pack(self, pack: str) -> None:
        """The library's seam for one packet: drop unwanted events by name, hand over the rest parsed."""
        name = event_name(pack)
        if name is not None and name not in self._wanted and "\r\nActionID: " not in pack:
            return
        frame = parse(pack)
        if frame is not None:
            self._on_frame(frame)

    def _readable(self) -> None:
        try:
            data = self._socket.recv(BUFFER_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._on_closed(f"unreadable: {error!r:.120}")
            return
        if not data:
            self._on_closed("closed by Asterisk")
            return
        self._data += data
        for pack in self._packs():
            if self._given_up:
                return
            self.fire_recv_pack(pack)

    def _packs(self) -> Iterator[str]:
        """The whole packets that have come; an unfinished one waits for its rest."""
        if not self._greeted:
            banner, found, rest = self._data.partition(b"\r\n")
            if not found and len(banner) < BUFFER_BYTES:
                return
            if self.asterisk_start_regex.match(self._decode_pack(banner)) is None:
                self._on_closed(f"unreadable: {banner[:60]!r} is no manager's banner")
                return
            self._greeted, self._data = True, rest
        *packs, self._data = self._data.split(b"\r\n\r\n")
        if len(self._data) > PACKET_BYTES:
            self._on_closed("unreadable: a packet without an end")
            return
        yield from map(self._decode_pack, packs)


def _shut(end: socket.socket | None) -> None:
    if end is None:
        return
    with contextlib.suppress(OSError):  # already gone: closing is what matters
        end.shutdown(socket.SHUT_RDWR)
    end.close()
