"""A recorded day under the present configuration and under a changed one: what it would have been, several times. Pure.

Each run draws anew what the day did not show (``script``), and the same for both configurations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from core.errors import Refusal
from routing.configuration.model import Agent, Queue, Whole
from routing.recorded.day import LIVE, RecordedDay, Staffer
from routing.recorded.measures import EVERYBODY, Group, Line, Measures, of_outcome, of_recorded
from routing.recorded.running import run
from routing.recorded.script import Playwright
from routing.recorded.setting import setting_of
from routing.simulation.intervals import Interval, interval, paired

RUNS = 8
_NEAR = {"in_target": 4.0, "wait": 4.0, "gave_up": 3.0}
"""What is near in any case: points, seconds, points."""
_NOT_REPLAYED = (
    "hours",
    "closed",
    "full_length",
    "full",
    "callback_after_seconds",
    "callback_estimate_seconds",
    "ring",
)
Told = Callable[[int, int], None]
"""Hears how many of how many runs are done."""
Figure = Callable[[Measures], float]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``now`` and ``then`` by run; ``notes``: what one must know to read it."""

    day: RecordedDay
    recorded: Measures
    now: list[Measures]
    then: list[Measures]
    tiers: list[str]
    """Those that there were, the most valuable first."""
    notes: list[str] = field(default_factory=list)


def compare(day: RecordedDay, live: Whole, wanted: Whole, *, runs: int = RUNS, told: Told | None = None) -> Comparison:
    """Live through the day under both; where they are equal, under one. Refusal: ``day.nothing_to_replay``."""
    both = live.queues.keys() & wanted.queues.keys()
    kept = replace(day, contacts=tuple(contact for contact in day.contacts if contact.queue in both))
    if not any(contact.kind == LIVE for contact in kept.contacts):
        raise Refusal("day.nothing_to_replay", f"Nobody came on {day.date} into a queue that is there now and then.")
    now, then = setting_of(live), setting_of(wanted)
    writer, staff = Playwright(kept), [*day.staff, *_newcomers(day, live, wanted)]
    recorded = of_recorded(kept, now)
    tiers = in_order(recorded.tiers, wanted)
    found = Comparison(kept, recorded, [], [], tiers, list(_notes(day, kept, live, wanted)))
    for number in range(1, runs + 1):
        script = writer.script(number)
        found.now.append(of_outcome(run(script, now)))
        found.then.append(of_outcome(run(script, then, staff)) if live != wanted else found.now[-1])
        if told is not None:
            told(number, runs)
    return found


def in_order(tiers: Sequence[str], whole: Whole) -> list[str]:
    """Tiers as the configuration orders them; those that it does not have come last."""
    order = list(whole.policies)
    return sorted(tiers, key=lambda tier: (order.index(tier) if tier in order else len(order), tier))


def single(values: Sequence[float]) -> Interval:
    """Where the figure of one more run is to be expected, 95 %."""
    found = interval(values)
    spread = found.within * math.sqrt(len(values) + 1.0)
    return Interval(found.mean, spread)


def difference(found: Comparison, figure: Figure) -> Interval:
    """Then minus now, paired by run, with its 95 % interval."""
    return paired([figure(each) for each in found.then], [figure(each) for each in found.now])


def of_line(group: Group, name: str) -> Figure:
    """A figure of some customers, by the name of the field of ``Line``; of none, nothing is amiss."""

    def figure(measures: Measures) -> float:
        line = measures.lines.get(group, Line(0, 100.0, 0.0, 0.0, 0.0, 0.0))
        return float(getattr(line, name))

    return figure


def far_off(found: Comparison) -> list[str]:
    """The figures in which the present configuration, simulated, is far from what was recorded."""
    return [name for name in _NEAR if not _is_near(found, name)]


def _is_near(found: Comparison, name: str) -> bool:
    figure = of_line(EVERYBODY, name)
    simulated = [figure(each) for each in found.now]
    usual = max(_NEAR[name], 0.2 * fmean(simulated) if name == "wait" else 0.0)
    spread = single(simulated).within if len(simulated) > 1 else 0.0
    return abs(figure(found.recorded) - fmean(simulated)) <= max(usual, spread)


def _newcomers(day: RecordedDay, live: Whole, wanted: Whole) -> list[Staffer]:
    """Agents whom the change brings work the hours of a colleague: of their team, else of anybody."""
    return [
        Staffer(code, colleague.duty)
        for code, agent in _new_agents(day, live, wanted)
        if (colleague := _colleague(day, wanted, agent)) is not None
    ]


def _new_agents(day: RecordedDay, live: Whole, wanted: Whole) -> list[tuple[str, Agent]]:
    there = {staffer.code for staffer in day.staff}
    return [(code, agent) for code, agent in wanted.agents.items() if code not in live.agents and code not in there]


def _colleague(day: RecordedDay, wanted: Whole, agent: Agent) -> Staffer | None:
    """The one with the middle time on duty."""
    team = [each for each in day.staff if each.code in wanted.agents and wanted.agents[each.code].team == agent.team]
    known = sorted(team or day.staff, key=lambda staffer: (staffer.seconds, staffer.code))
    return known[len(known) // 2] if known else None


def _notes(day: RecordedDay, kept: RecordedDay, live: Whole, wanted: Whole) -> Iterator[str]:
    if day.left_out:
        yield f"{day.left_out} contacts are not part of it: not over yet, called back in vain, or lost by a fault."
    if gone := len(day.contacts) - len(kept.contacts):
        yield f"{gone} contacts are left out: their queue is not in the configuration."
    if strange := sorted({staffer.code for staffer in day.staff} - live.agents.keys()):
        yield f"On duty that day, but not in the configuration: {_some(strange)}."
    for code, agent in _new_agents(day, live, wanted):
        colleague = _colleague(day, wanted, agent)
        if colleague is not None:
            yield f"{code} is new: taken to work the hours of {colleague.code}, at the usual pace."
    yield from _notes_of_queues(live, wanted)


def _notes_of_queues(live: Whole, wanted: Whole) -> Iterator[str]:
    for code, queue in wanted.queues.items():
        before = live.queues.get(code)
        if before is None:
            yield f"Queue {code} is new: nobody came into it that day."
            continue
        if (before.target_seconds, before.targets) != (queue.target_seconds, queue.targets):
            yield f"The target of {code} changes: each column is measured by its own."
        if changed := [name for name in _NOT_REPLAYED if getattr(before, name) != getattr(queue, name)]:
            yield f"What changes of {code} in {', '.join(changed)} is not replayed: who came, came."
        if _has_estimate(queue) and queue.overflow != before.overflow:
            yield f"The overflow of {code} is replayed from an empty floor: its forecast learns as the day goes on."


def _has_estimate(queue: Queue) -> bool:
    return any(rule.kind.value == "estimate" for rule in queue.overflow)


def _some(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
