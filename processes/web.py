"""The web process: HTTP, the desks' websockets, the console. Several may run on one database.

``python -m processes.web``.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Iterator
from typing import Any

import redis.asyncio as redis
import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from agent_desk.live import Live
from core import bus
from core.db import Database
from core.domains import serve_each
from core.logs import logger, set_up_logging
from core.settings import Settings, settings
from core.tasks import end
from crm_sync.identity import Directory
from processes.precedence import Precedence, take_place
from routing.doors import FrontDoors
from telephony.webchat.live import ChatLive
from web.app import create_app
from web.desk_socket import ABORT
from web.services import Services
from web.session_watch import watch_sessions
from web.voice_watch import read_state, voice_status, watch_voice

log = logger(__name__)

MAX_FRAME_BYTES = 16 * 1024
_PING_SECONDS = 20.0
_GRACE_SECONDS = 1


class DeskProtocol(WebSocketsSansIOProtocol):
    """uvicorn's websocket with one thing more: the application may cut a client that no longer reads."""

    async def run_asgi(self) -> None:
        """Serve with our extension in the scope."""
        extensions: dict[str, Any] = self.scope["extensions"]
        extensions[ABORT] = self.transport.abort
        await super().run_asgi()


@contextlib.asynccontextmanager
async def open_services(config: Settings) -> AsyncIterator[Services]:
    """Everything that the handlers need, with its background tasks, closed at the end: that of the home domain, which
    knows those of the others that come and go."""
    writing, reading = bus.connect(config.redis_url), bus.connect(config.redis_url)
    async with (
        writing,
        reading,
        Database(config.database_url, domain=config.domain, pool_size=10) as database,
        _services_of(config, database.of(config.domain), writing, reading, {}) as services,
    ):

        async def serve(domain: str) -> None:
            own = database.of(domain)
            async with _services_of(config, own, writing, reading, services.domains) as others:
                done, _ = await asyncio.wait(others.background, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()

        around = [
            asyncio.create_task(watch_sessions(services)),
            asyncio.create_task(serve_each(database, serve, but=(config.domain,))),
        ]
        services.background += around
        try:
            yield services
        finally:
            await end(*around)


@contextlib.asynccontextmanager
async def _services_of(
    config: Settings, database: Database, writing: redis.Redis, reading: redis.Redis, domains: dict[str, Services]
) -> AsyncIterator[Services]:
    async with bus.Bus(writing, database.domain) as publisher:
        database.publisher = publisher
        live = Live(database, reading, voice_status(config, read_state(config)))
        chat = ChatLive(database, writing, reading, directory=Directory(), doors=FrontDoors())
        live.beside.append(chat)
        services = Services(config, database, writing, live, chat, domains)
        services.background = [
            asyncio.create_task(live.run()),
            asyncio.create_task(chat.run()),
            asyncio.create_task(publisher.tend(database)),
            asyncio.create_task(watch_voice(config, live)),
        ]
        try:
            yield services
        finally:
            del domains[database.domain]
            live.close_all()
            chat.close_all()
            for task in services.background:
                task.cancel()
            await asyncio.gather(*services.background, return_exceptions=True)


class Server(uvicorn.Server):
    """uvicorn's server, but a signal only ends it: what stands around it is closed in order afterwards."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and SIGINT ask it to stop; a second one insists."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)


def server_for(services: Services, **options: Any) -> Server:
    """The server as the product runs it: small frames, no compression, a short grace at the end."""
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    return Server(
        uvicorn.Config(
            create_app(services),
            host=services.settings.http_host,
            port=services.settings.http_port,
            loop="uvloop",
            http="httptools",
            ws=DeskProtocol,
            ws_max_size=MAX_FRAME_BYTES,
            ws_per_message_deflate=False,
            ws_ping_interval=_PING_SECONDS,
            ws_ping_timeout=_PING_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            timeout_keep_alive=30,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            **options,
        )
    )


async def serve(config: Settings) -> None:
    """Run until the process is told to stop."""
    async with open_services(config) as services:
        serving = asyncio.create_task(server_for(services).serve())
        await asyncio.wait({serving, *services.background}, return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            raise RuntimeError("a background part of the web process ended")
        await serving


def main() -> None:
    """The entry point."""
    config = settings()
    set_up_logging("web", log_format=config.log_format, level=config.log_level)
    take_place(Precedence.SCREEN)
    with asyncio.Runner(loop_factory=uvicorn.Config("", loop="uvloop").get_loop_factory()) as runner:
        runner.run(serve(config))


if __name__ == "__main__":
    main()
