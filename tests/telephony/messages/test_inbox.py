"""From what came from outside to what it means: once, in order, whatever fails on the way."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from core.db import Database
from core.doors import Admission
from core.errors import Conflict
from core.interaction import EndReason
from core.message import Author, MessageState
from core.ports import OpenDoors
from crm_sync.identity import Directory
from telephony.messages.accounts import Account
from telephony.messages.inbox import Inbox
from telephony.messages.intake import keep
from telephony.messages.states import advance
from telephony.messages.write import Draft, write
from telephony.twilio.translation import TwilioReader
from tests.telephony.messages.company import ANN, OURS, open_account

BOB = "+442079460202"


class ClosedDoors(OpenDoors):
    def admit(self, queue_id: Any, interaction_id: Any, at: Any) -> Admission:
        return Admission(queue_id, EndReason.QUEUE_CLOSED)


def inbox_of(database: Database, doors: OpenDoors | None = None) -> Inbox:
    return Inbox(database, {"console": TwilioReader()}, Directory(), doors or OpenDoors())


async def arrive(database: Database, account: Account, body: str, sid: str, sender: str = ANN, **fields: str) -> None:
    form = {"MessageSid": sid, "From": sender, "To": OURS, "Body": body} | fields
    async with database.unit_of_work("twilio") as work:
        keep(work, account, "message", sid, form)


async def report(database: Database, account: Account, sid: str, status: str, **fields: str) -> None:
    form = {"MessageSid": sid, "MessageStatus": status, "From": OURS, "To": ANN} | fields
    async with database.unit_of_work("twilio") as work:
        keep(work, account, "status", f"{sid}:{status}", form)


async def rows(database: Database, statement: str) -> list[Any]:
    async with database.glance() as connection:
        return [tuple(row) for row in (await connection.exec_driver_sql(statement)).all()]


async def said(database: Database) -> list[str]:
    return [row[0] for row in await rows(database, "select body from messages where author = 'system' order by seq")]


async def test_many_workers_take_each_once_and_a_senders_in_order(quiet_database: Database) -> None:
    account = await open_account(quiet_database)
    for n in range(20):
        for _ in range(2):
            await arrive(quiet_database, account, f"{n}", f"SM{n}", ANN if n % 2 else BOB)
    await asyncio.gather(*(inbox_of(quiet_database).work_off() for _ in range(3)))
    for sender, first in ((ANN, 1), (BOB, 0)):
        bodies = await rows(
            quiet_database,
            "select m.body from messages m join conversations c on c.id = m.conversation_id "
            f"where c.address = '{sender}' order by m.seq",
        )
        assert bodies == [(f"{n}",) for n in range(first, 20, 2)]
    assert await rows(quiet_database, "select count(*) from channel_inbox where done_at is null") == [(0,)]
    assert await rows(quiet_database, "select count(*) from interactions") == [(2,)]


async def test_what_cannot_be_understood_is_given_up_and_kept(quiet_database: Database) -> None:
    account = await open_account(quiet_database)
    await arrive(quiet_database, account, "x", "SM1", "")
    await arrive(quiet_database, account, "y", "SM2", ANN)
    await inbox_of(quiet_database).work_off()
    assert await rows(quiet_database, "select error, done_at is not null from channel_inbox order by position") == [
        ("twilio.sender", True),
        (None, True),
    ]


async def test_a_fault_leaves_nothing_half_done_and_holds_back_only_its_sender(
    quiet_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await open_account(quiet_database)
    for sid, sender in (("SM1", ANN), ("SM2", ANN), ("SM3", BOB)):
        await arrive(quiet_database, account, sid, sid, sender)
    inbox = inbox_of(quiet_database)
    resolve = Directory.resolve

    async def fail(self: Any, work: Any, address: Any, name: str) -> Any:
        found = await resolve(self, work, address, name)
        if address.value == ANN:
            raise RuntimeError("no")
        return found

    monkeypatch.setattr(Directory, "resolve", fail)
    await inbox.work_off()
    assert await rows(quiet_database, "select body from messages") == [("SM3",)]
    assert await rows(quiet_database, "select error, attempts from channel_inbox where attempts > 0") == [
        ("RuntimeError", 1)
    ]
    monkeypatch.undo()
    await rows(quiet_database, "update channel_inbox set next_at = now() returning 1")
    await inbox.work_off()
    assert await rows(quiet_database, "select body from messages where body <> 'SM3' order by seq") == [
        ("SM1",),
        ("SM2",),
    ]


async def sent_message(database: Database, account: Account) -> Any:
    await arrive(database, account, "hello", "SM1")
    await inbox_of(database).work_off()
    ((conversation_id,),) = await rows(database, "select id from conversations")
    async with database.unit_of_work("test") as work:
        return (await write(work, conversation_id, Draft("hi", author=Author.SYSTEM))).message_id


async def test_a_report_ahead_of_the_answer_waits_for_it(quiet_database: Database) -> None:
    account = await open_account(quiet_database)
    message_id = await sent_message(quiet_database, account)
    await report(quiet_database, account, "SM9", "delivered")
    await report(quiet_database, account, "SM9", "sent")
    inbox = inbox_of(quiet_database)
    await inbox.work_off()
    assert await rows(quiet_database, "select error from channel_inbox where done_at is null") == [
        ("message.unknown",),
        ("message.unknown",),
    ]
    async with quiet_database.unit_of_work("test") as work:
        await advance(work, message_id, MessageState.SENT, external_id="SM9")
    await rows(quiet_database, "update channel_inbox set next_at = now() returning 1")
    await inbox.work_off()
    assert await rows(quiet_database, "select state from messages where external_id = 'SM9'") == [("delivered",)]


async def test_a_report_that_names_our_message_needs_no_answer(quiet_database: Database) -> None:
    """The sender may have died between Twilio's yes and its own commit."""
    account = await open_account(quiet_database)
    message_id = await sent_message(quiet_database, account)
    await report(quiet_database, account, "SM9", "sent", hotline=str(message_id))
    await report(quiet_database, account, "SM8", "failed", hotline=str(message_id), ErrorCode="30003")
    await report(quiet_database, account, "SM9", "undelivered", ErrorCode="30005")
    await inbox_of(quiet_database).work_off()
    assert await rows(quiet_database, "select state, external_id, error from messages where direction = 'out'") == [
        ("failed", "SM9", "twilio.30005")
    ]


