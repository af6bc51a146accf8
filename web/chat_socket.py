"""The websocket of one chat widget: handshake, reader, and the end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

from fastapi import WebSocket
from starlette.types import Message
from starlette.websockets import WebSocketDisconnect, WebSocketState

from agent_desk.outages import OUTAGES
from core.errors import HotlineError
from core.logs import logger
from telephony.webchat import visitor as visitors
from telephony.webchat.link import Link
from telephony.webchat.protocol import VISITOR_FRAME, ChatClose, Hello, VisitorFrame, Welcome
from telephony.webchat.talk import Talk
from web.chat_access import Door, address_of, find_door
from web.services import Home

log = logger(__name__)

LONGEST_FRAME = 16 * 1024
HELLO_SECONDS = 10.0
IDLE_SECONDS = 1200.0
_IDLE_CHECK_SECONDS = 15.0
_MOST_FRAMES = 200
_COUNT_SECONDS = 10.0
_CLOSE_SECONDS = 1.0
_CUT_OFF: tuple[type[Exception], ...] = (WebSocketDisconnect, *OUTAGES)


async def chat(websocket: WebSocket, key: str, home: Home) -> None:
    """Serve one widget until it goes, idles, or says what cannot be understood."""
    try:
        door = await find_door(websocket, key, home, needs_origin=True)
    except HotlineError as error:
        log.info("chat refused", code=error.code)
        await websocket.close()
        return
    await websocket.accept()
    code = ChatClose.RESTARTING
    try:
        code = await _serve(websocket, door)
    except _CUT_OFF as error:
        log.warning("chat cut off", error=repr(error)[:300])
    await _close(websocket, code)


async def _serve(websocket: WebSocket, door: Door) -> ChatClose:
    hello = await _hello(websocket)
    if hello is None:
        return ChatClose.BAD_FRAME
    token = None if visitors.visitor_of(hello.token) else visitors.new_token()
    visitor = visitors.visitor_of(token or hello.token)
    assert visitor is not None
    link = Link(door.account, visitor, 0 if token else hello.seen, address_of(websocket), websocket.send_text)
    link.language = hello.language
    live = door.services.chat
    if not live.open(link):
        return ChatClose.TOO_MANY
    link.reply(Welcome(token=token))
    try:
        return await _run(websocket, link, Talk(live, link))
    finally:
        live.leave(link)


async def _hello(websocket: WebSocket) -> Hello | None:
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            frame = _parsed(await websocket.receive())
    except (TimeoutError, ValueError, RecursionError):
        return None
    return frame if isinstance(frame, Hello) else None


async def _run(websocket: WebSocket, link: Link, talk: Talk) -> ChatClose:
    """Reader, writer and watch side by side, until one of them or the link ends."""
    live = talk.live
    tasks = [
        asyncio.create_task(link.write(live.database, live.doors, live)),
        asyncio.create_task(_read(websocket, link, talk)),
        asyncio.create_task(_watch(link)),
    ]
    ends: set[asyncio.Future[Any]] = {*tasks, link.closing}
    try:
        done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for ended in done:
        ended.result()
    return link.closing.result() if link.closing.done() else ChatClose.RESTARTING


async def _read(websocket: WebSocket, link: Link, talk: Talk) -> None:
    since, count = time.monotonic(), 0
    while (frame := await websocket.receive())["type"] != "websocket.disconnect":
        try:
            said = _parsed(frame)
        except (ValueError, RecursionError):
            link.close(ChatClose.BAD_FRAME)
            return
        now = time.monotonic()
        since, count = (now, 1) if now - since > _COUNT_SECONDS else (since, count + 1)
        if count > _MOST_FRAMES:
            link.close(ChatClose.TOO_MANY)
            return
        await talk.take(said)


async def _watch(link: Link) -> None:
    """A widget that lies open for nothing is let go; whoever is in a conversation stays."""
    while True:
        await asyncio.sleep(_IDLE_CHECK_SECONDS)
        idle = time.monotonic() - link.used_at > IDLE_SECONDS
        if idle and link.standing.phase not in ("waiting", "active"):
            link.close(ChatClose.IDLE)


def _parsed(frame: Message) -> VisitorFrame:
    """The frame; raises ValueError for anything that is none of ours."""
    text: str | None = frame.get("text")
    if text is None or len(text) > LONGEST_FRAME:
        raise ValueError("not a frame of ours")
    return VISITOR_FRAME.validate_json(text)


async def _close(websocket: WebSocket, code: ChatClose) -> None:
    if websocket.application_state is WebSocketState.CONNECTED:
        with contextlib.suppress(TimeoutError, RuntimeError, WebSocketDisconnect):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await websocket.close(code.value)
