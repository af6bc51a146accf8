"""Addresses of ours on channels: a number, a mailbox, the key of a chat widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.interaction import Channel
from core.tables import channel_accounts


@dataclass(frozen=True, slots=True)
class Account:
    """Where customers write to. ``queue_id``: who answers; None: nobody, what comes is kept on the record only."""

    id: UUID
    domain: str
    channel: Channel
    address: str
    queue_id: UUID | None
    provider: str
    name: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    per_second: float = 1.0
    """Messages that may be sent from here in a second."""


async def find_account(connection: AsyncConnection, channel: Channel, address: str) -> Account | None:
    """The account of an address, whatever domain it is of; None when there is none in use."""
    at = channel_accounts.c
    statement = select(channel_accounts).where(at.channel == channel.value, at.address == address, at.active)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else account_of(row)


async def account_by_id(connection: AsyncConnection, account_id: UUID) -> Account | None:
    """An account, in use or not."""
    row = (await connection.execute(select(channel_accounts).where(channel_accounts.c.id == account_id))).one_or_none()
    return None if row is None else account_of(row)


async def accounts_of(connection: AsyncConnection, domain: str, provider: str | None = None) -> list[Account]:
    """All in use of a domain, by channel and address; of one provider if that is said."""
    at = channel_accounts.c
    statement = select(channel_accounts).where(at.domain == domain, at.active).order_by(at.channel, at.address)
    if provider is not None:
        statement = statement.where(at.provider == provider)
    return [account_of(row) for row in (await connection.execute(statement)).all()]


def account_of(row: Any) -> Account:
    """From a row of ``channel_accounts``."""
    return Account(
        row.id, row.domain, Channel(row.channel), row.address, row.queue_id, row.provider, row.name, row.settings,
        float(row.per_second),
    )  # fmt: skip
