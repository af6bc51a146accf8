"""An account, a queue behind it, and customers who write to it."""

from __future__ import annotations

from typing import Any

from core import clock
from core.address import Address, phone_address
from core.db import Database
from core.ids import new_id
from core.interaction import Channel
from core.ports import OpenDoors
from core.tables import channel_accounts, queues
from crm_sync.identity import Directory
from telephony.messages.accounts import Account, find_account
from telephony.messages.incoming import Incoming
from telephony.messages.receive import Received, receive

OURS = "+442079460100"
ANN = "+442079460201"


async def open_account(
    database: Database, channel: Channel = Channel.SMS, address: str = OURS, **columns: Any
) -> Account:
    """An account of a queue of its own."""
    queue_id = new_id()
    async with database.unit_of_work("test") as work:
        await work.execute(
            queues.insert().values(id=queue_id, domain="main", code=f"q{queue_id.hex[-8:]}", name_en="Q", name_zh="Q")
        )
        await work.execute(
            channel_accounts.insert().values(
                id=new_id(), domain="main", channel=channel.value, address=address, queue_id=queue_id, **columns
            )
        )
    async with database.glance() as connection:
        account = await find_account(connection, channel, address)
    assert account is not None
    return account


def text(body: str, external_id: str, sender: str = ANN, **fields: Any) -> Incoming:
    """A message from a phone."""
    address: Address = phone_address(sender, "GB")
    return Incoming(external_id, address.value, address, body, clock.now(), **fields)


async def deliver(database: Database, account: Account, incoming: Incoming) -> Received | None:
    """What an adapter does with it."""
    async with database.unit_of_work("telephony") as work:
        return await receive(work, account, incoming, directory=Directory(), doors=OpenDoors())
