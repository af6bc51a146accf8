"""The routing process: the writer of its domain, or a standby that takes over when the writer goes.

``python -m processes.routing``; as many as one likes, on as many machines: one decides, the others wait.
"""

from __future__ import annotations

import asyncio
import signal

import uvloop

from core.bus import Bus, connect
from core.db import Database
from core.logs import set_up_logging
from core.settings import Settings, settings
from processes.precedence import Precedence, take_place
from routing.writer.service import RoutingService


async def serve(config: Settings) -> None:
    """Run until cancelled; a clean end gives the role back at once."""
    async with (
        Bus(connect(config.redis_url), config.domain) as bus,
        Database(config.database_url, domain=config.domain, pool_size=1) as database,
    ):
        service = RoutingService(config.database_url, config.domain, bus, connect(config.redis_url))
        await asyncio.gather(service.run(), bus.tend(database))


async def _serve_until_signalled(config: Settings) -> None:
    serving = asyncio.create_task(serve(config))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    await asyncio.wait([serving])
    if not serving.cancelled():
        serving.result()


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    config = settings()
    set_up_logging("routing", log_format=config.log_format, level=config.log_level)
    take_place(Precedence.PHONE)
    uvloop.run(_serve_until_signalled(config))


if __name__ == "__main__":
    main()
