"""Chats in which nobody writes any more: asked once, ended once, and never while it is our turn."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from core import clock
from core.db import Database
from core.interaction import Channel
from telephony.messages.idle import Step, due, sweep, text_for
from telephony.messages.write import Draft, write
from tests.telephony.messages.company import deliver, open_account, text

NOW = clock.now()


@pytest.mark.parametrize(
    ("quiet", "warned", "step"),
    [(599, None, Step.NOTHING), (600, None, Step.WARN), (900, 299, Step.NOTHING), (900, 300, Step.END),
     (700, 701, Step.WARN), (10, 700, Step.NOTHING)],
)  # fmt: skip
def test_what_is_due(quiet: int, warned: int | None, step: Step) -> None:
    warned_at = None if warned is None else NOW - timedelta(seconds=warned)
    assert due({}, NOW - timedelta(seconds=quiet), warned_at, NOW) is step


def test_settings_change_the_times_and_nonsense_does_not() -> None:
    quiet = NOW - timedelta(seconds=60)
    assert due({"idle_notice_seconds": 30}, quiet, None, NOW) is Step.WARN
    for nonsense in ("30", True, None, [], -5e300):
        assert due({"idle_notice_seconds": nonsense}, NOW, None, NOW) is Step.NOTHING


def test_the_words_are_the_accounts_where_it_has_some() -> None:
    assert "Are you still there" in text_for({}, "idle_notice", "fr")
    assert "还在" in text_for({"texts": 7}, "idle_notice", "zh-CN")
    assert text_for({"texts": {"idle_close": {"zh": "再见"}}}, "idle_close", "zh-CN") == "再见"


async def rows(database: Database, statement: str) -> list[Any]:
    async with database.glance() as connection:
        return list((await connection.exec_driver_sql(statement)).all())


async def chat(database: Database) -> Any:
    """A chat whose agent answered half an hour ago."""
    account = await open_account(database, Channel.CHAT, "key", provider="widget")
    received = await deliver(database, account, text("hello", "1"))
    assert received is not None
    agent_id = uuid4()
    async with database.unit_of_work("test") as work:
        await work.fetch("insert into agents (id, domain, code, name) values ($1, 'main', 'a', 'A')", agent_id)
        await work.fetch("update interactions set state = 'active', agent_id = $1", agent_id)
        await write(work, received.conversation_id, Draft("What number?", agent_id=agent_id))
    await age(database)
    return account


async def age(database: Database) -> None:
    await rows(database, "update messages set at = at - interval '30 minutes' returning 1")
    await rows(
        database,
        "update conversations set last_message_at = last_message_at - interval '30 minutes',"
        " warned_at = warned_at - interval '29 minutes' returning 1",
    )


async def said(database: Database) -> list[str]:
    return [row[0] for row in await rows(database, "select left(body, 7) from messages order by seq")]


async def test_a_silent_customer_is_asked_and_then_taken_to_have_left(quiet_database: Database) -> None:
    await chat(quiet_database)
    await asyncio.gather(*(sweep(quiet_database) for _ in range(3)))
    assert await said(quiet_database) == ["hello", "What nu", "Are you"]
    await age(quiet_database)
    await asyncio.gather(*(sweep(quiet_database) for _ in range(3)))
    assert await said(quiet_database) == ["hello", "What nu", "Are you", "We have"]
    told = await rows(quiet_database, "select payload ->> 'end_reason' from event_log where name = 'conversation.left'")
    assert told == [("completed",)]
    await age(quiet_database)
    await sweep(quiet_database)
    assert len(await said(quiet_database)) == 4


async def test_who_waits_for_us_is_left_in_peace(quiet_database: Database) -> None:
    account = await chat(quiet_database)
    await deliver(quiet_database, account, text("and?", "2"))
    await age(quiet_database)
    await sweep(quiet_database)
    assert await said(quiet_database) == ["hello", "What nu", "and?"]
