"""The web process itself: starts, is killed, comes back, stops at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from core.embedded.ports import any_free
from core.settings import ROOT
from tests.fakes.desk_client import Browser
from tests.fakes.floor import PASSWORD, Floor
from tests.fakes.http_client import http_client
from tests.fakes.web_server import running_web

STOP_SECONDS = 2.0


@dataclass
class WebProcess:
    """``python -m processes.web`` on a port that stays the same."""

    database_url: str
    redis_url: str
    port: int
    process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it answers."""
        own = {"DATABASE_URL": self.database_url, "REDIS_URL": self.redis_url, "HOTLINE_HTTP_PORT": str(self.port)}
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "processes.web", cwd=ROOT, env={**os.environ, **own}
        )
        async with asyncio.timeout(30), http_client() as client:
            while True:
                with contextlib.suppress(httpx.TransportError):
                    if (await client.get(f"{self.url}/api/health")).is_success:
                        return
                await asyncio.sleep(0.05)

    async def end(self, number: signal.Signals) -> int:
        """Send a signal and wait for the end; returns the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return await self.process.wait()


@pytest.fixture
async def web(floor: Floor, database_url: str, redis_url: str) -> AsyncIterator[WebProcess]:
    process = WebProcess(database_url, redis_url, any_free())
    await process.start()
    yield process
    if process.process is not None and process.process.returncode is None:
        await process.end(signal.SIGKILL)


@pytest.mark.long
async def test_a_killed_process_comes_back_with_everything(floor: Floor, web: WebProcess) -> None:
    lin = await Browser.sign_in(web.url, "lin", PASSWORD)
    before = await lin.open_desk()
    call = await floor.arrive()
    await floor.offer(call, "lin")
    await before.until(lambda: bool(before.state["work"]))
    await web.end(signal.SIGKILL)
    await before.closed.wait()
    await floor.answer(call)
    await web.start()
    after = await lin.open_desk()
    assert [item["state"] for item in after.state["work"]] == ["active"]
    await after.close()
    await lin.close()


@pytest.mark.long
async def test_it_stops_at_once_with_desks_open(floor: Floor, web: WebProcess) -> None:
    sun = await Browser.sign_in(web.url, "sun", PASSWORD)
    desks = [await sun.open_desk() for _ in range(5)]
    began = time.monotonic()
    assert await web.end(signal.SIGTERM) == 0
    assert time.monotonic() - began < STOP_SECONDS
    for desk in desks:
        await desk.closed.wait()
        assert desk.socket.close_code == 1012
    await sun.close()


@pytest.mark.long
async def test_two_processes_show_the_same(floor: Floor, web: WebProcess, database_url: str, redis_url: str) -> None:
    async with running_web(database_url, redis_url) as second:
        lin = await Browser.sign_in(web.url, "lin", PASSWORD)
        here = await lin.open_desk()
        elsewhere = Browser(second.url, lin.http, lin.csrf)
        there = await elsewhere.open_desk()
        call = await floor.arrive()
        await floor.offer(call, "lin")
        for desk in (here, there):
            await desk.until(lambda desk=desk: bool(desk.state["work"]))
        for desk in (here, there):
            await desk.close()
        await lin.close()
