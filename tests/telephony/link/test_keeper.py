"""The keeper: a fresh connection after every loss, and a watchdog for links that only look alive."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from telephony.asterisk.link import Action, AmiAddress, Frame, Keeper, keeper, link
from telephony.asterisk.link.errors import AmiLost
from tests.telephony.ami_server import AmiServer, Headers, ami_server, until


class Seen:
    def __init__(self) -> None:
        self.connects = 0
        self.losses: list[str] = []
        self.events: list[Frame] = []

    async def connected(self) -> None:
        self.connects += 1


@asynccontextmanager
async def kept(server: AmiServer, seen: Seen) -> AsyncIterator[Keeper]:
    held = Keeper(
        AmiAddress.parse(server.url),
        wanted=frozenset({"Hangup"}),
        on_event=seen.events.append,
        on_connected=seen.connected,
        on_lost=seen.losses.append,
    )
    task = asyncio.create_task(held.run())
    try:
        yield held
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_reset_is_followed_by_a_fresh_connection_and_a_resync() -> None:
    seen = Seen()
    async with ami_server() as server, kept(server, seen) as held:
        await until(lambda: seen.connects == 1)
        server.cut()
        await until(lambda: seen.connects == 2)
        assert len(seen.losses) == 1
        await held.send(Action("Ping"))


async def test_without_a_link_an_action_fails_at_once() -> None:
    seen = Seen()
    async with ami_server(refusing=True) as server, kept(server, seen) as held:
        await until(lambda: server.connections >= 2)
        assert not held.connected
        with pytest.raises(AmiLost):
            await held.send(Action("Ping"))


async def test_it_keeps_trying_while_the_pbx_is_away() -> None:
    seen = Seen()
    async with ami_server(refusing=True) as server, kept(server, seen):
        await until(lambda: server.connections >= 3)
        server.refusing = False
        await until(lambda: seen.connects == 1)


async def test_a_link_that_says_nothing_any_more_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "PING_SECONDS", 0.02)
    monkeypatch.setattr(keeper, "SILENCE_SECONDS", 0.05)
    monkeypatch.setattr(link, "LOGIN_SECONDS", 0.1)
    seen = Seen()
    async with ami_server() as server, kept(server, seen):
        await until(lambda: server.named("Ping"))
        server.answering = False
        await until(lambda: bool(seen.losses))
        assert seen.losses[0] == "watchdog: ami.timeout"
        server.answering = True
        await until(lambda: seen.connects == 2)


async def test_an_idle_but_healthy_link_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "PING_SECONDS", 0.01)
    seen = Seen()
    async with ami_server() as server, kept(server, seen):
        await until(lambda: len(server.named("Ping")) >= 5)
        assert (seen.connects, seen.losses) == (1, [])


async def test_a_resync_that_fails_gives_the_link_up() -> None:
    seen = Seen()
    calls: list[int] = []

    async def refuse_first(server: AmiServer, action: Headers) -> None:
        calls.append(1)
        await server.respond(action, "Error" if len(calls) == 1 else "Success")

    async with ami_server(replies={"CoreShowChannels": refuse_first}) as server:
        held: Keeper

        async def resync() -> None:
            await held.send(Action("CoreShowChannels"))
            await seen.connected()

        held = Keeper(
            AmiAddress.parse(server.url),
            wanted=frozenset(),
            on_event=seen.events.append,
            on_connected=resync,
            on_lost=seen.losses.append,
        )
        task = asyncio.create_task(held.run())
        await until(lambda: seen.connects == 1)
        assert len(calls) == 2
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
