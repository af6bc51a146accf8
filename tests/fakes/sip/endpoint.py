"""A UDP socket with fake phones on it: callers dial through it, phones are rung by their user name."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable

from tests.fakes.sip.call import Address, Call, IncomingCall, OutgoingCall
from tests.fakes.sip.message import answer_to, parse

OnCall = Callable[[IncomingCall], None]
_KEEP_SECONDS = 5.0
"""How long an ended call is remembered, for repeated messages."""


class Endpoint(asyncio.DatagramProtocol):
    """Phones on one address; open with ``await Endpoint.open("127.0.0.3")``."""

    def __init__(self) -> None:
        self.address: Address = ("", 0)
        self.phones: dict[str, OnCall] = {}
        self.calls: dict[str, Call] = {}
        self.deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._transport: asyncio.DatagramTransport | None = None
        self._closed = asyncio.Event()

    @classmethod
    async def open(cls, host: str, port: int = 0) -> Endpoint:
        """An endpoint bound to ``host``; port 0 lets the system choose."""
        loop = asyncio.get_running_loop()
        transport, endpoint = await loop.create_datagram_endpoint(cls, local_addr=(host, port))
        endpoint._transport = transport
        endpoint.address = transport.get_extra_info("sockname")
        endpoint.deaf.bind((host, 0))
        return endpoint

    @property
    def uri(self) -> str:
        """Our contact."""
        return f"sip:phone@{self.address[0]}:{self.address[1]}"

    def close(self) -> None:
        """Close the sockets; calls are not hung up."""
        self.deaf.close()
        if self._transport:
            self._transport.close()

    async def aclose(self) -> None:
        """``close``, and wait until the socket is gone: who closes his loop next would leave it behind."""
        self.close()
        await self._closed.wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.DatagramProtocol``."""
        self._closed.set()

    def send(self, datagram: bytes, remote: Address) -> None:
        """Send a datagram."""
        assert self._transport is not None
        self._transport.sendto(datagram, remote)

    def dial(self, remote: Address, number: str, *, caller: str, name: str = "", media_port: int = 0) -> OutgoingCall:
        """Call ``number`` at the PBX ``remote`` as ``caller``; without a ``media_port`` nobody listens."""
        call = OutgoingCall(self, remote, number, caller, name, media_port or self.deaf_port)
        self.calls[call.call_id] = call
        call.dial()
        return call

    @property
    def deaf_port(self) -> int:
        """A bound port that nobody reads: the media of phones that do not listen ends there."""
        return int(self.deaf.getsockname()[1])

    def say_something(self, remote: Address | None) -> None:
        """A few packets of silence: Asterisk waits half a second for the first media of whom it answers."""
        if remote is None:
            return
        for number in range(3):
            head = struct.pack("!BBHII", 0x80, 0x80 if number == 0 else 0, number, number * 160, 1)
            self.deaf.sendto(head + b"\xff" * 160, remote)

    def forget_soon(self, call: Call) -> None:
        """Drop an ended call once its repeated messages are over."""
        asyncio.get_running_loop().call_later(_KEEP_SECONDS, self.forget, call)

    def forget(self, call: Call) -> None:
        """Drop a call without a word."""
        self.calls.pop(call.call_id, None)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Hand a datagram to its call; a new INVITE rings the phone of that name."""
        at = time.perf_counter()
        message = parse(data)
        if message is None:
            return
        call = self.calls.get(message.call_id)
        if call is not None:
            call.receive(message, at)
        elif message.method == "INVITE":
            phone = self.phones.get(message.user)
            if phone is None:
                self.send(answer_to(message, 404, "Not Found", tag="none", contact=self.uri), addr)
                return
            incoming = IncomingCall(self, addr, message, at, self.deaf_port)
            self.calls[incoming.call_id] = incoming
            phone(incoming)
        elif message.method and message.method != "ACK":
            status = (200, "OK") if message.method == "OPTIONS" else (481, "Call Does Not Exist")
            self.send(answer_to(message, *status, tag="none", contact=self.uri), addr)

    def error_received(self, exc: Exception) -> None:
        """A refused datagram (ICMP) is the other side's business."""
