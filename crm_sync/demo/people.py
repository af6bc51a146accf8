"""The demo company's customers: who they are. Pure, and the same for the same index in every run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID

from crm_sync.demo import words
from crm_sync.demo.company import OWNERS, demo_id
from crm_sync.demo.numbers import phone_of, second_phone_of

BLOCK = 1000
"""Customers are made in blocks of so many, each with its own seed."""
_CUSTOMER_SPACE = UUID("b10e4e20-0000-8000-8000-000000000000").int
_TIERS = (
    ("key", 1, 400_000, 3_000_000),
    ("gold", 4, 80_000, 400_000),
    ("silver", 15, 12_000, 80_000),
    ("standard", 80, 50, 12_000),
)
_TIER_WEIGHTS = tuple(accumulate(row[1] for row in _TIERS))
_GRADES = {"key": "AAAB", "gold": "AABB", "silver": "ABBC", "standard": "ABBBCCCD"}
_LIFECYCLES = ("stable",) * 6 + ("forming",) * 2 + ("declining", "regained", "lost")


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """A customer as the tables want it, and the language in which things were said."""

    id: UUID
    kind: str
    name: str
    form_of_address: str
    language: str
    tier: str
    credit_grade: str
    lifecycle: str
    owner_agent_id: UUID | None
    value_year: Decimal
    site: str
    facts: dict[str, Any]
    created_at: datetime
    identities: list[tuple[str, str]]

    @property
    def word(self) -> int:
        """Which of a pair of words is theirs."""
        return 1 if self.language == "zh" else 0


def customer_id(index: int) -> UUID:
    """The fixed id of the customer with that index; ids rise with the index."""
    return UUID(int=_CUSTOMER_SPACE + index)


def make_customer(index: int, chance: Random, now: datetime) -> DemoCustomer:
    """The customer with that index; ``chance`` is the block's, used in order of the indexes."""
    chinese = chance.random() < 0.45
    kind = "company" if chance.random() < 0.35 else "person"
    name, form, mail = _company(chance, chinese) if kind == "company" else _person(chance, chinese)
    tier, _, least, most = chance.choices(_TIERS, cum_weights=_TIER_WEIGHTS)[0]
    return DemoCustomer(
        id=customer_id(index), kind=kind, name=name, form_of_address=form, language="zh" if chinese else "en",
        tier=tier, credit_grade=chance.choice(_GRADES[tier]), lifecycle=chance.choice(_LIFECYCLES),
        owner_agent_id=None if tier == "standard" else demo_id("agent", chance.choice(OWNERS)),
        value_year=Decimal(int(least * (most / least) ** chance.random())), site=chance.choice(words.SITES),
        facts=_facts(chance, 1 if chinese else 0, tier, now),
        created_at=now - timedelta(days=chance.randrange(370, 3000)), identities=_identities(index, kind, mail),
    )  # fmt: skip


def _person(chance: Random, chinese: bool) -> tuple[str, str, str]:
    title = chance.choice(("Ms", "Mr"))
    if chinese:
        (family, family_zh), (given, given_zh) = chance.choice(words.CHINESE_FAMILY), chance.choice(words.CHINESE_GIVEN)
        polite = "女士" if title == "Ms" else "先生"
        return f"{family} {given} {family_zh}{given_zh}", f"{family_zh}{polite}", f"{given}.{family}"
    given, family = chance.choice(words.GIVEN), chance.choice(words.FAMILY)
    return f"{given} {family}", f"{title} {family}", f"{given}.{family}"


def _company(chance: Random, chinese: bool) -> tuple[str, str, str]:
    if chinese:
        (first, first_zh), (trade, trade_zh) = (
            chance.choice(words.CHINESE_COMPANY_FIRST), chance.choice(words.CHINESE_COMPANY_TRADE),
        )  # fmt: skip
        family_zh = chance.choice(words.CHINESE_FAMILY)[1]
        return f"{first} {trade} {first_zh}{trade_zh}", f"{family_zh}经理", f"office.{first}"
    first, trade = chance.choice(words.COMPANY_FIRST), chance.choice(words.COMPANY_TRADE)
    name = f"{first} {trade} {chance.choice(words.COMPANY_LEGAL)}"
    return name, f"{chance.choice(('Ms', 'Mr'))} {chance.choice(words.FAMILY)}", f"office.{first}"


def _identities(index: int, kind: str, mail: str) -> list[tuple[str, str]]:
    found = [("phone", phone_of(index))]
    if kind == "company" and (second := second_phone_of(index)):
        found.append(("phone", second))
    if index % 3 != 0:
        found.append(("email", f"{mail.replace(chr(39), '').lower()}.{index}@example.com"))
    return found


def _facts(chance: Random, word: int, tier: str, now: datetime) -> dict[str, Any]:
    """Open matters, promises, preferences, taboos, mood (-1 to 1, newest first) and the last survey answer."""
    facts: dict[str, Any] = {}
    often = 0.5 if tier in ("key", "gold") else 0.15
    if chance.random() < often / 2:
        facts["open"] = [_matter("complaint", chance.choice(words.OPEN_COMPLAINTS)[word], now, chance.randrange(2, 60))]
    if chance.random() < often:
        facts["promises"] = [_matter("promise", chance.choice(words.PROMISES)[word], now, chance.randrange(4, 120))]
    if chance.random() < often:
        facts["preferences"] = [chance.choice(words.PREFERENCES)[word]]
    if chance.random() < often / 5:
        facts["taboos"] = [chance.choice(words.TABOOS)[word]]
    if chance.random() < often:
        facts["mood"] = [chance.choice((-1, 0, 0, 1, 1)) for _ in range(4)]
        facts["last_csat"] = chance.choice((2, 3, 4, 4, 5, 5))
    return facts


def _matter(kind: str, text: str, now: datetime, hours: int) -> dict[str, str]:
    return {"kind": kind, "text": text, "due_at": (now + timedelta(hours=hours)).isoformat(timespec="minutes")}
