"""The messages process from a kept webhook to a sent answer, over the real bus."""

from __future__ import annotations

import asyncio
import time

import pytest

from core.db import Database
from core.message import Author
from core.settings import Settings
from core.tasks import end
from processes import messages
from telephony.messages.intake import keep
from telephony.messages.write import Draft, write
from tests.telephony.messages.company import ANN, OURS, open_account


async def value_of(database: Database, statement: str) -> object:
    async with database.glance() as connection:
        return (await connection.exec_driver_sql(statement)).scalar()


async def until(database: Database, statement: str, seconds: float = 15.0) -> object:
    deadline = time.monotonic() + seconds
    while (found := await value_of(database, statement)) is None:
        assert time.monotonic() < deadline, statement
        await asyncio.sleep(0.02)
    return found


@pytest.mark.long
async def test_a_webhook_becomes_work_and_the_answer_is_sent(
    database: Database, database_url: str, redis_url: str
) -> None:
    account = await open_account(database, provider="twilio")
    serving = asyncio.create_task(messages.serve(Settings(database_url=database_url, redis_url=redis_url)))
    try:
        async with database.unit_of_work("twilio") as work:
            keep(work, account, "message", "SM1", {"MessageSid": "SM1", "From": ANN, "To": OURS, "Body": "hello"})
        await until(database, "select id from interactions where state = 'queued'")
        conversation_id = await until(database, "select id from conversations")
        async with database.unit_of_work("test") as work:
            await write(work, conversation_id, Draft("hi", author=Author.SYSTEM))  # type: ignore[arg-type]
        await until(database, "select id from messages where direction = 'out' and state = 'delivered'")
    finally:
        await end(serving)
