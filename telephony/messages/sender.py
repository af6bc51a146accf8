"""Sends what is due, account by account. Any number of these may run anywhere."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from uuid import UUID

from core.db import Database
from core.event import Event
from core.logs import logger
from core.message import MessageState
from core.message_events import MessageQueued
from core.tasks import end
from telephony.messages.leases import Lease, due_accounts, take_due
from telephony.messages.port import NotNow, Provider, RefusedForGood
from telephony.messages.states import advance

log = logger(__name__)

SWEEP_SECONDS = 1.0
_MOST_ATTEMPTS = 12
_LONGEST_PAUSE_SECONDS = 900.0
_BACK = """
update messages set state = 'queued', state_at = now(), leased_until = null, error = $2,
    next_at = now() + make_interval(secs => $3)
where id = $1 and state = 'sending' and attempts = $4 returning id
"""


class Sender:
    """Follows ``message.queued`` and looks once a second for what else is due."""

    def __init__(self, database: Database, providers: Mapping[str, Provider]) -> None:
        self._database = database
        self._providers = providers
        self._woken = asyncio.Event()
        self._busy: dict[UUID, asyncio.Task[None]] = {}

    async def handle(self, events: list[Event]) -> None:
        """News from the bus."""
        if any(isinstance(event, MessageQueued) for event in events):
            self._woken.set()

    async def after_gap(self) -> None:
        """Events were missed: look."""
        self._woken.set()

    async def run(self) -> None:
        """Send for ever."""
        try:
            while True:
                await self.send_due()
                try:
                    await asyncio.wait_for(self._woken.wait(), SWEEP_SECONDS)
                except TimeoutError:
                    continue
                finally:
                    self._woken.clear()
        finally:
            await end(*self._busy.values())

    async def send_due(self) -> None:
        """Begin with every account that has something due and is not being worked off here."""
        for account_id in await due_accounts(self._database, list(self._providers)):
            if account_id not in self._busy:
                self._busy[account_id] = asyncio.create_task(self._work_off(account_id))

    async def idle(self) -> None:
        """Until everything that was begun has been tried."""
        while self._busy:
            await asyncio.wait(set(self._busy.values()))

    async def _work_off(self, account_id: UUID) -> None:
        try:
            async with self._database.unit_of_work("telephony") as work:
                leases = await take_due(work, account_id)
            for lease in leases:
                await self._try(lease)
        except Exception:
            log.exception("messages could not be sent", account_id=str(account_id))
        finally:
            del self._busy[account_id]

    async def _try(self, lease: Lease) -> None:
        try:
            sent = await self._providers[lease.account.provider].send(lease.account, lease.outgoing)
        except RefusedForGood as refused:
            await self._settle(lease, MessageState.FAILED, refused.code)
        except NotNow as later:
            await self._later(lease, later.code, later.after_seconds)
        else:
            await self._settle(lease, sent.state, None, sent.external_id)

    async def _settle(self, lease: Lease, state: MessageState, error: str | None, sid: str | None = None) -> None:
        async with self._database.unit_of_work("telephony") as work:
            await advance(work, lease.outgoing.message_id, state, error=error, external_id=sid)

    async def _later(self, lease: Lease, code: str, after_seconds: float | None) -> None:
        if lease.attempts >= _MOST_ATTEMPTS:
            await self._settle(lease, MessageState.FAILED, code)
            return
        pause = min(_LONGEST_PAUSE_SECONDS, 2.0 ** min(lease.attempts, 12)) * random.uniform(0.5, 1.0)  # noqa: S311
        async with self._database.unit_of_work("telephony") as work:
            await work.fetch(_BACK, lease.outgoing.message_id, code, max(pause, after_seconds or 0.0), lease.attempts)
        log.info("message waits for another try", message_id=str(lease.outgoing.message_id), error=code)
