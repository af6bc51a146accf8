"""A made-up day of a company that has none yet, lived through under its own configuration. Pure.

Everything beside the configuration is invented: shifts and breaks, how many come and when, how long they talk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from uuid import UUID

from core.agent import ReservationState
from routing.configuration.check import has_skills
from routing.configuration.model import Agent, Queue, Whole
from routing.recorded.day import Contact, RecordedDay, Ring, Span, Staffer
from routing.recorded.desk import Case
from routing.recorded.pace import Paces
from routing.recorded.running import Outcome
from routing.recorded.script import Fate, Script
from routing.recorded.setting import Setting
from routing.simulation.streams import exponential, lognormal, stream
from routing.simulation.world import HALF_HOUR, PROFILE

_OPENS = 8 * 3600.0
_TALK, _WRAP, _PATIENCE = 220.0, 20.0, 200.0
_SHIFT, _BREAK, _LUNCH = 8.5 * 3600.0, 900.0, 1800.0
_LOAD = 0.80
_MISSED, _DECLINED = 0.03, 0.01


@dataclass(frozen=True, slots=True)
class Caller:
    """A customer who may call. ``account_manager``: an agent's code."""

    id: UUID
    tier: str
    grade: str | None
    account_manager: str | None
    address_kind: str
    address: str


@dataclass(frozen=True, slots=True)
class DemoDay:
    """``callers``: by place of the fate in the script."""

    script: Script
    callers: tuple[Caller, ...]


def make_demo_day(
    whole: Whole, setting: Setting, callers: Sequence[Caller], day: date, *, load: float = _LOAD
) -> DemoDay:
    """The day of this date: always the same for the same configuration and callers.

    It needs a caller, and a company of which one ``can_be_made``. ``load``: work that comes in, over what the agents
    on duty could do.
    """
    chance = stream("demo day", day)
    staff = tuple(_shift(chance, code) for code in sorted(whole.agents))
    paces = _paces(whole, setting, stream("demo pace"))
    mean = _TALK + _WRAP + 5.0
    count = max(1.0, load * sum(staffer.seconds for staffer in staff) / mean * max(0.7, chance.gauss(1.0, 0.05)))
    times = sorted(_arrivals(chance, count))
    chosen = [callers[chance.randrange(len(callers))] for _ in times]
    queues = _queue_shares(whole)
    fates = [_fate(chance, at, queues, caller) for at, caller in zip(times, chosen, strict=True)]
    made = RecordedDay(day.isoformat(), whole.company.time_zone, 86_400.0, (), staff)
    return DemoDay(Script(made, tuple(fates), paces), tuple(chosen))


def can_be_made(whole: Whole) -> bool:
    """Whether anybody can serve a queue of the company."""
    return bool(_queue_shares(whole))


def _shift(chance: Random, code: str) -> Staffer:
    """Eight and a half hours with a lunch and two breaks."""
    begin = _OPENS + chance.choice((-600.0, 0.0, 1800.0, 5400.0, 6300.0)) + chance.uniform(-120.0, 120.0)
    moments: list[Span] = []
    since = begin
    for share, pause in ((0.25, _BREAK), (0.5, _LUNCH), (0.75, _BREAK)):
        until = begin + _SHIFT * share + chance.uniform(-900.0, 900.0)
        moments.append((round(since, 3), round(until, 3)))
        since = until + pause * chance.uniform(0.9, 1.2)
    return Staffer(code, (*moments, (round(since, 3), round(begin + _SHIFT, 3))))


def _paces(whole: Whole, setting: Setting, chance: Random) -> Paces:
    """By the level that counts in the queue, times something of the agent's own."""
    of_agent = {code: max(0.6, chance.gauss(1.0, 0.1)) for code in sorted(whole.agents)}
    speeds = setting.policy.speeds
    found = {
        (code, queue): of_agent[code] * speeds[min((agent.skills[skill] for skill in rules.skills), default=3) - 1]
        for code, agent in whole.agents.items()
        for queue, rules in whole.queues.items()
        if has_skills(agent, rules.skills)
    }
    return Paces(found, of_agent)


def _arrivals(chance: Random, count: float) -> list[float]:
    """Moments by the profile of a day with two humps."""
    found: list[float] = []
    for place, share in enumerate(PROFILE):
        at, rate = 0.0, count * share / sum(PROFILE) / HALF_HOUR
        while (at := at + chance.expovariate(rate)) < HALF_HOUR:
            found.append(round(_OPENS + place * HALF_HOUR + at, 3))
    return found


def _queue_shares(whole: Whole) -> list[tuple[str, float]]:
    """Queues that somebody serves, by how much of him they have."""
    found = {
        code: sum(1.0 / len(agent.queues) for agent in whole.agents.values() if _serves(agent, code, queue))
        for code, queue in whole.queues.items()
    }
    return [(code, share) for code, share in found.items() if share]


def _serves(agent: Agent, code: str, queue: Queue) -> bool:
    return code in agent.queues and has_skills(agent, queue.skills)


def _fate(chance: Random, at: float, queues: list[tuple[str, float]], caller: Caller) -> Fate:
    queue = chance.choices([code for code, _ in queues], [share for _, share in queues])[0]
    contact = Contact(
        at=at, channel="voice", queue=queue, tier=caller.tier, grade=caller.grade, wait=0.0,
        account_manager=caller.account_manager, rings=_rings(chance),
    )  # fmt: skip
    talk = lognormal(chance, _TALK, 0.9)
    return Fate(
        contact, at, round(exponential(chance, _PATIENCE), 3), talk, exponential(chance, _WRAP),
        round(2.0 + exponential(chance, 2.0), 3),
    )  # fmt: skip


def _rings(chance: Random) -> tuple[Ring, ...]:
    value = chance.random()
    if value < _MISSED:
        return (Ring(20.0, 90.0),)
    return (Ring(4.0, declined=True),) if value < _MISSED + _DECLINED else ()


def recorded(outcome: Outcome, day: RecordedDay) -> RecordedDay:
    """What one would have recorded of a day that was lived through."""
    contacts = sorted((_seen(case) for case in outcome.cases), key=lambda contact: contact.at)
    return replace(day, contacts=tuple(contacts))


def _seen(case: Case) -> Contact:
    in_vain = sum(offer.state in (ReservationState.EXPIRED, ReservationState.REJECTED) for offer in case.offers)
    seen = replace(case.fate.contact, at=case.at, wait=case.wait, rings=case.fate.contact.rings[:in_vain], agent=None)
    if not case.answered or case.desk is None:
        return seen
    return replace(seen, agent=case.desk.code, ring=case.fate.ring, talk=case.talk, wrap=case.wrap)
