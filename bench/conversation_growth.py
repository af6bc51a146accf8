"""What one message costs as conversations grow: the same transaction among ten thousand of them and among a million."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from uuid import UUID

import asyncpg

from core import clock
from core.address import Address, AddressKind
from core.db import Database
from core.ids import new_id
from core.ports import OpenDoors
from crm_sync.identity import Directory
from telephony.messages.accounts import Account, account_by_id
from telephony.messages.incoming import Incoming
from telephony.messages.receive import receive

_WRITTEN_EACH = 3
_FILL = """
with who as (
    select distinct on (customer_id) customer_id, value from customer_identities
    where domain = 'main' and kind = 'phone' order by customer_id offset $2 limit $3),
threads as (
    insert into conversations (id, domain, account_id, channel, key, address, customer_id, newest, created_at,
                               last_message_at, last_inbound_at)
    select gen_random_uuid(), 'main', $1, 'sms', value, value, customer_id, $4, now() - interval '60 days',
           now() - interval '50 days', now() - interval '50 days' from who returning id)
insert into messages (id, domain, conversation_id, account_id, seq, direction, author, body, state, external_id, at)
select gen_random_uuid(), 'main', t.id, $1, n, 'in', 'customer', 'Where is my parcel?', 'received',
       'SM' || replace(gen_random_uuid()::text, '-', ''), now() - interval '50 days'
from threads t, generate_series(1, $4) as n
"""
_STEP = 50_000


async def open_account(url: str) -> UUID:
    """A number of ours whose messages wait for nobody."""
    account_id = new_id()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "insert into channel_accounts (id, domain, channel, address, queue_id) select $1, 'main', 'sms',"
            " '+15005550006', id from queues where domain = 'main' limit 1",
            account_id,
        )
    finally:
        await connection.close()
    return account_id


async def fill(url: str, account_id: UUID, has: int, want: int, say: Callable[[str], None]) -> None:
    """Give the account so many conversations, of a few messages each."""
    connection = await asyncpg.connect(url)
    try:
        while has < want:
            count = min(_STEP, want - has)
            await connection.execute(_FILL, account_id, has, count, _WRITTEN_EACH, timeout=600)
            has += count
            say(f"  {has} conversations")
        await connection.execute("analyze conversations", timeout=600)
        await connection.execute("analyze messages", timeout=600)
    finally:
        await connection.close()


async def cost(database: Database, account_id: UUID, times: int, dice: random.Random) -> list[float]:
    """Seconds that each of so many messages took, from customers who have written before."""
    async with database.glance() as connection:
        account = await account_by_id(connection, account_id)
        query = f"select address from conversations tablesample system_rows({times})"
        await connection.exec_driver_sql("create extension if not exists tsm_system_rows")
        addresses = [row[0] for row in (await connection.exec_driver_sql(query)).all()]
    assert account is not None
    dice.shuffle(addresses)
    return [await _one(database, account, address) for address in addresses]


async def _one(database: Database, account: Account, address: str) -> float:
    incoming = Incoming(new_id().hex, address, Address(AddressKind.PHONE, address), "And now?", clock.now())
    began = time.perf_counter()
    async with database.unit_of_work("telephony") as work:
        await receive(work, account, incoming, directory=Directory(), doors=OpenDoors())
    return time.perf_counter() - began
