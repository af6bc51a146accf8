"""A small company and days of it, made up in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from random import Random
from uuid import UUID

from routing.configuration.model import ANY_GRADE, Agent, Company, Name, Policies, Queue, ServicePolicy, Whole
from routing.recorded.day import Contact, RecordedDay, Ring, Staffer
from routing.recorded.demo_day import Caller, make_demo_day, recorded
from routing.recorded.running import run
from routing.recorded.setting import setting_of

ZONE = "Asia/Shanghai"
SHARES = {"key": 10, "gold": 20, "standard": 70}
SAME_FOR_ALL: Policies = {tier: {ANY_GRADE: ServicePolicy()} for tier in SHARES}


def company(agents: Mapping[str, Mapping[str, int]] | None = None, policies: Policies = SAME_FOR_ALL) -> Whole:
    """Two queues, each with a skill of its own; ``agents``: by code, skills that are queues too."""
    found = agents if agents is not None else {f"a{n}": {"cargo": 3} if n < 4 else {"claims": 4} for n in range(6)}
    queues = {
        code: Queue(Name(code, code), skills={code: 2}, target_seconds=20, wrap_up_seconds=60)
        for code in ("cargo", "claims")
    }
    people = {
        code: Agent(code.title(), skills=skills, queues=dict.fromkeys(skills, 1)) for code, skills in found.items()
    }
    skills = {code: Name(code, code) for code in queues}
    return Whole(Company("Harbour", ZONE), skills=skills, queues=queues, agents=people, policies=policies)


def callers(count: int = 300) -> list[Caller]:
    """Customers of all tiers."""
    chance = Random(1)
    tiers = chance.choices(list(SHARES), list(SHARES.values()), k=count)
    return [Caller(UUID(int=n + 1), tier, None, None, "phone", f"+{n}") for n, tier in enumerate(tiers)]


@cache
def _made(number: int, load: float) -> RecordedDay:
    return made_day(company(), number, load)


def made_day(whole: Whole, number: int = 1, load: float = 0.85) -> RecordedDay:
    """A day of a company as it would be recorded."""
    setting = setting_of(whole)
    made = make_demo_day(whole, setting, callers(), date(2026, 11, number), load=load)
    return recorded(run(made.script, setting), made.script.day)


def usual_day(number: int = 1, load: float = 0.85) -> RecordedDay:
    """A day of ``company()``; made once."""
    return _made(number, load)


def day_of(contacts: list[Contact], duty: Mapping[str, tuple[tuple[float, float], ...]]) -> RecordedDay:
    """A day by hand."""
    staff = tuple(Staffer(code, spans) for code, spans in sorted(duty.items()))
    return RecordedDay("2026-11-20", ZONE, 86_400.0, tuple(contacts), staff)


def call(at: float, **fields: object) -> Contact:
    """A call that was answered at once by nobody in particular, unless said otherwise."""
    plain = Contact(at=at, channel="voice", queue="cargo", tier="standard", wait=0.0)
    return replace(plain, **fields)  # type: ignore[arg-type]


MISSED = Ring(20.0, 90.0)
DECLINED = Ring(4.0, declined=True)
