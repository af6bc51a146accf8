"""Mail in and out on real servers: Dovecot, an SMTP server, PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from core.db import Database
from core.message import Author
from core.ports import OpenDoors
from core.tasks import end
from crm_sync.identity import Directory
from telephony.email.provider import MailProvider
from telephony.email.service import run_mail
from telephony.messages.sender import Sender
from telephony.messages.write import Draft, write
from tests.telephony.email.conftest import open_mailbox
from tests.telephony.email.dovecot import Dovecot
from tests.telephony.email.mails import mail
from tests.telephony.email.smtp import SmtpServer

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("secret")]


async def rows(database: Database, statement: str) -> list[Any]:
    async with database.glance() as connection:
        return list((await connection.exec_driver_sql(statement)).all())


async def until(told: Callable[[], Awaitable[object]], wanted: object, seconds: float = 20.0) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while (found := await told()) != wanted:
        assert asyncio.get_running_loop().time() < deadline, f"{found!r} is not {wanted!r}"
        await asyncio.sleep(0.05)


@asynccontextmanager
async def reading(database: Database) -> AsyncIterator[None]:
    task = asyncio.create_task(run_mail(database, Directory(), OpenDoors()))
    try:
        yield
    finally:
        await end(task)


async def send_due(database: Database) -> None:
    sender = Sender(database, {"mail": MailProvider(database)})
    await sender.send_due()
    await sender.idle()


async def answer(database: Database, body: str, author: Author = Author.AGENT, **details: Any) -> None:
    (conversation_id,) = (await rows(database, "select id from conversations order by created_at limit 1"))[0]
    async with database.unit_of_work("test") as work:
        await write(work, conversation_id, Draft(body, details=details, author=author))
    await send_due(database)


async def test_a_mail_is_answered_and_the_answer_answered_in_one_thread(
    quiet_database: Database, dovecot: Dovecot, smtp: SmtpServer
) -> None:
    account = await open_mailbox(quiet_database, dovecot, smtp)
    dovecot.put(account.address, mail("Where is it?\n\n-- \nAnn"))

    async def bodies() -> list[str]:
        return [row[0] for row in await rows(quiet_database, "select body from messages order by seq")]

    async with reading(quiet_database):
        await until(bodies, ["Where is it?"])
        await answer(quiet_database, "On its way.")
        (sent,) = smtp.mails
        assert sent["In-Reply-To"] == "<one@customer.example>" and sent["Subject"] == "Re: Where is my parcel?"
        assert sent["From"] == f"Example Support <{account.address}>" and sent["Auto-Submitted"] is None
        again = mail("Thanks!\n\nOn Sunday, Example Support wrote:\n> On its way.", message_id="<two@customer.example>",
                     subject="AW: Where is my parcel?", In_Reply_To=str(sent["Message-ID"]))  # fmt: skip
        dovecot.put(account.address, again)
        await until(bodies, ["Where is it?", "On its way.", "Thanks!"])
    assert await rows(quiet_database, "select count(*) from conversations") == [(1,)]
    assert await rows(quiet_database, "select state, external_id from messages where direction = 'out'") == [
        ("sent", sent["Message-ID"])
    ]
    await until(lambda: asyncio.to_thread(dovecot.unread, account.address), 0)
