"""Fetches what customers attached, beside everything else. Any number of these may run anywhere."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from core.db import Database
from core.logs import logger
from telephony.messages.fetching import Fetched, Fetcher, FileNotNow, FileRefused
from telephony.messages.states import tell

log = logger(__name__)

SWEEP_SECONDS = 1.0
_LEASE_SECONDS = 120.0
_MOST_ATTEMPTS = 8
_SIDE_BY_SIDE = 3
_AWAY = (SQLAlchemyError, OSError, TimeoutError)
_TAKE = """
with due as (
    select f.id from message_files f join messages m on m.id = f.message_id
    where f.state = 'waiting' and f.next_at <= now() and m.domain = $1
    order by f.next_at limit 1 for update of f skip locked)
update message_files f set attempts = f.attempts + 1, next_at = now() + make_interval(secs => $2)
from due where due.id = f.id returning f.id, f.source, f.attempts
"""
_LATER = "update message_files set next_at = now() + make_interval(secs => $2) where id = $1 and state = 'waiting'"
_SETTLED = """
with f as (
    update message_files set state = $2, reason = $3, content = $4, content_type = coalesce($5, content_type), size = $6
    where id = $1 and state = 'waiting' returning message_id)
select m.* from messages m join f on f.message_id = m.id
"""


class Files:
    """Looks once a second for files that wait."""

    def __init__(self, database: Database, fetcher: Fetcher) -> None:
        self._database = database
        self._fetcher = fetcher

    async def run(self) -> None:
        """Fetch for ever."""
        while True:
            try:
                await self.work_off()
            except _AWAY as error:
                log.warning("files could not be looked for", error=str(error)[:200])
            await asyncio.sleep(SWEEP_SECONDS)

    async def work_off(self) -> None:
        """Until none is due."""
        if await self.fetch_one():
            async with asyncio.TaskGroup() as group:
                for _ in range(_SIDE_BY_SIDE):
                    group.create_task(self._drain())

    async def _drain(self) -> None:
        while await self.fetch_one():
            pass

    async def fetch_one(self) -> bool:
        """Try the next that is due; False when there is none."""
        async with self._database.unit_of_work("telephony") as work:
            rows = await work.fetch(_TAKE, work.domain, _LEASE_SECONDS)
        if not rows:
            return False
        file = rows[0]
        try:
            fetched = await self._fetcher.fetch(file["source"] or "")
        except FileRefused as refused:
            await self._settle(file, None, refused.code)
        except FileNotNow as later:
            await self._later(file, str(later))
        else:
            await self._settle(file, fetched, None)
        return True

    async def _later(self, file: Any, why: str) -> None:
        log.info("file could not be fetched now", file_id=str(file["id"]), why=why)
        if file["attempts"] >= _MOST_ATTEMPTS:
            await self._settle(file, None, "file.unreachable")
            return
        async with self._database.unit_of_work("telephony") as work:
            work.write(_LATER, file["id"], 2.0 ** file["attempts"])

    async def _settle(self, file: Any, fetched: Fetched | None, reason: str | None) -> None:
        if reason:
            log.info("file refused", file_id=str(file["id"]), reason=reason)
        kept = (fetched.content, fetched.content_type, len(fetched.content)) if fetched else (None, None, None)
        async with self._database.unit_of_work("telephony") as work:
            rows = await work.fetch(_SETTLED, file["id"], "refused" if reason else "stored", reason, *kept)
            if rows:
                await tell(work, rows[0])
