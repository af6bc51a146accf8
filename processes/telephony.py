"""The telephony process: serves one Asterisk for all domains, or stands by for the process that does.

Who serves also stands for election as each domain's writer: facts and offers then meet in one process. The routing
process takes over when this one goes.

``python -m processes.telephony``. Without AMI_URL there is no PBX: it waits and does nothing.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path

import uvloop

from core import bus
from core.db import Database
from core.domains import serve_each
from core.logs import logger, set_up_logging
from core.settings import Settings, settings
from core.tasks import end
from crm_sync.identity import Directory
from processes.precedence import Precedence, take_place
from routing.doors import FrontDoors
from routing.writer.service import RoutingService
from telephony.asterisk.link import AmiAddress
from telephony.asterisk.pbx.endpoints import Media
from telephony.asterisk.service import Company, TelephonyService
from telephony.asterisk.shared import SharedPbx
from telephony.called_customers import OutsideLine
from telephony.menu.definition import Menu
from telephony.menu.load import load_directory
from telephony.seat import PbxSeat

log = logger(__name__)


async def run(config: Settings, stopped: asyncio.Event) -> None:
    """Serve until ``stopped``. Raises HotlineError for a bad AMI_URL or a bad menu."""
    if not config.ami_url:
        log.info("voice is off: no AMI_URL")
        await stopped.wait()
        return
    address, menus = AmiAddress.parse(config.ami_url), load_directory(config.menu_dir)
    async with Database(config.database_url, domain=config.domain) as database:
        seat = PbxSeat(database.engine, f"{address.host}:{address.port}")
        serving = asyncio.create_task(seat.hold(lambda: _serve_pbx(config, database, address, menus)))
        waiting = asyncio.create_task(stopped.wait())
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        failed = serving.exception() if serving.done() else None
        await end(serving, waiting)
    if failed is not None:
        raise failed


async def _serve_pbx(config: Settings, database: Database, address: AmiAddress, menus: Mapping[str, Menu]) -> None:
    shared = SharedPbx(address)

    async def serve(domain: str) -> None:
        await _serve_domain(config, database, shared, menus, domain)

    serving = asyncio.create_task(serve_each(database, serve))
    try:
        await shared.run()
    finally:
        await end(serving)


async def _serve_domain(
    config: Settings, database: Database, shared: SharedPbx, menus: Mapping[str, Menu], domain: str
) -> None:
    doors = FrontDoors()
    company = Company(
        Directory(),
        menus,
        config.region,
        Path(config.pbx_agents_file) if config.pbx_agents_file else None,
        Media(config.pbx_media_address or None),
        OutsideLine(config.dial_out, config.dial_allowed, config.dial_caller_id),
        doors,
    )
    async with bus.connect(config.redis_url) as client, bus.Bus(client, domain) as publisher:
        own = database.of(domain, publisher)
        valkey, is_home = bus.connect(config.redis_url), domain == config.domain
        writer = RoutingService(config.database_url, domain, publisher, client, beside=True)
        doors.floor = lambda: writer.term.floor if writer.term is not None else None
        service = TelephonyService(own, valkey, shared, company, publisher, carrier=writer, takes_unknown=is_home)
        beside = [asyncio.create_task(publisher.tend(own)), asyncio.create_task(writer.run())]
        try:
            await service.run()
        finally:
            await end(*beside)


async def _main(config: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    await run(config, stopped)


def main() -> None:
    """Run until told to stop."""
    config = settings()
    set_up_logging("telephony", log_format=config.log_format, level=config.log_level)
    take_place(Precedence.PHONE)
    uvloop.run(_main(config))


if __name__ == "__main__":
    main()
