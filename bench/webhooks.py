"""Twilio's side of a webhook at speed: signed forms over connections that stay open, and when each was answered."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit


def signature(secret: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature of a form: HMAC-SHA1 over the address and the sorted fields, in base64."""
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha1).digest()).decode()


@dataclass
class Answered:
    """One webhook: Unix times of its leaving and of its answer, and the status."""

    sent_at: float
    at: float
    status: int


@dataclass
class WebhookSource:
    """Posts to ``url`` (where the product listens) what is signed for ``public_url``."""

    url: str
    public_url: str
    secret: str
    connections: int = 24
    _idle: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=asyncio.Queue)

    async def open(self) -> None:
        """Connect."""
        parts = urlsplit(self.url)
        for _ in range(self.connections):
            self._idle.put_nowait(await asyncio.open_connection(parts.hostname, parts.port))

    async def close(self) -> None:
        """Disconnect."""
        while not self._idle.empty():
            self._idle.get_nowait()[1].close()

    async def post(self, path: str, form: Mapping[str, str]) -> Answered:
        """Send one form and wait for its answer."""
        body = urlencode(form).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {urlsplit(self.url).netloc}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"X-Twilio-Signature: {signature(self.secret, self.public_url + path, form)}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        sent_at = time.time()
        reader, writer = await self._idle.get()
        try:
            writer.write(head.encode() + body)
            status = await _answer(reader)
        finally:
            self._idle.put_nowait((reader, writer))
        return Answered(sent_at, time.time(), status)


async def _answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
