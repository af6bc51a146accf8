"""Works off what came from outside: each entry of the inbox and its effect in one transaction.

Any number of these may run anywhere. What one sender wrote is taken in order; what others wrote does not wait for it.
An entry that fails is tried again after growing pauses, and given up at last: it stays, with its error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from core.db import Database, UnitOfWork
from core.errors import HotlineError
from core.event import Event
from core.logs import logger
from core.message import MessageState
from core.message_events import InboxFilled
from core.ports import CustomerDirectory, QueueDoors
from core.tables import channel_accounts
from telephony.messages.accounts import Account, account_of
from telephony.messages.incoming import Incoming
from telephony.messages.states import advance
from telephony.messages.take import take

log = logger(__name__)

SWEEP_SECONDS = 1.0
_MOST_ATTEMPTS = 10
_LONGEST_PAUSE_SECONDS = 300.0
_SIDE_BY_SIDE = 4
_AWAY = (SQLAlchemyError, OSError, TimeoutError)
_NEXT = """
select i.* from channel_inbox i
where i.domain = $1 and i.done_at is null and i.next_at <= now() and (i.kind = 'status' or not exists (
    select 1 from channel_inbox e where e.done_at is null and e.position < i.position and e.kind = 'message'
    and e.account_id = i.account_id and e.payload ->> 'From' = i.payload ->> 'From'))
order by i.position limit 1 for update of i skip locked
"""
_DONE = "update channel_inbox set done_at = now(), error = $2 where position = $1"
_AGAIN = """
update channel_inbox set attempts = attempts + 1, error = $2, next_at = now() + make_interval(secs => $3),
    done_at = case when $4 then now() end
where position = $1 and done_at is null
"""
_OURS = """
select id, external_id from messages
where account_id = $1 and direction = 'out' and (external_id = $2 or id = $3) order by external_id = $2 desc limit 1
"""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message of ours; ``message_id`` when the other side tells our own id of it as well."""

    external_id: str
    state: MessageState
    error: str | None = None
    message_id: UUID | None = None


class Reader(Protocol):
    """Understands what a provider sent. Raises HotlineError for what can never be understood."""

    def incoming(self, payload: Mapping[str, Any], received_at: datetime) -> Incoming:
        """An entry of kind ``message``."""

    def report(self, payload: Mapping[str, Any]) -> Report:
        """An entry of kind ``status``."""


class NotYet(Exception):
    """It is about something that is not there yet."""


class Inbox:
    """Follows ``channel_inbox.filled`` and looks once a second for what else is due."""

    def __init__(
        self, database: Database, readers: Mapping[str, Reader], directory: CustomerDirectory, doors: QueueDoors
    ) -> None:
        self._database = database
        self._readers = readers
        self._directory = directory
        self._doors = doors
        self._woken = asyncio.Event()

    async def handle(self, events: list[Event]) -> None:
        """News from the bus."""
        if any(isinstance(event, InboxFilled) for event in events):
            self._woken.set()

    async def after_gap(self) -> None:
        """Events were missed: look."""
        self._woken.set()

    async def run(self) -> None:
        """Work off for ever."""
        while True:
            try:
                await self.work_off()
            except _AWAY as error:
                log.warning("the inbox could not be worked off", error=str(error)[:200])
                await asyncio.sleep(SWEEP_SECONDS)
            try:
                await asyncio.wait_for(self._woken.wait(), SWEEP_SECONDS)
            except TimeoutError:
                continue
            finally:
                self._woken.clear()

    async def work_off(self) -> None:
        """Until nothing is due."""
        if await self.work_one():
            async with asyncio.TaskGroup() as group:
                for _ in range(_SIDE_BY_SIDE):
                    group.create_task(self._drain())

    async def _drain(self) -> None:
        while await self.work_one():
            pass

    async def work_one(self) -> bool:
        """Take the next entry that is due; False when there is none."""
        entry: Any = None
        try:
            async with self._database.unit_of_work("telephony") as work:
                rows = await work.fetch(_NEXT, work.domain)
                if not rows:
                    return False
                entry = rows[0]
                await self._understand(work, entry)
                work.write(_DONE, entry["position"], None)
        except NotYet:
            await self._again(entry, "message.unknown", for_good=False)
        except Exception as error:
            if entry is None:
                raise
            log.exception("an entry of the inbox failed", position=entry["position"])
            code = error.code if isinstance(error, HotlineError) else type(error).__name__
            await self._again(entry, code, for_good=isinstance(error, HotlineError))
        return True

    async def _understand(self, work: UnitOfWork, entry: Any) -> None:
        mine = select(channel_accounts).where(channel_accounts.c.id == entry["account_id"])
        account = account_of((await work.execute(mine)).one())
        reader = self._readers[account.provider]
        if entry["kind"] == "status":
            await _follow(work, account, reader.report(entry["payload"]))
            return
        incoming = reader.incoming(entry["payload"], entry["received_at"])
        await take(work, account, incoming, directory=self._directory, doors=self._doors)

    async def _again(self, entry: Any, code: str, *, for_good: bool) -> None:
        is_last = for_good or entry["attempts"] + 1 >= _MOST_ATTEMPTS
        pause = min(_LONGEST_PAUSE_SECONDS, 2.0 ** entry["attempts"])
        if is_last:
            log.warning("an entry of the inbox is given up", position=entry["position"], error=code)
        async with self._database.unit_of_work("telephony") as work:
            work.write(_AGAIN, entry["position"], code, pause, is_last)


async def _follow(work: UnitOfWork, account: Account, report: Report) -> None:
    rows = await work.fetch(_OURS, account.id, report.external_id, report.message_id)
    if not rows:
        raise NotYet
    found = rows[0]
    if found["external_id"] in (None, report.external_id):
        await advance(work, found["id"], report.state, error=report.error, external_id=report.external_id)
