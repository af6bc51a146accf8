"""A chat in which the customer says nothing any more: he is asked, then it is ended. Only where it is his turn."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from core import clock
from core.db import Database, UnitOfWork
from core.logs import logger
from core.message import Author
from telephony.messages.leave import leave
from telephony.messages.write import Draft, write

log = logger(__name__)

EVERY_SECONDS = 15.0
NOTICE_SECONDS = 600.0
CLOSE_SECONDS = 900.0
_MOST = 200
_TEXTS = {
    "en": {
        "idle_notice": "Are you still there? We end this chat soon if we hear nothing more from you.",
        "idle_close": "We have ended this chat because we heard nothing more. Write again at any time.",
    },
    "zh": {
        "idle_notice": "请问您还在吗？如果没有收到您的回复，我们将稍后结束本次对话。",
        "idle_close": "由于长时间未收到您的回复，本次对话已结束。您可以随时再次留言。",
    },
}
# Who waits for us (in the queue, or for an answer) is never called idle. What we say by ourselves wakes nobody.
_QUIET = """
select c.id, c.language, c.warned_at, a.settings,
       (select max(m.at) from messages m where m.conversation_id = c.id and m.author <> 'system') as quiet_since
from conversations c
join channel_accounts a on a.id = c.account_id join interactions i on i.id = c.interaction_id
where c.domain = $1 and c.channel = 'chat' and i.state in ('active', 'held') and c.unanswered_since is null
  and c.settings ->> 'left' is distinct from i.id::text and c.last_message_at < $2::timestamptz
order by c.last_message_at limit $3
"""
_WARNED = """
update conversations set warned_at = now() where id = $1 and last_inbound_at is not distinct from $2 returning id
"""
_STILL = """
select last_inbound_at from conversations where id = $1 and unanswered_since is null for update
"""
_SHORTEST_SECONDS = 5.0


class Step(StrEnum):
    """What is due."""

    NOTHING = "nothing"
    WARN = "warn"
    END = "end"


def due(settings: Mapping[str, Any], quiet_since: datetime, warned_at: datetime | None, now: datetime) -> Step:
    """Pure. ``quiet_since``: when somebody, not a machine, wrote last; ``warned_at``: when the customer was asked."""
    notice = _seconds(settings.get("idle_notice_seconds"), NOTICE_SECONDS)
    close = max(notice, _seconds(settings.get("idle_close_seconds"), CLOSE_SECONDS))
    if warned_at is None or warned_at < quiet_since:
        return Step.WARN if now - quiet_since >= timedelta(seconds=notice) else Step.NOTHING
    return Step.END if now - warned_at >= timedelta(seconds=close - notice) else Step.NOTHING


async def run_idle(database: Database) -> None:
    """Sweep for ever; several processes may."""
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        try:
            await sweep(database)
        except Exception as error:  # the next sweep finds what this one did not
            log.warning("idle chats could not be swept", error=repr(error)[:300])


async def sweep(database: Database) -> None:
    """Once over all chats that are quiet."""
    now = clock.now()
    async with database.unit_of_work("telephony") as work:
        rows = await work.look(_QUIET, database.domain, now - timedelta(seconds=_SHORTEST_SECONDS), _MOST)
    for row in rows:
        step = due(row["settings"], row["quiet_since"], row["warned_at"], now)
        if step is not Step.NOTHING:
            async with database.unit_of_work("telephony") as work:
                await _take(work, row, step, now)


async def _take(work: UnitOfWork, row: Any, step: Step, now: datetime) -> None:
    """With the conversation locked: the customer may have written meanwhile, another process may have been quicker."""
    still = await work.fetch(_STILL, row["id"])
    again = await work.fetch(_QUIET_ONE, row["id"]) if still else []
    if not again or due(row["settings"], again[0]["quiet_since"], again[0]["warned_at"], now) is not step:
        return
    if step is Step.WARN:
        await _say(work, row, "idle_notice")
        await work.fetch(_WARNED, row["id"], still[0]["last_inbound_at"])
    elif await leave(work, row["id"]):
        await _say(work, row, "idle_close")
    log.info("chat is idle", conversation_id=str(row["id"]), step=step.value)


async def _say(work: UnitOfWork, row: Any, kind: str) -> None:
    draft = Draft(text_for(row["settings"], kind, row["language"] or "en"), author=Author.SYSTEM)
    await write(work, row["id"], draft)


def text_for(settings: Mapping[str, Any], kind: str, language: str) -> str:
    """The account's own words (``settings.texts.<kind>.<language>``), or ours."""
    short = "zh" if language.lower().startswith("zh") else "en"
    texts = settings.get("texts")
    own = texts.get(kind) if isinstance(texts, Mapping) else None
    said = own.get(short) if isinstance(own, Mapping) else None
    return str(said) if said else _TEXTS[short][kind]


def _seconds(value: Any, usual: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return max(_SHORTEST_SECONDS, float(value)) if is_number else usual


_QUIET_ONE = """
select c.warned_at, (select max(m.at) from messages m where m.conversation_id = c.id and m.author <> 'system')
       as quiet_since from conversations c where c.id = $1
"""
