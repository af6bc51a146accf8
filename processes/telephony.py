"""The telephony process: serves one Asterisk, or stands by for the process that does.

Who serves also stands for election as the domain's writer: facts and offers then meet in one process. The routing
process takes over when this one goes.

``python -m processes.telephony``. Without AMI_URL there is no PBX: it waits and does nothing.
"""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import uvloop

from core import bus
from core.db import Database
from core.logs import logger, set_up_logging
from core.settings import Settings, settings
from core.tasks import end
from crm_sync.identity import Directory
from processes.precedence import Precedence, take_place
from routing.writer.service import RoutingService
from telephony.asterisk.link import AmiAddress
from telephony.asterisk.pbx.endpoints import Media
from telephony.asterisk.service import Company, TelephonyService
from telephony.called_customers import OutsideLine
from telephony.menu.load import load_directory
from telephony.seat import PbxSeat

log = logger(__name__)


async def run(config: Settings, stopped: asyncio.Event) -> None:
    """Serve until ``stopped``. Raises HotlineError for a bad AMI_URL or a bad menu."""
    if not config.ami_url:
        log.info("voice is off: no AMI_URL")
        await stopped.wait()
        return
    company = Company(
        Directory(),
        load_directory(config.menu_dir),
        config.region,
        Path(config.pbx_agents_file) if config.pbx_agents_file else None,
        Media(config.pbx_media_address or None),
        OutsideLine(config.dial_out, config.dial_allowed, config.dial_caller_id),
    )
    client = bus.connect(config.redis_url)
    publisher = bus.Bus(client, config.domain)
    async with Database(config.database_url, domain=config.domain, publisher=publisher) as database:
        tending = asyncio.create_task(publisher.tend(database))
        try:
            await _serve(config, database, publisher, company, stopped)
        finally:
            await end(tending)
            publisher.close()
            await client.aclose()


async def _serve(
    config: Settings, database: Database, publisher: bus.Bus, company: Company, stopped: asyncio.Event
) -> None:
    address = AmiAddress.parse(config.ami_url)

    async def active() -> None:
        valkey = bus.connect(config.redis_url)
        writer = RoutingService(config.database_url, config.domain, publisher, valkey, beside=True)
        service = TelephonyService(database, bus.connect(config.redis_url), address, company, publisher, carrier=writer)
        deciding = asyncio.create_task(writer.run())
        try:
            await service.run()
        finally:
            try:
                await end(deciding)
            finally:
                await valkey.aclose()

    seat = PbxSeat(database.engine, config.domain, f"{address.host}:{address.port}")
    serving, waiting = asyncio.create_task(seat.hold(active)), asyncio.create_task(stopped.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    failed = serving.exception() if serving.done() else None
    await end(serving, waiting)
    if failed is not None:
        raise failed


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
