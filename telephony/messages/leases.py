"""Taking messages that are due, one sender at a time: by account as fast as it may, by conversation in order.

The queue is the table. An account's next moment (``channel_accounts.next_at``) moves on by ``1 / per_second`` with each
message that is taken, whichever process takes it, so that the rate holds over all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import func, select

from core.db import Database, UnitOfWork
from core.message import Author
from core.tables import channel_accounts
from telephony.messages.accounts import Account, account_of
from telephony.messages.port import Outgoing, OutgoingFile

LEASE_SECONDS = 60
_BURST = 20
_DUE_ACCOUNTS = """
select a.id from channel_accounts a
where a.domain = $1 and a.provider = any($2) and a.next_at <= now() and exists (
    select 1 from messages m where m.account_id = a.id and m.state in ('queued', 'sending') and m.next_at <= now()
    and (m.leased_until is null or m.leased_until < now()))
"""
_TAKE = """
with due as (
    select m.id from messages m
    where m.account_id = $1 and m.state in ('queued', 'sending') and m.next_at <= now()
      and (m.leased_until is null or m.leased_until < now())
      and not exists (
          select 1 from messages e where e.conversation_id = m.conversation_id and e.seq < m.seq
          and e.direction = 'out' and e.state in ('queued', 'sending'))
    order by m.next_at, m.id limit $2 for update skip locked)
update messages m set state = 'sending', state_at = now(), attempts = m.attempts + 1,
    leased_until = now() + make_interval(secs => $3)
from due, conversations c where due.id = m.id and c.id = m.conversation_id
returning m.*, c.address, c.key, c.subject, c.last_inbound_at
"""
_SPENT = """
update channel_accounts set next_at = greatest(next_at, now()) + make_interval(secs => $2 / per_second::float8)
where id = $1
"""
_FILES = "select * from message_files where message_id = any($1) and state = 'stored' order by position"


@dataclass(frozen=True, slots=True)
class Lease:
    """A message in our hands until ``LEASE_SECONDS`` have passed; ``attempts`` counts this one."""

    account: Account
    outgoing: Outgoing
    attempts: int


async def due_accounts(database: Database, providers: list[str]) -> list[UUID]:
    """Accounts of these providers that may send something now."""
    async with database.unit_of_work("telephony") as work:
        return [row["id"] for row in await work.look(_DUE_ACCOUNTS, work.domain, providers)]


async def take_due(work: UnitOfWork, account_id: UUID, most: int = _BURST) -> list[Lease]:
    """Messages of an account that are due, as many as its rate allows; none while another process takes some."""
    at = channel_accounts.c
    mine = select(channel_accounts).where(at.id == account_id, at.next_at <= func.now())
    row = await work.one_or_none(mine.with_for_update(skip_locked=True))
    if row is None:
        return []
    account = account_of(row)
    allowed = max(1, min(most, int(account.per_second)))
    taken = await work.fetch(_TAKE, account_id, allowed, LEASE_SECONDS)
    if not taken:
        return []
    await work.fetch(_SPENT, account_id, float(len(taken)))
    files = await work.fetch(_FILES, [row["id"] for row in taken])
    return [Lease(account, _outgoing(row, files), row["attempts"]) for row in sorted(taken, key=_order)]


def _order(row: Any) -> tuple[Any, ...]:
    return row["at"], row["seq"]


def _outgoing(row: Any, files: list[Any]) -> Outgoing:
    return Outgoing(
        message_id=row["id"], conversation_id=row["conversation_id"], to=row["address"], key=row["key"],
        subject=row["subject"], body=row["body"], at=row["at"], last_inbound_at=row["last_inbound_at"],
        files=tuple(_file(file) for file in files if file["message_id"] == row["id"]),
        details=_details(row["details"]), is_automatic=row["author"] == Author.SYSTEM.value,
    )  # fmt: skip


def _details(value: Any) -> Any:
    """The driver itself gives JSON as text."""
    return orjson.loads(value) if isinstance(value, str) else value


def _file(row: Any) -> OutgoingFile:
    return OutgoingFile(row["id"], row["name"], row["content_type"], bytes(row["content"] or b""))
