"""What a chat widget asks over HTTP: its words and form, files to us and from us."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from core import clock
from core.address import clean_text
from core.errors import HotlineError, NotFound, TooMany
from telephony.messages.incoming import IncomingFile
from telephony.webchat import acts
from telephony.webchat.file_kinds import LARGEST_BYTES, checked_kind
from telephony.webchat.protocol import LONGEST_TEXT
from telephony.webchat.rates import FILES, WINDOW_SECONDS
from telephony.webchat.reads import read_file
from telephony.webchat.site import form_of, texts_of
from web.chat_access import Door, address_of, find_door, visitor_from
from web.problems import problem
from web.services import Home

PATH = r"/api/chat/[^/]+/files"
"""Where files are sent to: more than elsewhere may be."""
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Max-Age": "600",
}


async def describe(request: Request, key: str, home: Home) -> Response:
    """GET /api/chat/{key}: what the widget must know before it is opened."""
    door = await find_door(request, key, home, needs_origin=False)
    account, doors = door.account, door.services.chat.doors
    body: dict[str, Any] = {
        "name": account.name,
        "language": account.settings.get("language", "en"),
        "texts": texts_of(account.settings),
        "form": [{"name": f.name, "required": f.required, "options": f.options} for f in form_of(account.settings)],
        "open": account.queue_id is None or doors.is_open(account.queue_id, clock.now()),
        "longest_text": LONGEST_TEXT,
        "largest_file_bytes": LARGEST_BYTES,
    }
    return JSONResponse(body, headers=door.headers)


async def preflight(request: Request, key: str, home: Home) -> Response:
    """OPTIONS: may a page of that origin send and fetch files?"""
    door = await find_door(request, key, home, needs_origin=True)
    return Response(status_code=204, headers=door.headers | _PREFLIGHT)


async def preflight_file(request: Request, key: str, file_id: UUID, home: Home) -> Response:
    """The same for one file."""
    return await preflight(request, key, home)


class Sending(BaseModel):
    """The query of POST /api/chat/{key}/files: the browser's id of the message, the file's name there, its language."""

    id: UUID
    name: str = Field(default="", max_length=500)
    language: str = Field(default="en", max_length=10)


async def send_file(request: Request, key: str, home: Home, sending: Annotated[Sending, Query()]) -> Response:
    """POST /api/chat/{key}/files: a file is a message of its own; the same ``id`` twice is one."""
    door = await find_door(request, key, home, needs_origin=True)
    try:
        kept = await _keep_file(request, door, sending)
    except HotlineError as refusal:  # with our headers, so that the page may read why
        answer = problem(refusal.status, refusal.code, refusal.message, **refusal.details)
        answer.headers.update(door.headers)
        return answer
    return JSONResponse({"seq": kept.seq}, 201, headers=door.headers)


async def _keep_file(request: Request, door: Door, sending: Sending) -> acts.Kept:
    visitor, chat = visitor_from(request), door.services.chat
    if not await chat.rates.allows(FILES, visitor.key, str(door.account.id), address_of(request)):
        raise TooMany("chat.too_many", "That is too much at once.", retry_after_seconds=WINDOW_SECONDS)
    content = await request.body()
    kind = checked_kind(content)
    file = IncomingFile(clean_text(sending.name, 120) or "file", kind, content)
    said = acts.Said(sending.id, "", language=sending.language, file=file)
    kept = await acts.say(chat.database, door.account, visitor, said, directory=chat.directory, doors=chat.doors)
    chat.wake_visitor(door.account, visitor.key)
    return kept


async def fetch_file(request: Request, key: str, file_id: UUID, home: Home) -> Response:
    """GET /api/chat/{key}/files/{file_id}: only to be kept or drawn, never to be run."""
    door = await find_door(request, key, home, needs_origin=False)
    visitor = visitor_from(request)
    async with door.services.database.glance() as connection:
        row = await read_file(connection, door.account, visitor, file_id)
    if row is None:
        raise NotFound("file.unknown", "There is no such file.")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(row['name'], safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(bytes(row["content"]), media_type=_plain(row["content_type"]), headers=door.headers | headers)


def _plain(kind: str) -> str:
    """The media type without anything that could break a header; what browsers would open as a page is not named."""
    major, _, minor = kind.partition("/")
    is_safe = kind.isascii() and major.isalnum() and minor.replace("-", "").replace(".", "").replace("+", "").isalnum()
    runs = minor in {"html", "xhtml+xml", "xml", "svg+xml", "javascript"}
    return kind if is_safe and not runs else "application/octet-stream"
