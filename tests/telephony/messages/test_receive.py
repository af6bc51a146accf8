"""What customers write, and what we write to them, on a real database."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from core.db import Database
from core.errors import Conflict
from core.message import Author, MessageState
from telephony.messages.accounts import account_by_id
from telephony.messages.console import ConsoleProvider
from telephony.messages.incoming import IncomingFile
from telephony.messages.port import NotNow, RefusedForGood, Sent
from telephony.messages.receive import Received
from telephony.messages.sender import Sender
from telephony.messages.states import advance
from telephony.messages.write import Draft, write
from tests.telephony.messages.company import ANN, deliver, open_account, text


async def rows(database: Database, statement: str) -> list[Any]:
    async with database.glance() as connection:
        return list((await connection.exec_driver_sql(statement)).all())


async def work_off(sender: Sender) -> None:
    for _ in range(5):
        await sender.send_due()
        await sender.idle()
        await asyncio.sleep(0.02)


async def first(database: Database) -> Received:
    received = await deliver(database, await open_account(database, per_second=100), text("hello", "SM1"))
    assert received is not None
    return received


async def test_a_first_message_opens_a_conversation_and_waits_for_an_agent(quiet_database: Database) -> None:
    account = await open_account(quiet_database)
    received = await deliver(quiet_database, account, text("Where is my parcel?", "SM1"))
    assert received is not None and received.opened and received.seq == 1
    assert await rows(quiet_database, "select state, channel, queue_id from interactions") == [
        ("queued", "sms", account.queue_id)
    ]
    names = [row[0] for row in await rows(quiet_database, "select name from event_log order by position")]
    assert names == ["customer.created", "interaction.created", "interaction.queued", "message.received"]


async def test_the_same_message_five_times_is_one(quiet_database: Database) -> None:
    account = await open_account(quiet_database)
    found = await asyncio.gather(*(deliver(quiet_database, account, text("again", "SM1")) for _ in range(5)))
    assert len([each for each in found if each is not None]) == 1
    assert await rows(quiet_database, "select count(*), max(seq) from messages") == [(1, 1)]
    assert await rows(quiet_database, "select count(*) from interactions") == [(1,)]


async def test_many_at_once_from_one_customer_get_places_without_gaps(quiet_database: Database) -> None:
    account = await open_account(quiet_database)
    await asyncio.gather(*(deliver(quiet_database, account, text(f"{n}", f"SM{n}")) for n in range(12)))
    assert [row[0] for row in await rows(quiet_database, "select seq from messages order by seq")] == list(range(1, 13))
    assert await rows(quiet_database, "select count(*) from interactions") == [(1,)]
    assert await rows(quiet_database, "select newest from conversations") == [(12,)]


async def test_a_closed_piece_of_work_is_followed_by_a_new_one_for_the_last_agent(quiet_database: Database) -> None:
    received = await first(quiet_database)
    agent_id = uuid4()
    async with quiet_database.unit_of_work("test") as work:
        await work.fetch("insert into agents (id, domain, code, name) values ($1, 'main', 'a', 'A')", agent_id)
        await work.fetch("update interactions set state = 'closed', end_reason = 'completed'")
        await work.fetch("update conversations set last_agent_id = $1", agent_id)
    async with quiet_database.glance() as connection:
        account_id = (await connection.exec_driver_sql("select id from channel_accounts")).scalar_one()
        account = await account_by_id(connection, account_id)
    assert account is not None
    again = await deliver(quiet_database, account, text("one more thing", "SM2"))
    assert again is not None and again.opened and again.conversation_id == received.conversation_id
    assert await rows(quiet_database, "select last_agent_id from interactions where state = 'queued'") == [(agent_id,)]


async def test_hostile_text_is_kept_harmless(quiet_database: Database) -> None:
    account = await open_account(quiet_database)
    body = "a\x00b\r\nc\u202edlo\ud800" + "x" * 50_000
    file = IncomingFile("..\x00/\u202egnp.exe\r\n", "image/png\r\nX: y", content=b"123")
    await deliver(quiet_database, account, text(body, "SM1", files=(file,), name="Eve\r\nBcc: x"))
    kept, size = (await rows(quiet_database, "select body, length(body) from messages"))[0]
    assert kept.startswith("ab\ncdlo") and size <= 32_000
    name, kind = (await rows(quiet_database, "select name, content_type from message_files"))[0]
    assert not {"\r", "\n", "\x00", "\u202e"} & set(name + kind)


async def test_what_an_agent_writes_is_sent_once_and_in_order(quiet_database: Database) -> None:
    received, client_id = await first(quiet_database), uuid4()
    for body in ("one", "two", "two"):
        async with quiet_database.unit_of_work("test") as work:
            draft = Draft(body, client_id=client_id if body == "two" else None, author=Author.SYSTEM)
            await write(work, received.conversation_id, draft)
    sent: list[str] = []

    class Provider(ConsoleProvider):
        async def send(self, account: Any, outgoing: Any) -> Sent:
            sent.append(outgoing.body)
            return await super().send(account, outgoing)

    senders = [Sender(quiet_database, {"console": Provider()}) for _ in range(3)]
    await asyncio.gather(*(work_off(sender) for sender in senders))
    assert sent == ["one", "two"]
    assert {row[0] for row in await rows(quiet_database, "select state from messages where seq > 1")} == {"delivered"}


async def test_a_refusal_fails_and_a_fault_is_tried_again_later(quiet_database: Database) -> None:
    received = await first(quiet_database)
    answers: list[Exception] = [NotNow("net.down", 0.0), RefusedForGood("twilio.21610")]

    class Provider:
        async def send(self, account: Any, outgoing: Any) -> Sent:
            raise answers.pop(0)

    async with quiet_database.unit_of_work("test") as work:
        await write(work, received.conversation_id, Draft("hello", author=Author.SYSTEM))
    sender = Sender(quiet_database, {"console": Provider()})
    await work_off(sender)
    assert await rows(quiet_database, "select state, error, next_at > now() from messages where seq = 2") == [
        ("queued", "net.down", True)
    ]
    await rows(quiet_database, "update messages set next_at = now() returning 1")
    await work_off(sender)
    assert await rows(quiet_database, "select state, error from messages where seq = 2") == [("failed", "twilio.21610")]


async def test_reports_in_any_order_only_go_forwards(quiet_database: Database) -> None:
    received = await first(quiet_database)
    async with quiet_database.unit_of_work("test") as work:
        message_id = (await write(work, received.conversation_id, Draft("hi", author=Author.SYSTEM))).message_id
    for state in (MessageState.DELIVERED, MessageState.SENT, MessageState.SENDING, MessageState.FAILED):
        async with quiet_database.unit_of_work("test") as work:
            moved = await advance(work, message_id, state)
        assert (moved is not None) is (state is MessageState.DELIVERED)


async def test_who_wrote_stop_is_not_written_to(quiet_database: Database) -> None:
    received = await first(quiet_database)
    async with quiet_database.unit_of_work("test") as work:
        await work.fetch(
            "insert into channel_optouts (account_id, address, keyword) select account_id, $1, 'STOP' from messages",
            ANN,
        )
    with pytest.raises(Conflict, match=r"customer\.opted_out"):
        async with quiet_database.unit_of_work("test") as work:
            await write(work, received.conversation_id, Draft("hi", author=Author.SYSTEM))
