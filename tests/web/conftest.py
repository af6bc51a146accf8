"""A floor and the web process over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from core.db import Database
from tests.fakes.desk_client import Browser
from tests.fakes.floor import PASSWORD, Floor
from tests.fakes.web_server import WebServer, running_web

SignIn = Callable[[str], Awaitable[Browser]]


@pytest.fixture
async def floor(database: Database) -> Floor:
    """Configured, without calls."""
    made = Floor(database)
    await made.settle()
    return made


@pytest.fixture
async def server(floor: Floor, database_url: str, redis_url: str) -> AsyncIterator[WebServer]:
    """The web process."""
    async with running_web(database_url, redis_url) as running:
        yield running


@pytest.fixture
async def sign_in(server: WebServer) -> AsyncIterator[SignIn]:
    """Signs people in."""
    opened: list[Browser] = []

    async def make(login: str) -> Browser:
        opened.append(await Browser.sign_in(server.url, login, PASSWORD))
        return opened[-1]

    yield make
    for browser in opened:
        await browser.close()
