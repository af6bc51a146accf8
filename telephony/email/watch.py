"""Reads a mailbox for ever: each mail in one transaction with its position, and only then marked as seen.

A mail that is read again after a crash, or after the server has numbered anew, is known by its Message-ID.
"""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, date, datetime, timedelta

from core import clock
from core.db import Database
from core.errors import HotlineError
from core.logs import logger
from telephony.email.intake import Became, Desk, take
from telephony.email.mailbox import FAULTS, Fetched, Mailbox, SignInRefused
from telephony.email.reading import read_mail
from telephony.email.settings import MailSettings, Server, password
from telephony.messages.accounts import Account

log = logger(__name__)

_FIRST_DAYS = 7
_SOON_SECONDS = 3.0
_IDLE_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 300.0
_MOST_TRIES = 5
_POSITION = "select uid_validity, uid, read_at from mail_positions where account_id = $1 and folder = $2"
_MOVED = """
insert into mail_positions (account_id, folder, uid_validity, uid) values ($1, $2, $3, $4)
on conflict (account_id, folder) do update
set uid_validity = excluded.uid_validity, uid = excluded.uid, read_at = now()
"""


class MailWatch:
    """See the module; one an account and process."""

    def __init__(
        self, database: Database, account: Account, settings: MailSettings, server: Server, desk: Desk
    ) -> None:
        self._database, self._account, self._desk = database, account, desk
        self._settings, self._server = settings, server
        self._failures = 0
        self._tries: dict[int, int] = {}

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._session()
            except (*FAULTS, SignInRefused, HotlineError) as error:
                self._failures += 1
                log.warning("mailbox not read", account_id=str(self._account.id), failures=self._failures,
                            error=f"{type(error).__name__}: {error}"[:300])  # fmt: skip
            except Exception:
                self._failures += 1
                log.exception("mail could not be kept", account_id=str(self._account.id))
            longest = min(_LONGEST_PAUSE_SECONDS, 2.0 ** min(self._failures, 10))
            await asyncio.sleep(longest * random.uniform(0.5, 1.0))  # noqa: S311

    async def _session(self) -> None:
        word = password(self._server) if self._server.user else ""
        mailbox = Mailbox(self._server, word, self._settings.folder)
        try:
            validity = await mailbox.open()
            log.info("mailbox opened", account_id=str(self._account.id))
            last = await self._catch_up(mailbox, validity)
            while True:
                found = await self._read(mailbox, validity, await mailbox.uids_after(last))
                last = max(last, found)
                self._failures = 0
                # A mail that came during the search is not told of in IDLE by every server: look again soon.
                await mailbox.wait(_SOON_SECONDS if found else _IDLE_SECONDS)
        finally:
            await mailbox.close()

    async def _catch_up(self, mailbox: Mailbox, validity: int) -> int:
        """Where to go on. At first: the last days' unread mails; numbered anew: everything since we last read."""
        async with self._database.unit_of_work("telephony") as work:
            rows = await work.look(_POSITION, self._account.id, self._settings.folder)
        if rows and rows[0]["uid_validity"] == validity:
            return int(rows[0]["uid"])
        newest = max(await mailbox.uids_after(0), default=0)
        since = _day(rows[0]["read_at"], 1) if rows else _day(clock.now(), _FIRST_DAYS)
        uids = await mailbox.uids_since(since, unread=not rows)
        await self._read(mailbox, validity, [uid for uid in uids if uid <= newest])
        await self._move(validity, newest)
        return newest

    async def _read(self, mailbox: Mailbox, validity: int, uids: list[int]) -> int:
        last = 0
        for uid in uids:
            self._tries[uid] = self._tries.get(uid, 0) + 1
            fetched = await mailbox.fetch(uid)
            if fetched is not None:
                await self._keep(validity, fetched)
                await mailbox.mark_seen(uid)
            self._tries.pop(uid, None)
            last = uid
        return last

    async def _keep(self, validity: int, fetched: Fetched) -> None:
        if self._tries[fetched.uid] > _MOST_TRIES:
            log.error("mail given up, it stays unread", account_id=str(self._account.id), uid=fetched.uid)
            await self._move(validity, fetched.uid)
            return
        mail = await asyncio.to_thread(read_mail, fetched.raw, is_whole=fetched.is_whole)
        async with self._database.unit_of_work("telephony") as work:
            became: Became = await take(work, self._account, mail, fetched.arrived_at, self._desk)
            work.write(_MOVED, self._account.id, self._settings.folder, validity, fetched.uid)
        log.info("mail read", account_id=str(self._account.id), uid=fetched.uid, became=became.value)

    async def _move(self, validity: int, uid: int) -> None:
        async with self._database.unit_of_work("telephony") as work:
            work.write(_MOVED, self._account.id, self._settings.folder, validity, uid)


def _day(at: datetime, days: int) -> date:
    return (at.astimezone(UTC) - timedelta(days=days)).date()
