"""What lies behind the demo company's customers: a year of calls, messages and changes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from core.interaction import EndReason
from crm_sync.demo import words
from crm_sync.demo.company import AGENTS, MAIN_NUMBER, OUTCOMES, QUEUES, DemoAgent, DemoQueue, demo_id
from crm_sync.demo.people import DemoCustomer

_YEAR_SECONDS = 365 * 24 * 3600
_NAMES = {code: {"code": code, "name_en": name_en, "name_zh": name_zh} for code, _, name_en, name_zh in OUTCOMES}
_CODES_OF = {
    "shipments": ("shipment.tracked",) * 4 + ("shipment.rescheduled", "shipment.address", "other.information"),
    "complaints": ("complaint.solved", "complaint.passed", "complaint.goodwill", "shipment.claim"),
    "business": ("business.quote", "business.invoice", "business.contract"),
}
_QUEUES = (*(QUEUES[0],) * 6, *(QUEUES[1],) * 2, QUEUES[2])
_AGENTS_OF = {queue.code: tuple(agent for agent in AGENTS if queue.code in agent.queues) for queue in QUEUES}
_KINDS = ("call", "message", "note", "survey")
_KIND_WEIGHTS = (66, 90, 96, 100)
_TYPICAL = {"key": 14, "gold": 10, "silver": 7, "standard": 3}


@dataclass(frozen=True, slots=True)
class PastEntry:
    """A row of the timeline."""

    kind: str
    at: datetime
    title: str
    body: dict[str, Any]
    agent_id: UUID | None


def make_past(customer: DemoCustomer, chance: Random, now: datetime, *, most: int = 30) -> list[PastEntry]:
    """At most so many entries of the last twelve months, in no order."""
    count = min(most, chance.randint(0, 2 * _TYPICAL[customer.tier]))
    return [
        _entry(customer, chance, now - timedelta(seconds=chance.randrange(900, _YEAR_SECONDS))) for _ in range(count)
    ]


def _entry(customer: DemoCustomer, chance: Random, at: datetime) -> PastEntry:
    kind = chance.choices(_KINDS, cum_weights=_KIND_WEIGHTS)[0]
    if kind == "call":
        return _call(customer, chance, at)
    if kind == "message":
        text = chance.choice(words.MESSAGES)[customer.word]
        body = {"channel": chance.choice(("sms", "email", "chat")), "direction": "inbound", "note": text}
        return PastEntry("message", at, text, body, None)
    if kind == "note":
        text = chance.choice(words.PREFERENCES)[customer.word]
        return PastEntry("note", at, text, {"note": text}, demo_id("agent", chance.choice(AGENTS).code))
    rating = chance.choice((2, 3, 4, 4, 5, 5, 5))
    title = (f"Survey after a call: {rating} of 5", f"通话后评价：{rating}分（满分5分）")[customer.word]
    return PastEntry("survey", at, title, {"rating": rating, "most": 5}, None)


def _call(customer: DemoCustomer, chance: Random, at: datetime) -> PastEntry:
    queue = chance.choice(_QUEUES)
    waited = int(chance.expovariate(1 / 25))
    if waited > 90 and chance.random() < 0.5:
        body = _body(customer, queue, None, waited, EndReason.ABANDONED_IN_QUEUE)
        return PastEntry("call", at, f"Call, {queue.name_en}, abandoned in queue", body, None)
    agent = chance.choice(_AGENTS_OF[queue.code])
    code = chance.choice(_CODES_OF[queue.code])
    body = _body(customer, queue, agent, waited, EndReason.COMPLETED)
    body |= {
        "talk_seconds": int(chance.gammavariate(2, 90)) + 15,
        "outcome": _NAMES[code],
        "note": words.NOTES[code][customer.word],
    }
    title = f"Call, {queue.name_en}, {_NAMES[code]['name_en']}"
    return PastEntry("call", at, title, body, demo_id("agent", agent.code))


def _body(
    customer: DemoCustomer, queue: DemoQueue, agent: DemoAgent | None, waited: int, end: EndReason
) -> dict[str, Any]:
    return {
        "channel": "voice", "direction": "inbound", "address": customer.identities[0][1], "called_number": MAIN_NUMBER,
        "language": customer.language, "menu_path": [],
        "queue": {"code": queue.code, "name_en": queue.name_en, "name_zh": queue.name_zh},
        "agent": {"code": agent.code, "name": agent.name} if agent else None,
        "waited_seconds": waited, "talk_seconds": None, "end_reason": end.value, "outcome": None, "note": "",
    }  # fmt: skip
