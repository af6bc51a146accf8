"""The PBX's own account of when a call came in: the first AMI event of it, with Asterisk's timestamp.

The number of the bench leads straight into a queue, so that this event is the call's arrival in the queue.
"""

from __future__ import annotations

import asyncio
from urllib.parse import unquote, urlsplit


class Arrivals:
    """A second AMI session that only listens. ``at``: caller's number to Unix time of the caller's ``Newchannel``."""

    def __init__(self, ami_url: str) -> None:
        self._url = urlsplit(ami_url)
        self.at: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def start(self) -> None:
        """Sign in and listen."""
        reader, self._writer = await asyncio.open_connection(self._url.hostname, self._url.port)
        await reader.readuntil(b"\r\n")
        user, secret = unquote(self._url.username or ""), unquote(self._url.password or "")
        self._writer.write(f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\nEvents: call\r\n\r\n".encode())
        self._task = asyncio.get_running_loop().create_task(self._listen(reader))

    def stop(self) -> None:
        """Listen no more."""
        if self._task and self._writer:
            self._task.cancel()
            self._writer.close()

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        while True:
            packet = await reader.readuntil(b"\r\n\r\n")
            if packet.startswith(b"Event: Newchannel") and b"\r\nContext: hotline-inbound\r\n" in packet:
                fields = dict(line.partition(": ")[::2] for line in packet.decode("utf-8", "replace").split("\r\n"))
                self.at.setdefault(fields.get("CallerIDNum", ""), float(fields.get("Timestamp", "0")))
