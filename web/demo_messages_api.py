"""The demo page as a customer's handset: what he writes comes in as Twilio would bring it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Response
from sqlalchemy import text

from agent_desk.bodies import DemoText, DemoTextLine
from core.address import AddressKind, phone_address
from core.errors import NotFound, Refusal
from core.ids import new_id
from core.interaction import Channel
from telephony.messages.accounts import Account, accounts_of
from telephony.messages.intake import keep
from telephony.twilio.forms import WHATSAPP
from web.services import Home, Services

_LINES = text(
    """
    select * from (
        select m.seq, m.direction = 'in' as is_his, m.body, m.at, m.state
        from messages m join conversations c on c.id = m.conversation_id
        where c.account_id = :account and c.key = :sender order by m.seq desc limit 100) newest
    order by seq
    """
)


async def write(given: DemoText, services: Home) -> Response:
    """A text reaches the company's number of that channel."""
    account, sender = await _account(services, given.channel), _sender(services, given.sender)
    prefix = WHATSAPP if given.channel == "whatsapp" else ""
    sid = f"SM{new_id().hex}"
    form = {
        "MessageSid": sid, "From": prefix + sender, "To": prefix + account.address,
        "Body": given.body.replace("\x00", ""), "NumMedia": "0",
    }  # fmt: skip
    async with services.database.unit_of_work("demo") as work:
        keep(work, account, "message", sid, form)
    return Response(status_code=204)


async def read(
    channel: Literal["sms", "whatsapp"], sender: Annotated[str, Query(max_length=20)], services: Home
) -> list[DemoTextLine]:
    """What stands on his handset."""
    account, number = await _account(services, channel), _sender(services, sender)
    async with services.database.glance() as connection:
        rows = await connection.execute(_LINES, {"account": account.id, "sender": number})
        return [DemoTextLine(**row._asdict()) for row in rows]


async def _account(services: Services, channel: str) -> Account:
    async with services.database.glance() as connection:
        found = await accounts_of(connection, services.database.domain, "console")
    for account in found:
        if account.channel is Channel(channel):
            return account
    raise NotFound("channel_account.unknown", "The company has no such number.")


def _sender(services: Services, number: str) -> str:
    address = phone_address(number, services.settings.region)
    if address.kind is not AddressKind.PHONE:
        raise Refusal("demo.sender", "That is no telephone number.")
    return address.value
