"""What stands around every HTTP request: the limit of its body, the headers of its answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.problems import problem

MAX_BODY_BYTES = 64 * 1024


class BodyLimit:
    """Refuses bodies above a size, announced or not, before a handler reads them."""

    def __init__(self, app: ASGIApp, most: int = MAX_BODY_BYTES, larger: Mapping[str, int] | None = None) -> None:
        """``larger``: limits of their own for paths that match a pattern."""
        self._app = app
        self._most = most
        self._larger = [(re.compile(pattern), limit) for pattern, limit in (larger or {}).items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = next((limit for pattern, limit in self._larger if pattern.fullmatch(scope["path"])), self._most)
        if _announced(scope) > most:
            await self._refuse(most, scope, receive, send)
        else:
            await self._measure(most, scope, receive, send)

    async def _measure(self, most: int, scope: Scope, receive: Receive, send: Send) -> None:
        taken = 0
        refused = False

        async def measured() -> Message:
            nonlocal taken, refused
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                refused = True
                return {"type": "http.disconnect"}
            return message

        async def answer(message: Message) -> None:
            if not refused:
                await send(message)

        try:
            await self._app(scope, measured, answer)
        except Exception:
            if not refused:
                raise
        if refused:
            await self._refuse(most, scope, receive, send)

    async def _refuse(self, most: int, scope: Scope, receive: Receive, send: Send) -> None:
        answer = problem(413, "body.too_large", f"At most {most} bytes can be sent at once.")
        await answer(scope, receive, send)


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0


class SecurityHeaders:
    """Adds to every answer what tells browsers to trust only our own pages."""

    def __init__(self, app: ASGIApp, softphone_ws_url: str = "", *, secure: bool = False) -> None:
        self._app = app
        self._headers = _headers(softphone_ws_url, secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(message)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)

    def _add(self, message: MutableMapping[str, Any]) -> None:
        present = {name.lower() for name, _ in message.get("headers", [])}
        added = [(name, value) for name, value in self._headers if name not in present]
        message["headers"] = [*message.get("headers", []), *added]


def _headers(softphone_ws_url: str, *, secure: bool) -> list[tuple[bytes, bytes]]:
    headers = {
        "content-security-policy": content_security_policy(softphone_ws_url),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "microphone=(self), camera=(), geolocation=(), payment=(), usb=()",
    }
    if secure:
        headers["strict-transport-security"] = "max-age=31536000"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def content_security_policy(softphone_ws_url: str) -> str:
    """Own scripts only. Styles may be inline (the component kit makes them); the phone's websocket may be reached."""
    parts = urlsplit(softphone_ws_url)
    softphone = f" {parts.scheme}://{parts.netloc}" if parts.scheme in ("ws", "wss") and parts.netloc else ""
    return (
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        f"media-src 'self' blob: mediastream:; connect-src 'self'{softphone}; worker-src 'self' blob:; "
        "font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
