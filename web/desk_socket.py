"""The websocket of one desk: handshake, reader, and the end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from fastapi import WebSocket
from starlette.types import Message
from starlette.websockets import WebSocketDisconnect, WebSocketState

from agent_desk.connection import Connection
from agent_desk.protocol import CLIENT_MESSAGE, CloseCode, Ping
from core.logs import logger
from web.origins import is_own_origin
from web.services import Home, Services, find_signed_in

log = logger(__name__)

MAX_MESSAGE_CHARACTERS = 4096
ABORT = "hotline.abort"
"""Extension of the ASGI scope: cuts the TCP connection of a client that no longer reads."""
REFRESH_PAUSE_SECONDS = 0.2
"""How long a desk that asked for a snapshot is not listened to: one costs us far more than the question."""
_CLOSE_SECONDS = 1.0


async def desk(websocket: WebSocket, home: Home) -> None:
    """Serve one desk until it goes, is too slow, says what cannot be understood, or signs out."""
    if not is_own_origin(websocket, home.settings, needed=True):
        await websocket.close()
        return
    signed_in = await find_signed_in(websocket, home)
    await websocket.accept()
    if signed_in is None:
        await _close(websocket, CloseCode.SIGNED_OUT)
        return
    services = home.domains.get(signed_in.domain)
    if services is None:
        await _close(websocket, CloseCode.RESTARTING)
        return
    connection = Connection(signed_in.user, signed_in.session, websocket.send_text)
    services.live.open(connection)
    try:
        await _serve(websocket, connection, services)
    finally:
        services.live.leave(connection)


async def _serve(websocket: WebSocket, connection: Connection, services: Services) -> None:
    writer = asyncio.create_task(connection.write())
    reader = asyncio.create_task(_read(websocket, connection, services))
    ends: set[asyncio.Future[Any]] = {writer, reader, connection.closing}
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (writer, reader):
            task.cancel()
        await asyncio.gather(writer, reader, return_exceptions=True)
    if connection.closing.done():
        log.info("desk closed", user_id=str(connection.user.id), code=connection.closing.result().name)
        await _close(websocket, connection.closing.result())


async def _read(websocket: WebSocket, connection: Connection, services: Services) -> None:
    while (frame := await websocket.receive())["type"] != "websocket.disconnect":
        try:
            message = CLIENT_MESSAGE.validate_json(_text(frame))
        except (ValueError, RecursionError):
            connection.close(CloseCode.BAD_MESSAGE)
            break
        if isinstance(message, Ping):
            services.live.pong(connection)
        else:
            services.live.refresh(connection)
            await asyncio.sleep(REFRESH_PAUSE_SECONDS)


def _text(frame: Message) -> str:
    """The text of a frame; raises ValueError for a binary or a long one."""
    text: str | None = frame.get("text")
    if text is None or len(text) > MAX_MESSAGE_CHARACTERS:
        raise ValueError("not a message of ours")
    return text


async def _close(websocket: WebSocket, code: CloseCode) -> None:
    """Say why, and do not wait for one who does not listen."""
    abort: Callable[[], None] | None = websocket.scope.get("extensions", {}).get(ABORT)
    if code is CloseCode.TOO_SLOW and abort is not None:
        abort()
        return
    if websocket.application_state is WebSocketState.CONNECTED:
        with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await websocket.close(code.value)
