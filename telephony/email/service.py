"""Mailboxes of a domain, each read by one task, as the table of accounts has them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

from core.db import Database
from core.errors import HotlineError
from core.logs import logger
from core.ports import CustomerDirectory, QueueDoors
from core.tasks import end
from telephony.email.intake import Desk
from telephony.email.settings import MailSettings
from telephony.email.watch import MailWatch
from telephony.messages.accounts import Account, accounts_of

log = logger(__name__)
_LOOK_SECONDS = 15.0


async def run_mail(database: Database, directory: CustomerDirectory, doors: QueueDoors) -> None:
    """Read every mailbox of the domain until cancelled; what is configured anew is followed."""
    mailboxes = Mailboxes(database, Desk(directory, doors))
    try:
        while True:
            async with database.glance() as connection:
                accounts = await accounts_of(connection, database.domain, "mail")
            await mailboxes.follow(accounts)
            await asyncio.sleep(_LOOK_SECONDS)
    finally:
        await mailboxes.follow([])


class Mailboxes:
    """Those that are being read here."""

    def __init__(self, database: Database, desk: Desk) -> None:
        self._database, self._desk = database, desk
        self._reading: dict[UUID, tuple[Account, asyncio.Task[None] | None]] = {}

    async def follow(self, accounts: list[Account]) -> None:
        """Read these, as they are, and no others."""
        wanted = {account.id: account for account in accounts}
        for account_id, (known, task) in list(self._reading.items()):
            if wanted.get(account_id) != known:
                del self._reading[account_id]
                await end(*([task] if task is not None else []))
        for account in accounts:
            if account.id not in self._reading:
                self._reading[account.id] = (account, self._begin(account))

    def _begin(self, account: Account) -> asyncio.Task[None] | None:
        try:
            settings = MailSettings.of(account)
        except HotlineError as error:
            log.error("mailbox has bad settings", account_id=str(account.id), error=error.code, said=error.message)
            return None
        if settings.imap is None:
            return None
        desk = replace(self._desk, forms=settings.forms)
        return asyncio.create_task(MailWatch(self._database, account, settings, settings.imap, desk).run())
