"""A company's endpoint for webhooks: checks signatures and counts by key, and can be as bad as real ones are."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from crm_sync.connectors.signature import verify


@dataclass
class Request:
    """One POST as it came in."""

    key: str
    event: str
    body: dict[str, Any]
    signed: bool
    headers: dict[str, str]


@dataclass
class WebhookReceiver:
    """Listens on loopback. ``statuses``: answers to give first, in order (0: hang up without an answer)."""

    secret: str
    status: int = 200
    statuses: list[int] = field(default_factory=list)
    delay_seconds: float = 0.0
    answer_headers: dict[str, str] = field(default_factory=dict)
    answer_body: bytes = b"ok"
    requests: list[Request] = field(default_factory=list)
    server: asyncio.Server | None = None
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        assert self.server is not None
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/hooks/outcome?source=hotline"

    @property
    def keys(self) -> list[str]:
        """Keys in order of their first coming: the outcomes as a good receiver sees them."""
        return list(dict.fromkeys(request.key for request in self.requests))

    async def __aenter__(self) -> WebhookReceiver:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.server is not None
        self.stopping.set()
        self.server.close()
        await self.server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        _, *lines = head.split("\r\n")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name
        }
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.requests.append(self._understood(headers, body))
        if self.delay_seconds:
            waiting = asyncio.create_task(self.stopping.wait())
            await asyncio.wait([waiting], timeout=self.delay_seconds)
            waiting.cancel()
        status = self.statuses.pop(0) if self.statuses else self.status
        if status == 0:
            return False
        writer.write(self._answer(status))
        await writer.drain()
        return True

    def _understood(self, headers: dict[str, str], body: bytes) -> Request:
        signed = verify(self.secret, headers.get("hotline-signature", ""), body, time.time())
        return Request(
            headers.get("idempotency-key", ""), headers.get("hotline-event", ""), json.loads(body), signed, headers
        )

    def _answer(self, status: int) -> bytes:
        extra = "".join(f"{name}: {value}\r\n" for name, value in self.answer_headers.items())
        head = f"HTTP/1.1 {status} Answer\r\ncontent-length: {len(self.answer_body)}\r\n{extra}\r\n"
        return head.encode("latin-1") + self.answer_body
