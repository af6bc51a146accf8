"""The messages process: understands what customers wrote, sends what we wrote, fetches files. In every domain.

``python -m processes.messages``; as many as one likes, on as many machines.
"""

from __future__ import annotations

import redis.asyncio as redis
import uvloop

from core.bus import Bus, connect
from core.bus_reader import BusReader
from core.db import Database
from core.domains import serve_each
from core.event import Event
from core.events import ConfigurationChanged
from core.logs import logger, set_up_logging
from core.message_events import InboxFilled, MessageQueued
from core.settings import Settings, settings
from core.tasks import together
from crm_sync.identity import Directory
from processes.precedence import Precedence, take_place
from processes.until_signalled import until_signalled
from routing.doors import FrontDoors
from telephony.email.provider import MailProvider
from telephony.email.service import run_mail
from telephony.messages.console import ConsoleProvider
from telephony.messages.fetching import Fetcher
from telephony.messages.files import Files
from telephony.messages.idle import run_idle
from telephony.messages.inbox import Inbox, Reader
from telephony.messages.port import Provider
from telephony.messages.sender import Sender
from telephony.twilio.media import TwilioMedia
from telephony.twilio.provider import TwilioProvider
from telephony.twilio.translation import TwilioReader

log = logger(__name__)

READERS: dict[str, Reader] = {"console": TwilioReader(), "twilio": TwilioReader()}
"""Who understands an account's inbox, by its provider; the console's handset speaks as Twilio does."""


class DomainMessages:
    """What is run for one domain."""

    def __init__(
        self, database: Database, client: redis.Redis, providers: dict[str, Provider], fetcher: Fetcher
    ) -> None:
        self._database = database
        self._doors = FrontDoors()
        self._sender = Sender(database, {**providers, "mail": MailProvider(database)})
        self._inbox = Inbox(database, READERS, Directory(), self._doors)
        self._files = Files(database, fetcher)
        wanted = (InboxFilled, MessageQueued, ConfigurationChanged)
        self._reader = BusReader(client, database.domain, self._handle, self._after_gap, wanted=wanted)

    async def run(self) -> None:
        """Until cancelled, or until one part fails."""
        await self._reload()
        parts = (self._sender.run(), self._inbox.run(), self._files.run(), self._reader.run())
        await together(*parts, run_idle(self._database), self._read_mail())

    async def _read_mail(self) -> None:
        await run_mail(self._database, Directory(), self._doors)

    async def _handle(self, events: list[Event]) -> None:
        if any(isinstance(event, ConfigurationChanged) for event in events):
            await self._reload()
        await self._sender.handle(events)
        await self._inbox.handle(events)

    async def _after_gap(self) -> None:
        await self._reload()
        await self._sender.after_gap()
        await self._inbox.after_gap()

    async def _reload(self) -> None:
        async with self._database.reading() as connection:
            await self._doors.reload(connection, self._database.domain)


def providers_of(config: Settings) -> dict[str, Provider]:
    """Who carries messages, by the provider of an account; without credentials nothing leaves the house."""
    if not config.has_twilio:
        log.info("no credentials for Twilio: its numbers behave as the console's")
        return {"console": ConsoleProvider(), "twilio": ConsoleProvider()}
    if not config.public_url.startswith("https:"):
        log.warning("without an https HOTLINE_PUBLIC_URL Twilio cannot report, nor fetch files")
    twilio = TwilioProvider(
        config.twilio_account_sid, config.twilio_auth_token, public_url=config.public_url, api_url=config.twilio_api_url
    )
    return {"console": ConsoleProvider(), "twilio": twilio}


async def serve(config: Settings) -> None:
    """Run until cancelled."""
    providers = providers_of(config)
    async with (
        Fetcher(TwilioMedia(config.twilio_account_sid, config.twilio_auth_token, config.twilio_api_url)) as fetcher,
        connect(config.redis_url) as client,
        Database(config.database_url, domain=config.domain) as database,
    ):

        async def serve_domain(domain: str) -> None:
            async with Bus(client, domain) as bus:
                own = database.of(domain, bus)
                await together(DomainMessages(own, client, providers, fetcher).run(), bus.tend(own))

        await serve_each(database, serve_domain)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    config = settings()
    set_up_logging("messages", log_format=config.log_format, level=config.log_level)
    take_place(Precedence.SCREEN)
    uvloop.run(until_signalled(serve(config)))


if __name__ == "__main__":
    main()
