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
from tests.telephony.email.mails import ANN, BOB, bounce, mail
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


async def test_a_mailbox_that_is_numbered_anew_gives_no_mail_twice_and_none_is_lost(
    quiet_database: Database, dovecot: Dovecot
) -> None:
    account = await open_mailbox(quiet_database, dovecot)

    async def number() -> int:
        return int((await rows(quiet_database, "select count(*) from messages"))[0][0])

    dovecot.put(account.address, *(mail(f"{n}", message_id=f"<{n}@c.example>") for n in range(5)))
    async with reading(quiet_database):
        await until(number, 5)
    dovecot.number_anew(account.address)
    dovecot.put(account.address, mail("last", message_id=None))
    async with reading(quiet_database):
        await until(number, 6)
    validities = await rows(quiet_database, "select count(*) from mail_positions where uid = 6")
    assert validities == [(1,)]


async def test_the_server_may_go_and_come_back(quiet_database: Database, dovecot: Dovecot) -> None:
    account = await open_mailbox(quiet_database, dovecot)

    async def number() -> int:
        return int((await rows(quiet_database, "select count(*) from messages"))[0][0])

    async with reading(quiet_database):
        dovecot.put(account.address, mail("before", message_id="<1@c.example>"))
        await until(number, 1)
        dovecot.stop()
        dovecot.start()
        dovecot.put(account.address, mail("after", message_id="<2@c.example>"))
        await until(number, 2)


async def test_a_bounce_fails_the_message_and_robots_open_no_work(
    quiet_database: Database, dovecot: Dovecot, smtp: SmtpServer
) -> None:
    account = await open_mailbox(quiet_database, dovecot, smtp)
    dovecot.put(account.address, mail("first"))

    async def states() -> list[Any]:
        return [tuple(row) for row in await rows(quiet_database, "select state, error from messages order by seq")]

    async with reading(quiet_database):
        await until(states, [("received", None)])
        await answer(quiet_database, "answer")
        dovecot.put(account.address, bounce(str(smtp.mails[0]["Message-ID"])))
        await until(states, [("received", None), ("failed", "mail.bounced.5.1.1")])
        away = mail("I am away", message_id="<away@c.example>", Auto_Submitted="auto-replied")
        dovecot.put(account.address, away, mail("ours", sender=account.address, message_id="<loop@c.example>"))
        await until(lambda: asyncio.to_thread(dovecot.unread, account.address), 0)
    assert await rows(quiet_database, "select count(*) from interactions") == [(1,)]
    assert await rows(quiet_database, "select count(*) from messages where details ? 'automatic'") == [(1,)]


async def test_strangers_never_share_a_thread_and_who_joins_is_named(
    quiet_database: Database, dovecot: Dovecot
) -> None:
    account = await open_mailbox(quiet_database, dovecot)
    news = "<newsletter@elsewhere.example>"
    dovecot.put(
        account.address,
        mail("ann", In_Reply_To=news), mail("bob", sender=BOB, message_id="<b@c>", In_Reply_To=news),
        mail("bob joins", sender=f"Bob <{BOB}>", message_id="<b2@c>", In_Reply_To="<one@customer.example>"),
    )  # fmt: skip
    async with reading(quiet_database):
        await until(lambda: asyncio.to_thread(dovecot.unread, account.address), 0)
    found = await rows(quiet_database, "select c.address, m.body, m.details -> 'from' ->> 'address' from messages m "
                       "join conversations c on c.id = m.conversation_id order by m.body")  # fmt: skip
    assert [tuple(row) for row in found] == [(ANN, "ann", None), (BOB, "bob", None), (ANN, "bob joins", BOB)]


async def test_refusals_and_tries_of_the_smtp_server(
    quiet_database: Database, dovecot: Dovecot, smtp: SmtpServer
) -> None:
    account = await open_mailbox(quiet_database, dovecot, smtp)
    dovecot.put(account.address, mail("first"))

    async def number() -> int:
        return int((await rows(quiet_database, "select count(*) from messages"))[0][0])

    async def newest() -> tuple[Any, ...]:
        return tuple((await rows(quiet_database, "select state, error from messages order by seq desc limit 1"))[0])

    async with reading(quiet_database):
        await until(number, 1)
    # The server took it and said otherwise: the try after that bears the same id.
    smtp.handler.answers["DATA"] = ["keep 451 later"]
    await answer(quiet_database, "one", subject="Hi\r\nBcc: evil@x.example")
    assert await newest() == ("queued", "smtp.451")
    await rows(quiet_database, "update messages set next_at = now() where state = 'queued' returning 1")
    await rows(quiet_database, "update channel_accounts set next_at = now() returning 1")
    await send_due(quiet_database)
    first, second = smtp.mails
    assert first["Message-ID"] == second["Message-ID"] and await newest() == ("sent", None)
    assert first["Bcc"] is None and {rcpt for _, to, _ in smtp.handler.mails for rcpt in to} == {ANN}
    smtp.handler.answers["RCPT"] = ["550 no such user"]
    await answer(quiet_database, "two")
    assert await newest() == ("failed", "smtp.550")
    await answer(quiet_database, "closed", Author.SYSTEM)
    assert smtp.mails[-1]["Auto-Submitted"] == "auto-replied"
    async with quiet_database.unit_of_work("test") as work:
        await work.fetch("""update messages set details = '{"automatic": true}' where seq = 1""")
    await answer(quiet_database, "closed again", Author.SYSTEM)
    assert await newest() == ("failed", "mail.answers_robot")
