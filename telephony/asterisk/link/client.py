"""The library's client with its unsafe seams replaced; it lives for one connection only.

Its reader thread parses a packet, appends it to the inbox and wakes the event loop. It calls nothing
else, so nothing that we write can raise in it.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from asterisk.ami import AMIClient

from telephony.asterisk.link.action import Action
from telephony.asterisk.link.address import AmiAddress
from telephony.asterisk.link.errors import AmiLost
from telephony.asterisk.link.frame import Frame, event_name, parse

CONNECT_SECONDS = 3.0
SEND_SECONDS = 0.25  # longer and the PBX has stopped reading: the link is as good as lost
READ_SECONDS = 120.0  # the watchdog's Ping keeps an idle link busy long before this
BUFFER_BYTES = 16384


class Client(AMIClient):  # type: ignore[misc]
    """`on_frame` and `on_closed` are called in the reader thread and must only hand over."""

    def __init__(
        self,
        address: AmiAddress,
        wanted: frozenset[str],
        on_frame: Callable[[Frame], None],
        on_closed: Callable[[str], None],
    ) -> None:
        super().__init__(address.host, address.port, buffer_size=BUFFER_BYTES)
        self._wanted = wanted
        self._on_frame = on_frame
        self._on_closed = on_closed
        self._sending = threading.Lock()
        self._writer: socket.socket | None = None
        self._given_up = False

    def connect(self) -> None:
        """Open the connection (blocking, at most 3 s) and start the reader. Raises OSError."""
        self._socket = socket.create_connection((self._address, self._port), CONNECT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(READ_SECONDS)
        self._writer = self._socket.dup()
        self._writer.settimeout(SEND_SECONDS)
        if self._given_up:
            self.close()
            return
        self.finished = threading.Event()
        self._thread = threading.Thread(target=self.listen, name="ami-reader", daemon=True)
        self._thread.start()

    def transmit(self, action: Action, action_id: str) -> None:
        """Write one whole action. Raises AmiLost: the stream is then torn and the link must be closed."""
        data = action.wire(action_id)
        with self._sending:
            if self._writer is None:
                raise AmiLost("the link is closed")
            try:
                self._writer.sendall(data)
            except OSError as error:
                raise AmiLost(f"sending failed: {error}") from error

    def close(self) -> None:
        """Close at once; the reader thread ends by itself. May be called twice."""
        self._given_up = True
        if self.finished is not None:
            self.finished.set()
        with self._sending:
            for end in (self._writer, self._socket):
                _shut(end)
            self._writer = None

    def listen(self) -> None:
        """The reader thread: the library's loop, with an end that is always reported."""
        reason = "closed by Asterisk"
        try:
            super().listen()
        except Exception as error:  # wrong banner, early close: the library lets them out of the thread
            reason = f"unreadable: {error!r:.120}"
        finally:
            self.finished.set()
            self._on_closed(reason)

    def fire_recv_pack(self, pack: str) -> None:
        """The library's seam for one packet: drop unwanted events by name, hand over the rest parsed."""
        name = event_name(pack)
        if name is not None and name not in self._wanted and "\r\nActionID: " not in pack:
            return
        frame = parse(pack)
        if frame is not None:
            self._on_frame(frame)


def _shut(end: socket.socket | None) -> None:
    if end is None:
        return
    with contextlib.suppress(OSError):  # already gone: closing is what matters
        end.shutdown(socket.SHUT_RDWR)
    end.close()
