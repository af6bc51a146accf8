"""The work of some agents as it stands now: what is offered to them, what they talk about, what they conclude."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from agent_desk.cards import read_cards
from agent_desk.messages.reads import read_conversations
from agent_desk.reasons import reasons
from agent_desk.views import ConversationView, CustomerCard, Label, MenuStep, QueueRef, WorkItem
from core.db import fetch
from core.interaction import Channel, EndReason, InteractionState, Kind

_WORK = """
    select r.agent_id, r.id as reservation_id, r.created_at as offered_at, r.state as reservation_state, r.deadline_at,
           r.decision, i.id, i.version, i.state, i.channel, i.address, i.caller_name, i.called_number, i.language,
           i.menu_path, i.created_at, i.queued_at, i.answered_at, i.ended_at, i.wrap_up_until, i.end_reason,
           i.customer_id, i.kind, i.attempts,
           q.id as queue_id, q.code as queue_code, q.name_en as queue_en, q.name_zh as queue_zh
    from reservations r join interactions i on i.id = r.interaction_id left join queues q on q.id = i.queue_id
    where r.agent_id = any($1) and r.released_at is null and r.domain = $2 and i.state <> 'closed'
    order by r.created_at
"""
_GONE = """
    select r.id, r.state, i.state as interaction_state, i.kind <> 'live' and i.answered_at is null as to_call
    from reservations r join interactions i on i.id = r.interaction_id where r.id = any($1)
"""


async def read_work(
    connection: AsyncConnection, domain: str, agents: Collection[UUID]
) -> dict[UUID, dict[UUID, WorkItem]]:
    """By agent, their items by interaction. Two round trips, the second only when there is work; three when somebody
    has messages."""
    rows = await fetch(connection, _WORK, list(agents), domain)
    cards = await read_cards(connection, domain, {row["customer_id"] for row in rows})
    talks = await read_conversations(connection, {row["id"] for row in rows if row["channel"] != Channel.VOICE})
    work: dict[UUID, dict[UUID, WorkItem]] = {agent_id: {} for agent_id in agents}
    for row in rows:
        work[row["agent_id"]][row["id"]] = _item(row, cards[row["customer_id"]], talks.get(row["id"]))
    return work


async def read_removals(connection: AsyncConnection, reservations: Collection[UUID]) -> dict[UUID, str]:
    """Why these reservations no longer give work: the ``reason`` of ``WorkRemoved`` by reservation."""
    rows = await fetch(connection, _GONE, list(reservations))
    return {row["id"]: removal_reason(row["state"], row["interaction_state"], to_call=row["to_call"]) for row in rows}


def removal_reason(reservation_state: str, interaction_state: str, *, to_call: bool = False) -> str:
    """``expired``, ``rejected`` or ``rescinded`` by the offer's own end; else what became of the interaction.
    ``to_call``: its customer was called, and was not reached."""
    if reservation_state == "rescinded" and interaction_state in InteractionState.served():
        return "taken"
    if reservation_state in ("expired", "rejected", "rescinded"):
        return reservation_state
    if to_call:
        return "not_reached"
    return "closed" if interaction_state == InteractionState.CLOSED else "requeued"


def _item(row: asyncpg.Record, customer: CustomerCard, conversation: ConversationView | None) -> WorkItem:
    return WorkItem(
        interaction_id=row["id"],
        version=row["version"],
        state=InteractionState(row["state"]),
        channel=Channel(row["channel"]),
        reservation_id=row["reservation_id"],
        queue=_queue(row),
        address=row["address"],
        caller_name=row["caller_name"],
        called_number=row["called_number"],
        language=row["language"],
        menu_path=menu_steps(row["menu_path"]),
        created_at=row["created_at"],
        queued_at=row["queued_at"],
        offered_at=row["offered_at"],
        offer_deadline_at=row["deadline_at"] if row["reservation_state"] == "pending" else None,
        answered_at=row["answered_at"],
        ended_at=row["ended_at"],
        wrap_up_until=row["wrap_up_until"],
        end_reason=EndReason(row["end_reason"]) if row["end_reason"] else None,
        kind=Kind(row["kind"]),
        attempts=row["attempts"],
        why=reasons(row["decision"]),
        customer=customer,
        conversation=conversation,
    )


def _queue(row: asyncpg.Record) -> QueueRef | None:
    if row["queue_id"] is None:
        return None
    return QueueRef(id=row["queue_id"], code=row["queue_code"], name=Label(en=row["queue_en"], zh=row["queue_zh"]))


def menu_steps(path: Iterable[Any]) -> list[MenuStep]:
    """The choices of a stored menu path; a label that lacks a language shows the other, or the key pressed."""
    return [_step(step) for step in path if isinstance(step, dict)]


def _step(step: dict[str, Any]) -> MenuStep:
    choice = str(step.get("choice", ""))
    words = step.get("label")
    label = words if isinstance(words, dict) else {}
    en, zh = str(label.get("en") or ""), str(label.get("zh") or label.get("zh-CN") or "")
    fallback = en or zh or choice
    return MenuStep(node=str(step.get("node", "")), choice=choice, label=Label(en=en or fallback, zh=zh or fallback))
