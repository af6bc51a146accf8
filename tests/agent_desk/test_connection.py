"""One connection: order, numbers, the bound of its queue."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from agent_desk.connection import Connection
from agent_desk.frames import Frame, encode
from agent_desk.hub import Hub
from agent_desk.protocol import CloseCode, Pong, Snapshot
from agent_desk.views import UserView, VoiceStatus
from core import clock
from core.ids import new_id

USER = UserView(id=new_id(), login="lin", name="Lin", role="agent", agent_id=new_id(), language="en", theme="system")


def pong() -> Frame:
    return encode(Pong(seq=0, at=clock.now()))


def snapshot() -> Frame:
    return encode(
        Snapshot(
            at=clock.now(), user=USER, voice=VoiceStatus(available=True), work=[], queues=[], agents=[],
            interactions=[], outcomes=[], away_reasons=[],
        )
    )  # fmt: skip


class Wire:
    """Takes what a connection sends; ``open`` lets it through."""

    def __init__(self, **options: int) -> None:
        self.sent: list[tuple[str, int]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.connection = Connection(USER, b"s", self._send, **options)

    async def _send(self, text: str) -> None:
        await self.open.wait()
        message = json.loads(text)
        self.sent.append((message["type"], message["seq"]))

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.connection.write())
        yield
        task.cancel()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(2):
            while len(self.sent) < count:
                await asyncio.sleep(0)


async def test_numbers_are_consecutive_and_start_again_with_a_snapshot() -> None:
    wire = Wire()
    async with wire.writing():
        for frame in (snapshot(), pong(), pong()):
            wire.connection.put(frame)
        await wire.until(3)
        wire.connection.put(snapshot())
        wire.connection.put(pong())
        await wire.until(5)
    assert wire.sent == [("snapshot", 0), ("pong", 1), ("pong", 2), ("snapshot", 0), ("pong", 1)]


async def test_nothing_comes_before_the_first_snapshot() -> None:
    wire = Wire()
    async with wire.writing():
        wire.connection.put(pong())
        wire.connection.put(snapshot())
        await wire.until(1)
    assert wire.sent == [("snapshot", 0)]


async def test_a_full_queue_closes_and_a_snapshot_empties_it() -> None:
    wire = Wire(max_waiting=3)
    wire.connection.put(snapshot())
    for _ in range(2):
        wire.connection.put(pong())
    wire.connection.put(snapshot())
    assert not wire.connection.closing.done()
    for _ in range(3):
        wire.connection.put(pong())
    assert wire.connection.closing.result() is CloseCode.TOO_SLOW


async def test_the_hub_finds_by_role_and_forgets() -> None:
    hub = Hub(max_per_user=2)
    wires = [Wire() for _ in range(3)]
    for wire in wires:
        hub.add(wire.connection)
    assert len(hub) == 2 and wires[0].connection.closing.result() is CloseCode.REPLACED
    assert USER.agent_id is not None
    assert set(hub.of_agent(USER.agent_id)) == {wires[1].connection, wires[2].connection}
    assert not set(hub.watching())
    for wire in wires:
        hub.remove(wire.connection)
    assert len(hub) == 0 and not hub.agents()
