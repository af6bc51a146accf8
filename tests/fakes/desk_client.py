"""A console for tests: signs in over HTTP, opens the desk, and applies what comes by the rules of the protocol."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.fakes.http_client import http_client

WAIT_SECONDS = 5.0
_SETTLE_SECONDS = 0.7


class Refused(Exception):
    """The server answered with a ``Problem``."""

    def __init__(self, status: int, body: dict[str, Any]) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.code = body.get("code")


@dataclass
class Browser:
    """A signed-in user at one server."""

    url: str
    http: httpx.AsyncClient
    csrf: str = ""

    @classmethod
    async def sign_in(cls, url: str, login: str, password: str) -> Self:
        """Open a session."""
        browser = cls(url, http_client(base_url=url, timeout=10))
        try:
            answer = await browser.call("POST", "/api/session", {"login": login, "password": password})
        except Refused:
            await browser.close()
            raise
        browser.csrf = answer["csrf_token"]
        return browser

    async def call(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        """A request as the console makes it; raises Refused."""
        sent = {"X-CSRF-Token": self.csrf, "Origin": self.url, **headers}
        answer = await self.http.request(method, path, json=body, headers=sent)
        if answer.status_code >= 400:
            raise Refused(answer.status_code, answer.json())
        return answer.json() if answer.content else None

    async def open_desk(self) -> DeskClient:
        """A websocket with its first snapshot taken."""
        desk = DeskClient(await self.connect())
        desk.reading = asyncio.create_task(desk.read())
        await desk.until(lambda: desk.state is not None)
        return desk

    async def connect(self, **options: Any) -> ClientConnection:
        """The bare websocket."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())
        return await connect(
            f"ws{self.url.removeprefix('http')}/api/desk",
            additional_headers={"Cookie": cookie},
            **{"origin": self.url, "compression": None, **options},
        )

    async def close(self) -> None:
        """Forget everything; the session stays."""
        await self.http.aclose()


@dataclass
class DeskClient:
    """State as a console holds it: snapshot, then events applied in order."""

    socket: ClientConnection
    state: dict[str, Any] | None = None
    seq: int = -1
    messages: list[dict[str, Any]] = field(default_factory=list)
    reading: asyncio.Task[None] | None = None
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self) -> None:
        """Take messages until the socket closes."""
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                async with self.changed:
                    self.take(json.loads(text))
                    self.changed.notify_all()
        self.closed.set()

    def take(self, message: dict[str, Any]) -> None:
        """Apply one message."""
        self.messages.append(message)
        if message["type"] == "snapshot":
            assert message["seq"] == 0
            self.state, self.seq = message, 0
            return
        assert message["seq"] == self.seq + 1, f"gap: {self.seq} then {message['seq']}"
        self.seq = message["seq"]
        assert self.state is not None
        apply(self.state, message)

    async def until(self, condition: Callable[[], bool], seconds: float = WAIT_SECONDS) -> None:
        """Wait until something is so."""
        async with self.changed, asyncio.timeout(seconds):
            await self.changed.wait_for(condition)

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        """The messages of a type that came so far."""
        return [message for message in self.messages if message["type"] == kind]

    async def close(self) -> None:
        """Leave."""
        await self.socket.close()
        if self.reading is not None:
            await self.reading


def apply(state: dict[str, Any], message: dict[str, Any]) -> None:
    """What a console does with a message."""
    match message["type"]:
        case "work.changed":
            _put(state["work"], message["item"], "interaction_id")
        case "conversation.changed":
            _talk(state["work"], message)
        case "work.removed":
            _drop(state["work"], "interaction_id", message["interaction_id"])
        case "queue.changed":
            _put(state["queues"], message["queue"], "id")
        case "agent.changed":
            _put(state["agents"], message["agent"], "id")
        case "interaction.changed" if message["item"]["state"] == "closed":
            _drop(state["interactions"], "interaction_id", message["item"]["interaction_id"])
        case "interaction.changed":
            _put(state["interactions"], message["item"], "interaction_id")
        case "voice.changed":
            state["voice"] = message["voice"]
        case "timeline.changed":
            _put_entry(state, message)


def _talk(work: list[dict[str, Any]], message: dict[str, Any]) -> None:
    for item in work:
        if item["interaction_id"] == message["interaction_id"]:
            held, news = item["conversation"], message["conversation"]
            item["conversation"] = news if held is None or news["version"] >= held["version"] else held


def _put_entry(state: dict[str, Any], message: dict[str, Any]) -> None:
    for item in state["work"]:
        if item["customer"]["id"] == message["customer_id"]:
            _put(item["customer"]["timeline"], message["entry"], "id")
            item["customer"]["timeline"].sort(key=lambda entry: entry["at"], reverse=True)


def _put(rows: list[dict[str, Any]], row: dict[str, Any], key: str) -> None:
    for place, held in enumerate(rows):
        if held[key] == row[key]:
            if row.get("version", 0) >= held.get("version", 0):
                rows[place] = row
            return
    rows.append(row)


def _drop(rows: list[dict[str, Any]], key: str, value: str) -> None:
    rows[:] = [row for row in rows if row[key] != value]


def comparable(state: dict[str, Any]) -> dict[str, Any]:
    """A state without what differs between two moments: order of lists, the snapshot's own moment."""
    kept = {name: value for name, value in state.items() if name not in ("at", "seq", "type")}
    for name, key in (
        ("work", "interaction_id"),
        ("queues", "id"),
        ("agents", "id"),
        ("interactions", "interaction_id"),
    ):
        kept[name] = sorted(kept[name], key=lambda row: row[key])
    return kept
