"""The web process's server on a free port, inside the test's loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from core.settings import Settings
from processes.web import open_services, server_for
from web.services import Services


@dataclass
class WebServer:
    """A running server."""

    url: str
    services: Services


@contextlib.asynccontextmanager
async def running_web(database_url: str, redis_url: str, **settings: Any) -> AsyncIterator[WebServer]:
    """A server over these stores until the block ends."""
    listener = socket.socket(proto=socket.IPPROTO_TCP)  # else asyncio leaves Nagle's 40 ms in every answer
    listener.bind(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    config = Settings(database_url=database_url, redis_url=redis_url, http_port=port, **settings)
    async with open_services(config) as services:
        server = server_for(services)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            assert not serving.done(), serving
            await asyncio.sleep(0.01)
        try:
            yield WebServer(f"http://127.0.0.1:{port}", services)
        finally:
            server.should_exit = True
            await serving
            listener.close()