async def test_a_report_about_nothing_is_given_up(quiet_database: Database) -> None:
    account, inbox = await open_account(quiet_database), inbox_of(quiet_database)
    await report(quiet_database, account, "SM9", "delivered", hotline=str(uuid4()))
    for _ in range(12):
        await rows(quiet_database, "update channel_inbox set next_at = now() returning 1")
        await inbox.work_off()
    assert await rows(quiet_database, "select attempts, error from channel_inbox where done_at is not null") == [
        (10, "message.unknown")
    ]


async def test_stop_ends_messages_until_start(quiet_database: Database) -> None:
    account, inbox = await open_account(quiet_database, name="Harbour"), inbox_of(quiet_database)
    for number, word in enumerate(("STOP", "stop", "退订")):
        await arrive(quiet_database, account, word, f"SM{number}")
    await inbox.work_off()
    assert len(await said(quiet_database)) == 1 and "START" in (await said(quiet_database))[0]
    assert await rows(quiet_database, "select address, keyword from channel_optouts") == [(ANN, "STOP")]
    assert await rows(quiet_database, "select count(*) from interactions") == [(0,)]
    ((conversation_id,),) = await rows(quiet_database, "select id from conversations")
    with pytest.raises(Conflict, match=r"customer\.opted_out"):
        async with quiet_database.unit_of_work("test") as work:
            await write(work, conversation_id, Draft("hi", author=Author.SYSTEM))
    await arrive(quiet_database, account, "yes", "SM7")
    await inbox.work_off()
    assert await rows(quiet_database, "select count(*) from channel_optouts") == [(0,)]
    assert len(await said(quiet_database)) == 2
    await arrive(quiet_database, account, "Yes", "SM8")
    await inbox.work_off()
    assert await rows(quiet_database, "select count(*) from interactions") == [(1,)]


async def test_help_says_the_companys_own_words_in_the_language_of_the_word(quiet_database: Database) -> None:
    texts = {"help": {"en": "Call +1.", "zh": "请致电。"}}
    account = await open_account(quiet_database, settings={"texts": texts})
    await arrive(quiet_database, account, "HELP", "SM1")
    await arrive(quiet_database, account, "帮助", "SM2")
    await arrive(quiet_database, account, "INFO", "SM3", OptOutType="HELP")
    await inbox_of(quiet_database).work_off()
    assert await said(quiet_database) == ["Call +1.", "请致电。"]


async def test_who_writes_to_a_closed_queue_is_told_once_an_opening(quiet_database: Database) -> None:
    account = await open_account(quiet_database)
    for number, body in enumerate(("你好", "在吗", "?")):
        await arrive(quiet_database, account, body, f"SM{number}")
    await inbox_of(quiet_database, ClosedDoors()).work_off()
    assert len(await said(quiet_database)) == 1 and "感谢" in (await said(quiet_database))[0]
    assert await rows(quiet_database, "select count(*) from interactions where state = 'queued'") == [(1,)]


async def test_who_had_said_stop_and_writes_to_a_closed_queue_is_served_in_silence(quiet_database: Database) -> None:
    account = await open_account(quiet_database)
    await arrive(quiet_database, account, "QUIT", "SM1")
    await arrive(quiet_database, account, "hello?", "SM2")
    await inbox_of(quiet_database, ClosedDoors()).work_off()
    assert len(await said(quiet_database)) == 1
    assert await rows(quiet_database, "select count(*) from interactions where state = 'queued'") == [(1,)]
