"""The routing process: in every domain its writer, or a standby that takes over when the writer goes.

``python -m processes.routing``; as many as one likes, on as many machines: in each domain one decides, the others wait.
"""

from __future__ import annotations

import redis.asyncio as redis
import uvloop

from core.bus import Bus, connect
from core.db import Database
from core.domains import serve_each
from core.logs import set_up_logging
from core.settings import Settings, settings
from core.tasks import together
from processes.precedence import Precedence, take_place
from processes.until_signalled import until_signalled
from routing.writer.service import RoutingService

_POOL_SIZE = 2


async def serve(config: Settings) -> None:
    """Run until cancelled; a clean end gives the role back at once."""
    async with (
        connect(config.redis_url) as client,
        Database(config.database_url, domain=config.domain, pool_size=_POOL_SIZE) as database,
    ):
        await serve_each(database, lambda domain: _serve_domain(config, database, client, domain))


async def _serve_domain(config: Settings, database: Database, client: redis.Redis, domain: str) -> None:
    async with Bus(client, domain) as bus:
        service = RoutingService(config.database_url, domain, bus, client)
        await together(service.run(), bus.tend(database.of(domain)))


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    config = settings()
    set_up_logging("routing", log_format=config.log_format, level=config.log_level)
    take_place(Precedence.PHONE)
    uvloop.run(until_signalled(serve(config)))


if __name__ == "__main__":
    main()
