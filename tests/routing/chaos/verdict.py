"""What the tables say when all is over: what must never have been, how long agents and callers stood about in vain, and
how long takeovers took."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any

from core.db import Database
from tests.routing.chaos.exchange import Offered
from tests.routing.chaos.faults import Fault
from tests.routing.company import Company

_SOON = 0.25
"""Seconds within which an offer shows that what piled up during a takeover is worked off;"""
_AT_MOST = 5.0
"""it must be by so many seconds after the new writer's first offer."""
_TWICE = """
with each as (
    select {whose} as whose, created_at, max(coalesce(released_at, 'infinity')) over (
        partition by {whose} order by created_at, id rows between unbounded preceding and 1 preceding) as busy_until
    from reservations)
select count(*) from each where busy_until > created_at
"""
_COUNTS = {
    "double offers": _TWICE.format(whose="interaction_id"),
    "agents over capacity": _TWICE.format(whose="agent_id"),
    "calls not closed": "select count(*) from interactions where state <> 'closed'",
    "reservations not released": "select count(*) from reservations where released_at is null",
    "agents not idle": "select count(*) from agent_states where work_state <> 'idle'",
    "calls closed twice or never": """
        select count(*) from interactions i where (
            select count(*) from event_log e where e.interaction_id = i.id and e.name = 'interaction.closed') <> 1""",
    "decisions of a former writer": """
        select count(*) from (select epoch, min(created_at) as first, max(created_at) as last from reservations
                              group by epoch) e
        join (select epoch, min(created_at) as first from reservations group by epoch) later on later.epoch > e.epoch
        where later.first < e.last""",
    "events not announced": "select count(*) from event_unpublished where at < now() - interval '5 seconds'",
}
_EPOCHS = "select epoch, extract(epoch from min(created_at))::float8 as first from reservations group by 1 order by 1"


@dataclass(slots=True)
class Verdict:
    """``faults``: how many of what must never be (an empty mapping is a pass). Times are seconds."""

    faults: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    offers: int = 0
    hits: dict[str, int] = field(default_factory=dict)
    pauses: list[float] = field(default_factory=list)
    """From the moment when both were there until the agent's phone was asked to ring, away from takeovers;"""
    all_pauses: list[float] = field(default_factory=list)
    """and with them."""
    takeovers: dict[str, list[float]] = field(default_factory=dict)
    """By the kind of fault, from the fault to the first offer of the next writer."""
    worked_off: list[float] = field(default_factory=list)
    """From that offer until what had piled up was worked off."""
    unprovoked: int = 0
    """Takeovers from a writer that nobody had hit."""


async def judge(
    database: Database, faults: Sequence[Fault], offers: Sequence[Offered], double: Sequence[str]
) -> Verdict:
    """Look at everything."""
    found = {what: await _count(database, statement) for what, statement in _COUNTS.items()}
    found["offers to an agent or caller in talk"] = len(double)
    found |= dict.fromkeys(await Company(database).faults(), 1)
    calls = await _count(database, "select count(*) from interactions")
    verdict = Verdict({what: count for what, count in found.items() if count}, calls, len(offers))
    for fault in faults:
        who = "the writer" if fault.hit_writer else "a standby"
        name = f"{who} {'killed' if fault.kind == 'kill' else 'paused'}"
        verdict.hits[name] = verdict.hits.get(name, 0) + 1
    epochs = [(row.epoch, row.first) for row in await _rows(database, _EPOCHS)]
    windows = _takeovers(verdict, faults, epochs, sorted(offers, key=lambda each: each.at))
    verdict.all_pauses = [each.at - each.since for each in offers]
    verdict.pauses = [each.at - each.since for each in offers if not _falls_into(windows, each)]
    return verdict


async def over(database: Database, seconds: float) -> bool:
    """Wait until no call is left and nobody is at work; says whether that came true in time."""
    waits = "select (select count(*) from interactions where state <> 'closed') + (" \
        "select count(*) from agent_states where work_state <> 'idle')"  # fmt: skip
    deadline = asyncio.get_running_loop().time() + seconds
    while await _count(database, waits):
        if asyncio.get_running_loop().time() > deadline:
            return False
        await asyncio.sleep(0.2)
    return True


def _takeovers(
    verdict: Verdict, faults: Sequence[Fault], epochs: Sequence[tuple[int, float]], offers: Sequence[Offered]
) -> list[tuple[float, float]]:
    """The windows of time that takeovers took, in order; fills in how long they were."""

    def worked_off(start: float) -> float:
        place = bisect_left(offers, start, key=lambda each: each.at)
        soon = (each.at for each in islice(offers, place, None) if each.since > start and each.at - each.since < _SOON)
        end = min(next(soon, start), start + _AT_MOST)
        verdict.worked_off.append(end - start)
        return end

    windows = []
    first = dict(epochs)
    for fault in (each for each in faults if each.hit_writer):
        heir = next((epoch for epoch, _ in epochs if epoch > fault.epoch), None)
        until = first[heir] if heir is not None else fault.at
        if fault.over_at is not None and (heir is None or fault.over_at < until):
            until = fault.over_at  # it woke before anybody took over
        elif heir is not None:
            verdict.takeovers.setdefault(fault.kind, []).append(until - fault.at)
        windows.append((fault.at, worked_off(until)))
    hit = {fault.epoch for fault in faults if fault.hit_writer}
    lost = [epoch for epoch, _ in epochs[:-1] if epoch not in hit]
    verdict.unprovoked = len(lost)
    windows += [(then - _AT_MOST, worked_off(then)) for (epoch, _), (_, then) in pairwise(epochs) if epoch in lost]
    return sorted(windows)


def _falls_into(windows: Sequence[tuple[float, float]], offered: Offered) -> bool:
    """Whether a takeover was under way between the moment from which he could be offered and the offer."""
    place = bisect_right(windows, (offered.at, float("inf")))
    return any(until >= offered.since for _, until in windows[max(0, place - 3) : place])


async def _rows(database: Database, statement: str) -> list[Any]:
    async with database.glance() as connection:
        return list((await connection.exec_driver_sql(statement)).all())


async def _count(database: Database, statement: str) -> int:
    return int((await _rows(database, statement))[0][0])
