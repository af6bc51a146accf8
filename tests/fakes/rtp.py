"""A customer's sound: sends a tone and keys as RTP, counts and listens to what comes back.

G.711 u-law (payload 0), telephone events by RFC 4733 (payload 101), 20 ms a packet.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import struct
import time
from collections import deque

Address = tuple[str, int]
_FRAME = 160
_RATE = 8000
_EVENTS = "0123456789*#"


def _to_ulaw(sample: int) -> int:
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 132
    exponent = max(magnitude.bit_length() - 8, 0)
    return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0F)) & 0xFF


def _from_ulaw(byte: int) -> int:
    byte = ~byte & 0xFF
    magnitude = ((((byte & 0x0F) << 3) + 132) << ((byte & 0x70) >> 4)) - 132
    return -magnitude if byte & 0x80 else magnitude


_LINEAR = [_from_ulaw(byte) for byte in range(256)]


def tone(frequency: float, amplitude: float) -> list[bytes]:
    """One second of a sine (amplitude 0 to 1) in frames of 20 ms."""
    samples = (int(32767 * amplitude * math.sin(2 * math.pi * frequency * n / _RATE)) for n in range(_RATE))
    data = bytes(_to_ulaw(sample) for sample in samples)
    return [data[start : start + _FRAME] for start in range(0, _RATE, _FRAME)]


class Sound(asyncio.DatagramProtocol):
    """One RTP stream each way; open with ``await Sound.open("127.0.0.2")`` and give ``port`` in the SDP."""

    def __init__(self, frequency: float = 1000.0, amplitude: float = 0.3) -> None:
        self.address: Address = ("", 0)
        self.remote: Address | None = None
        self.sent = 0
        self.received = 0
        self.lost = 0
        self._heard: deque[tuple[float, bytes]] = deque(maxlen=500)
        self._frames = tone(frequency, amplitude)
        self._transport: asyncio.DatagramTransport | None = None
        self._task: asyncio.Task[None] | None = None
        self._sequence = secrets.randbelow(30000)
        self._timestamp = secrets.randbelow(1 << 30)
        self._source = secrets.randbits(32)
        self._next_expected: int | None = None
        self._keys: deque[str] = deque()
        self._closed = asyncio.Event()

    @classmethod
    async def open(cls, host: str, frequency: float = 1000.0, amplitude: float = 0.3) -> Sound:
        """A stream bound to ``host``; it is silent until ``send_to``."""
        loop = asyncio.get_running_loop()
        transport, sound = await loop.create_datagram_endpoint(lambda: cls(frequency, amplitude), local_addr=(host, 0))
        sound._transport = transport
        sound.address = transport.get_extra_info("sockname")
        return sound

    @property
    def port(self) -> int:
        """The port for our SDP."""
        return self.address[1]

    def send_to(self, remote: Address) -> None:
        """Start (or redirect) the tone."""
        self.remote = remote
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._play())

    @property
    def heard(self) -> bytes:
        """What was heard in the last ten seconds, as u-law."""
        return b"".join(payload for _, payload in self._heard)

    def press(self, key: str) -> None:
        """Press a key as a telephone event, after those that still wait."""
        self._keys.append(key)

    def close(self) -> None:
        """Stop and close the socket."""
        if self._task:
            self._task.cancel()
        if self._transport:
            self._transport.close()

    async def aclose(self) -> None:
        """``close``, and wait until the socket is gone: who closes his loop next would leave it behind."""
        self.close()
        await self._closed.wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """See ``asyncio.DatagramProtocol``."""
        self._closed.set()

    def level(self, seconds: float = 0.5) -> float:
        """Root mean square of what was heard in the last ``seconds``, 0 to 1; 0 when nothing came."""
        since = time.monotonic() - seconds
        samples = [_LINEAR[byte] for at, payload in self._heard if at >= since for byte in payload]
        if not samples:
            return 0.0
        return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) / 32768

    async def _play(self) -> None:
        started, frame = time.monotonic(), 0
        while True:
            if self._keys:
                self._send_event_packet(self._keys.popleft())
            else:
                self._send(self._frames[frame % len(self._frames)], 0)
            frame += 1
            await asyncio.sleep(max(0.0, started + frame * 0.02 - time.monotonic()))

    def _send_event_packet(self, step: str) -> None:
        """``step`` is a key (which we unfold into its packets) or one of those packets."""
        if len(step) == 1:
            packets = [f"{step}:{n}:0" for n in range(1, 8)] + [f"{step}:8:1"] * 3
            self._keys.extendleft(reversed(packets))
            self._event_start = self._timestamp
            step = self._keys.popleft()
        key, number, end = step.split(":")
        payload = struct.pack("!BBH", _EVENTS.index(key), (0x80 if end == "1" else 0) | 10, int(number) * _FRAME)
        self._send(payload, 101, marker=number == "1", timestamp=self._event_start)

    def _send(self, payload: bytes, kind: int, *, marker: bool = False, timestamp: int | None = None) -> None:
        if self._transport is None or self.remote is None:
            return
        stamp = (self._timestamp if timestamp is None else timestamp) & 0xFFFFFFFF
        head = struct.pack("!BBHII", 0x80, kind | (0x80 if marker else 0), self._sequence, stamp, self._source)
        self._transport.sendto(head + payload, self.remote)
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp += _FRAME
        self.sent += 1

    def datagram_received(self, data: bytes, addr: Address) -> None:
        """Count a packet and remember its sound."""
        if len(data) < 12 or data[1] & 0x7F != 0:
            return
        sequence = int.from_bytes(data[2:4], "big")
        if self._next_expected is not None:
            missing = (sequence - self._next_expected) & 0xFFFF
            self.lost += missing if missing < 100 else 0
        self._next_expected = (sequence + 1) & 0xFFFF
        self.received += 1
        self._heard.append((time.monotonic(), data[12:]))

    def error_received(self, exc: Exception) -> None:
        """The other side's port is closed already: nothing to do."""
