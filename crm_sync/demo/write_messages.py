"""Writing what the demo company needs for messages, once; what an administrator changed later stays as it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from core.db import UnitOfWork
from core.tables import agents, canned_replies, channel_accounts
from crm_sync.demo.company import AGENTS, NAME, demo_id
from crm_sync.demo.messages import ACCOUNTS, CANNED_REPLIES, CAPACITY, PER_SECOND, QUEUE


async def write_messages(work: UnitOfWork) -> None:
    """A number for each channel, several messages at once for each agent, replies that are kept ready."""
    accounts: list[dict[str, Any]] = [
        {
            "id": demo_id("channel", channel), "domain": work.domain, "channel": channel, "address": number,
            "name": NAME, "queue_id": demo_id("queue", QUEUE), "provider": "console", "per_second": PER_SECOND,
        }
        for channel, number in ACCOUNTS
    ]  # fmt: skip
    if not (await work.execute(insert(channel_accounts).values(accounts).on_conflict_do_nothing())).rowcount:
        return
    ours = agents.c.id.in_([demo_id("agent", one.code) for one in AGENTS])
    await work.execute(update(agents).where(ours, agents.c.capacity == {}).values(capacity=CAPACITY))
    replies = [
        {
            "id": demo_id("reply", f"{code}/{language}"), "domain": work.domain, "code": code, "language": language,
            "text": text, "active": True,
        }
        for code, english, chinese in CANNED_REPLIES
        for language, text in (("en", english), ("zh", chinese))
    ]  # fmt: skip
    await work.execute(insert(canned_replies).values(replies).on_conflict_do_nothing())
