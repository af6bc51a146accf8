"""One call of a fake phone, either way: what was seen of it and when, and what can be done with it.

Times are ``time.perf_counter()`` seconds, taken when the datagram came out of (or went into) the socket.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.fakes.sip.message import Message, answer_to, build, media_of, sdp, uri_in

if TYPE_CHECKING:
    from tests.fakes.sip.endpoint import Endpoint

Address = tuple[str, int]
_RESEND_SECONDS = 0.5
_RESENDS = 8


class Call:
    """Base of both ways. ``ended`` is set once, with ``end_status`` (0 for a BYE from either side)."""

    def __init__(self, endpoint: Endpoint, remote: Address, call_id: str, media_port: int) -> None:
        self.endpoint = endpoint
        self.remote = remote
        self.call_id = call_id
        self.media_port = media_port
        self.remote_media: Address | None = None
        self.invited_at = 0.0
        self.answered_at = 0.0
        self.ended_at = 0.0
        self.answered = asyncio.Event()
        self.ended = asyncio.Event()
        self.end_status = 0
        self.on_answered: Callable[[], None] | None = None
        self.on_ended: Callable[[], None] | None = None
        self._cseq = 1
        self._local = ""
        self._peer = ""
        self._target = ""
        self._pending: asyncio.TimerHandle | None = None
        self._awaited = ""

    def hang_up(self) -> None:
        """Send BYE (the call must be up)."""
        self._cseq += 1
        self._send_until_answered("BYE", self._cseq)
        self._finish(0)

    def send_info(self, digit: str) -> None:
        """Press a key by SIP INFO."""
        self._cseq += 1
        body = f"Signal={digit}\r\nDuration=160\r\n"
        self._send(self._request("INFO", self._cseq, body, kind="application/dtmf-relay"))

    def _request(
        self, method: str, cseq: int, body: str = "", *, kind: str = "application/sdp", via: str = ""
    ) -> bytes:
        headers = [
            ("Via", via or self._new_via()),
            ("Max-Forwards", "70"),
            ("From", self._local),
            ("To", self._peer),
            ("Call-ID", self.call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Contact", f"<{self.endpoint.uri}>"),
        ]
        return build(f"{method} {self._target} SIP/2.0", headers, body, kind)

    def _new_via(self) -> str:
        own = self.endpoint.address
        return f"SIP/2.0/UDP {own[0]}:{own[1]};branch=z9hG4bK{secrets.token_hex(8)};rport"

    def _first_media(self) -> None:
        if self.media_port == self.endpoint.deaf_port:
            self.endpoint.say_something(self.remote_media)

    def _send(self, datagram: bytes) -> None:
        self.endpoint.send(datagram, self.remote)

    def _send_until_answered(self, method: str, cseq: int, body: str = "") -> None:
        datagram = self._request(method, cseq, body)
        self._awaited = f"{cseq} {method}"
        self._repeat(datagram, _RESENDS, _RESEND_SECONDS)

    def _repeat(self, datagram: bytes, left: int, pause: float) -> None:
        self._send(datagram)
        if left:
            loop = asyncio.get_running_loop()
            self._pending = loop.call_later(pause, self._repeat, datagram, left - 1, min(pause * 2, 4.0))

    def _stop_repeating(self) -> None:
        if self._pending:
            self._pending.cancel()
            self._pending = None

    def _finish(self, status: int) -> None:
        if self.ended.is_set():
            return
        self.ended_at = time.perf_counter()
        self.end_status = status
        self.ended.set()
        self.endpoint.forget_soon(self)
        if self.on_ended:
            self.on_ended()

    def _reply(self, request: Message, status: int, reason: str, body: str = "") -> None:
        self._send(answer_to(request, status, reason, tag=self.call_id[:8], contact=self.endpoint.uri, body=body))

    def receive(self, message: Message, at: float) -> None:
        """Take a message of this call."""
        if message.status:
            self._on_response(message, at)
        elif message.method == "BYE":
            self._stop_repeating()
            self._reply(message, 200, "OK")
            self._finish(0)
        elif message.method in ("INFO", "OPTIONS", "UPDATE", "NOTIFY", "MESSAGE"):
            self._reply(message, 200, "OK")
        else:
            self._on_request(message, at)

    def _on_response(self, message: Message, at: float) -> None:
        if message.status >= 200 and message.headers.get("cseq", "") == self._awaited:
            self._stop_repeating()

    def _on_request(self, message: Message, at: float) -> None:
        if message.method == "INVITE":
            self._reply(message, 200, "OK", sdp(self.endpoint.address[0], self.media_port))


class OutgoingCall(Call):
    """A call that we dialled."""

    def __init__(
        self, endpoint: Endpoint, remote: Address, number: str, caller: str, name: str, media_port: int
    ) -> None:
        super().__init__(endpoint, remote, secrets.token_hex(12), media_port)
        display = f'"{name}" ' if name else ""
        self._local = f"{display}<sip:{caller}@{endpoint.address[0]}>;tag={secrets.token_hex(4)}"
        self._peer = f"<sip:{number}@{remote[0]}:{remote[1]}>"
        self._target = f"sip:{number}@{remote[0]}:{remote[1]}"
        self.caller = caller
        self.ringing = asyncio.Event()
        self._via = ""

    def dial(self) -> None:
        """Send the INVITE."""
        self._awaited = "1 INVITE"
        body = sdp(self.endpoint.address[0], self.media_port)
        self._via = self._new_via()
        datagram = self._request("INVITE", 1, body, via=self._via)
        self.invited_at = time.perf_counter()
        self._repeat(datagram, _RESENDS, _RESEND_SECONDS)

    def cancel(self) -> None:
        """Give up before the answer."""
        self._send(self._request("CANCEL", 1, via=self._via))

    def leave(self) -> None:
        """Hang up, or give up when nobody has answered yet."""
        if self.ended.is_set():
            return
        if self.answered.is_set():
            self.hang_up()
        else:
            self.cancel()

    def _on_response(self, message: Message, at: float) -> None:
        super()._on_response(message, at)
        if message.cseq[1] != "INVITE":
            return
        self._stop_repeating()
        if message.status < 200:
            self.remote_media = media_of(message.body) or self.remote_media
            self.ringing.set()
            return
        self._peer = message.headers.get("to", self._peer)
        if message.status < 300:
            self._on_answer(message, at)
        else:
            self._send(self._request("ACK", 1, via=self._via))
            self._finish(message.status)

    def _on_answer(self, message: Message, at: float) -> None:
        self._target = uri_in(message.headers.get("contact", "")) or self._target
        self.remote_media = media_of(message.body)
        self._send(self._request("ACK", 1))
        self._first_media()
        if not self.answered.is_set():
            self.answered_at = at
            self.answered.set()
            if self.on_answered:
                self.on_answered()


class IncomingCall(Call):
    """A call that rings at one of our phones."""

    def __init__(self, endpoint: Endpoint, remote: Address, invite: Message, at: float, media_port: int) -> None:
        super().__init__(endpoint, remote, invite.call_id, media_port)
        self.invite = invite
        self.invited_at = at
        self.cancelled = asyncio.Event()
        self.remote_media = media_of(invite.body)
        self._local = f"{invite.headers.get('to', '')};tag={self.call_id[:8]}"
        self._peer = invite.headers.get("from", "")
        self._target = uri_in(invite.headers.get("contact", ""))
        self._final: tuple[int, str] | None = None

    @property
    def caller_header(self) -> str:
        """The From header as it came."""
        return self.invite.headers.get("from", "")

    def ring(self) -> None:
        """Send 180."""
        self._reply(self.invite, 180, "Ringing")

    def answer(self) -> None:
        """Send 200 with our media."""
        self._final = (200, "OK")
        self.answered_at = time.perf_counter()
        datagram = answer_to(
            self.invite, 200, "OK", tag=self.call_id[:8], contact=self.endpoint.uri,
            body=sdp(self.endpoint.address[0], self.media_port),
        )  # fmt: skip
        self._repeat(datagram, _RESENDS, _RESEND_SECONDS)

    def refuse(self, status: int = 486, reason: str = "Busy Here") -> None:
        """Send a final refusal: 486 busy, 603 declined."""
        self._final = (status, reason)
        self._reply(self.invite, status, reason)
        self._finish(status)

    def vanish(self) -> None:
        """Say nothing any more, as a phone without power."""
        self._stop_repeating()
        self.endpoint.forget(self)

    def _on_request(self, message: Message, at: float) -> None:
        if message.method == "ACK":
            self._stop_repeating()
            if self._final == (200, "OK") and not self.answered.is_set():
                self._first_media()
                self.answered.set()
                if self.on_answered:
                    self.on_answered()
        elif message.method == "CANCEL":
            self._reply(message, 200, "OK")
            if self._final is None:
                self._reply(self.invite, 487, "Request Terminated")
                self.cancelled.set()
                self._finish(487)
        elif message.cseq == self.invite.cseq and not self.answered.is_set():
            return  # a repeated INVITE: our answer is on its way or repeated already
        else:
            super()._on_request(message, at)
