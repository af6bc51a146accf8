"""The customer's timeline: one entry a contact, written with the outcome or, where none comes, after the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text

from core.db import Database, UnitOfWork
from core.ids import new_id
from core.interaction import Channel, EndReason
from core.logs import logger
from crm_sync.call_facts import CallFacts, read_call_facts

log = logger(__name__)

BATCH = 200
_SWEEP_LOCK = 0x54696D65

_WRITE = """
    insert into timeline_entries (id, domain, customer_id, interaction_id, agent_id, kind, at, title, body)
    select id, :domain, customer_id, interaction_id, agent_id, '{kind}', at, title, body::jsonb
    from unnest(cast(:ids as uuid[]), cast(:customers as uuid[]), cast(:interactions as uuid[]),
                cast(:agents as uuid[]), cast(:ats as timestamptz[]), cast(:titles as text[]), cast(:bodies as text[]))
         as t (id, customer_id, interaction_id, agent_id, at, title, body)
    on conflict (interaction_id) where kind = '{kind}'
"""
_UPDATE = "do update set agent_id = excluded.agent_id, title = excluded.title, body = excluded.body"
_KINDS = ("call", "message")
_REWRITE = {kind: text(f"{_WRITE.format(kind=kind)} {_UPDATE}") for kind in _KINDS}
_WRITE_MISSING = {kind: text(f"{_WRITE.format(kind=kind)} do nothing") for kind in _KINDS}
_TRY_LOCK = text("select pg_try_advisory_xact_lock(:key)")
_MISSING = text(
    """
    select i.id from interactions i
    where i.state = 'closed' and i.domain = :domain and i.closed_at > now() - make_interval(secs => :window)
      and not exists (select 1 from timeline_entries t where t.interaction_id = i.id
                      and t.kind in ('call', 'message'))
    order by i.closed_at limit :batch
    """
)


async def write_call_entry(work: UnitOfWork, facts: CallFacts) -> None:
    """Put the call, or the message, on its customer's timeline, or bring the entry up to date."""
    await work.execute(_REWRITE[entry_kind(facts)], _rows(work.domain, [facts]))


async def sweep_timeline(database: Database, window_seconds: float) -> int:
    """Write the missing entries of calls that closed within the window without an outcome; how many they were.

    Any number of processes may sweep at any time: one works, the others return 0, no entry comes twice.
    """
    async with database.unit_of_work("crm_sync") as work:
        if not (await work.execute(_TRY_LOCK, {"key": _SWEEP_LOCK})).scalar_one():
            return 0
        ids = await _missing(work, window_seconds)
        if ids:
            await _write_missing(work, await read_call_facts(work, ids))
            log.info("calls without outcome put on the timeline", count=len(ids))
    return len(ids)


async def _write_missing(work: UnitOfWork, found: Sequence[CallFacts]) -> None:
    for kind in _KINDS:
        of_kind = [facts for facts in found if entry_kind(facts) == kind]
        if of_kind:
            await work.execute(_WRITE_MISSING[kind], _rows(work.domain, of_kind))


def entry_kind(facts: CallFacts) -> str:
    """The kind of entry that a contact gives."""
    return "call" if facts.channel == Channel.VOICE else "message"


async def _missing(work: UnitOfWork, window_seconds: float) -> list[UUID]:
    values = {"domain": work.domain, "window": window_seconds, "batch": BATCH}
    return list((await work.execute(_MISSING, values)).scalars())


def _rows(domain: str, calls: Sequence[CallFacts]) -> dict[str, Any]:
    return {
        "domain": domain,
        "ids": [new_id() for _ in calls],
        "customers": [call.customer_id for call in calls],
        "interactions": [call.id for call in calls],
        "agents": [call.agent_id for call in calls],
        "ats": [call.created_at for call in calls],
        "titles": [call_title(call) for call in calls],
        "bodies": [orjson.dumps(call_body(call)).decode() for call in calls],
    }


def call_title(call: CallFacts) -> str:
    """A line for people who read the table or an export; the console words its own from the body."""
    what = call.outcome_name_en or (call.end_reason or EndReason.COMPLETED.value).replace("_", " ")
    kind = "Call" if entry_kind(call) == "call" else call.channel
    return ", ".join(part for part in (kind, call.queue_name_en, what) if part)


def call_body(call: CallFacts) -> dict[str, Any]:
    """All that the timeline shows of a call; the delivery to other systems is joined when it is read."""
    return {
        "channel": call.channel,
        "direction": "inbound",
        "address": call.address,
        "called_number": call.called_number,
        "language": call.language,
        "menu_path": call.menu_path,
        "queue": _named(call.queue_code, call.queue_name_en, call.queue_name_zh),
        "agent": {"code": call.agent_code, "name": call.agent_name} if call.agent_code else None,
        "waited_seconds": call.waited_seconds,
        "talk_seconds": call.talk_seconds,
        "end_reason": call.end_reason,
        "outcome": _named(call.outcome_code, call.outcome_name_en, call.outcome_name_zh),
        "note": call.note or "",
    }


def _named(code: str | None, name_en: str | None, name_zh: str | None) -> dict[str, str | None] | None:
    return {"code": code, "name_en": name_en, "name_zh": name_zh} if code else None
