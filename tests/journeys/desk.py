"""An agent at a desk with a desk phone: the console's HTTP and websocket without a browser, and the phone's SIP.

``work`` is what the screen shows, kept by the rules of the protocol (snapshot, then whole views by version).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
import orjson
import websockets

from tests.fakes.http_client import http_client
from tests.fakes.sip.call import IncomingCall
from tests.fakes.sip.endpoint import Endpoint
from tests.journeys.company import Person
from tests.journeys.waiting import until

Json = dict[str, Any]
_AGAIN_SECONDS = 0.2


@dataclass
class Desk:
    """Open with ``await Desk.open(...)``; the websocket comes back by itself as the console's does."""

    person: Person
    client: httpx.AsyncClient
    work: dict[str, Json] = field(default_factory=dict)
    removed: dict[str, str] = field(default_factory=dict)
    agents: dict[str, Json] = field(default_factory=dict)
    queues: dict[str, Json] = field(default_factory=dict)
    interactions: dict[str, Json] = field(default_factory=dict)
    frames: list[tuple[float, Json]] = field(default_factory=list)
    legs: list[IncomingCall] = field(default_factory=list)
    on_ring: Callable[[IncomingCall], None] | None = None
    snapshots: int = 0
    connected: bool = False
    _task: asyncio.Task[None] | None = None
    _csrf: str = ""
    _seq: int = 0

    @classmethod
    async def open(cls, url: str, person: Person, phones: Endpoint | None = None) -> Desk:
        """Sign in, connect the screen, put the phone on the table (it rings until a journey answers)."""
        desk = cls(person, http_client(base_url=url, timeout=10, headers={"Origin": url}))
        await desk.sign_in()
        desk._task = asyncio.get_running_loop().create_task(desk._follow(url))
        await until(lambda: desk.snapshots, 10, f"the desk of {person.login} has its snapshot")
        if phones is not None:
            phones.phones[person.phone] = desk._ring
        return desk

    @property
    def agent_id(self) -> UUID:
        """The agent who sits here."""
        assert self.person.agent_id is not None
        return self.person.agent_id

    async def sign_in(self) -> None:
        """A new session."""
        answer = await self.client.post(
            "/api/session", json={"login": self.person.login, "password": self.person.password}
        )
        assert answer.status_code == 200, answer.text
        self._csrf = answer.json()["csrf_token"]

    async def post(self, path: str, body: Json | None = None) -> httpx.Response:
        """A change, with the session's token."""
        return await self.client.post(path, json=body or {}, headers={"X-CSRF-Token": self._csrf})

    async def be(self, presence: str, reason: str | None = None) -> None:
        """Choose a presence."""
        answer = await self.post("/api/me/presence", {"presence": presence, "reason": reason})
        assert answer.status_code < 300, answer.text

    async def conclude(self, interaction_id: Any, code: str, note: str = "") -> httpx.Response:
        """Finish the wrap-up with an outcome."""
        return await self.post(f"/api/interactions/{interaction_id}/outcome", {"code": code, "note": note})

    async def close(self, outcome: str = "") -> None:
        """Go home; what is left is concluded with ``outcome``."""
        if self.client.is_closed:
            return
        for leg in self.legs:
            if not leg.ended.is_set() and leg.answered.is_set():
                leg.hang_up()
        with contextlib.suppress(httpx.HTTPError, AssertionError):
            await self.be("offline")
            if outcome:
                await self._leave_nothing(outcome)
        if self._task:
            self._task.cancel()
        await self.client.aclose()

    async def _leave_nothing(self, outcome: str) -> None:
        async def done() -> bool:
            for interaction_id, item in list(self.work.items()):
                if item["state"] == "wrapping":
                    await self.conclude(interaction_id, outcome)
            return not self.work

        await until(done, 5, "nothing is left to do")

    # -- the phone -------------------------------------------------------------------------------

    def _ring(self, leg: IncomingCall) -> None:
        self.legs.append(leg)
        leg.ring()
        if self.on_ring:
            self.on_ring(leg)

    async def rings(self, seconds: float = 10, *, after: int = 0) -> IncomingCall:
        """The call that rings at the phone now (``after``: legs that came before do not count)."""

        def ringing() -> IncomingCall | None:
            live = [leg for leg in self.legs[after:] if not leg.ended.is_set() and not leg.answered.is_set()]
            return live[-1] if live else None

        return await until(ringing, seconds, f"the phone of {self.person.login} rings")

    # -- the screen ------------------------------------------------------------------------------

    async def pop(self, address: str, seconds: float = 10) -> Json:
        """The item of a caller's number on the screen."""
        return await self.item(lambda item: item["address"] == address, seconds, f"the pop of {address}")

    async def item(self, wanted: Callable[[Json], bool], seconds: float, what: str) -> Json:
        """The item of my work that fits."""
        return await until(lambda: next((i for i in self.work.values() if wanted(i)), None), seconds, what)

    async def shows(self, interaction_id: Any, *states: str, seconds: float = 10) -> Json:
        """The interaction on the screen in one of these states."""
        key = str(interaction_id)
        return await self.item(
            lambda item: item["interaction_id"] == key and item["state"] in states,
            seconds, f"{self.person.login} sees {key} as {' or '.join(states)}",
        )  # fmt: skip

    async def clear_of(self, interaction_id: Any, seconds: float = 10) -> None:
        """The interaction is no longer on the screen."""
        await until(lambda: str(interaction_id) not in self.work, seconds, f"{interaction_id} left the screen")

    async def _follow(self, url: str) -> None:
        address = url.replace("http://", "ws://") + "/api/desk"
        while True:
            cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.client.cookies.jar)
            with contextlib.suppress(OSError, websockets.WebSocketException, TimeoutError):
                async with websockets.connect(
                    address, additional_headers={"Cookie": cookies, "Origin": url}, compression=None, max_size=None,
                    proxy=None, open_timeout=3,
                ) as socket:  # fmt: skip
                    self.connected = True
                    await self._read(socket)
            self.connected = False
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _read(self, socket: websockets.ClientConnection) -> None:
        async for text in socket:
            message: Json = orjson.loads(text)
            self.frames.append((time.monotonic(), message))
            if message["type"] != "snapshot" and message["seq"] != self._seq + 1:
                await socket.send('{"type": "snapshot.request"}')
                continue
            self._seq = message["seq"]
            self._apply(message)

    def _apply(self, message: Json) -> None:
        kind = message["type"]
        if kind == "snapshot":
            self._start_from(message)
        elif kind == "work.changed":
            _keep(self.work, message["item"], "interaction_id")
        elif kind == "work.removed":
            self.work.pop(message["interaction_id"], None)
            self.removed[message["interaction_id"]] = message["reason"]
        elif kind == "interaction.changed":
            _keep(self.interactions, message["item"], "interaction_id")
            if message["item"]["state"] == "closed":
                self.interactions.pop(message["item"]["interaction_id"], None)
        elif kind == "agent.changed":
            _keep(self.agents, message["agent"], "id")
        elif kind == "queue.changed":
            self.queues[message["queue"]["id"]] = message["queue"]

    def _start_from(self, snapshot: Json) -> None:
        self.work = {item["interaction_id"]: item for item in snapshot["work"]}
        self.interactions = {item["interaction_id"]: item for item in snapshot["interactions"]}
        self.agents = {agent["id"]: agent for agent in snapshot["agents"]}
        self.queues = {queue["id"]: queue for queue in snapshot["queues"]}
        self.snapshots += 1


def _keep(views: dict[str, Json], view: Json, key: str) -> None:
    known = views.get(view[key])
    if known is None or view["version"] >= known["version"]:
        views[view[key]] = view
