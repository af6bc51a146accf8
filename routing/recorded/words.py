"""What a replay has found, for supervisors. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from statistics import fmean

from routing.recorded.compare import Comparison, Figure, difference, far_off, of_line, single
from routing.recorded.measures import EVERYBODY, Group, Measures
from routing.simulation.intervals import Interval

_NAMES = {"in_target": "answered in target", "wait": "mean wait", "gave_up": "gave up"}
_FEW = 20
"""Of fewer customers no word is made."""


def title(found: Comparison) -> str:
    """Which day it was."""
    day = found.day
    when = date.fromisoformat(day.date)
    text = f"{when:%A}, {when.day} {when:%B %Y} ({day.time_zone})"
    return f"{text}: {len(day.contacts):,} contacts, {len(day.staff)} agents on duty."


def check_lines(found: Comparison, *, changed_since: bool = False) -> Iterator[str]:
    """Recorded beside simulated, and whether the one comes near the other."""
    runs = len(found.now)
    yield f"{'':24}{'recorded':>10}   simulated with the present configuration ({runs} runs, 95 %)"
    for name, words in _NAMES.items():
        figure = of_line(EVERYBODY, name)
        yield f"  {words:<22}{_value(name, figure(found.recorded)):>10}   {_range(name, _single(found.now, figure))}"
    busy = _single(found.now, _occupancy)
    yield f"  {'occupancy of agents':<22}{_value('', found.recorded.occupancy):>10}   {_range('', busy)}"
    off = far_off(found)
    if not off:
        yield "The simulation comes near what was recorded."
        return
    yield f"WARNING: the simulation is far off in: {', '.join(_NAMES[name] for name in off)}. Do not rely on it."
    if changed_since:
        yield "The configuration has been changed since that day, which may be why."


def change_lines(found: Comparison) -> Iterator[str]:
    """Now and then side by side: everybody, each queue with its tiers, each tier."""
    yield f"{'':28}{'contacts':>9}  {'answered in target':<24}  {'mean wait':<24}  gave up"
    for group, indent in _groups(found.recorded, found.tiers):
        cells = [_cell(found, group, name) for name in _NAMES]
        line = found.recorded.lines[group]
        yield f"{_label(group, indent):<28}{line.contacts:>9,}  {cells[0]:<24}  {cells[1]:<24}  {cells[2]}".rstrip()
    now, then = fmean(map(_occupancy, found.now)), fmean(map(_occupancy, found.then))
    yield f"{'occupancy of agents':<28}{'':>9}  {now:.0f} → {then:.0f} %"


def in_words(found: Comparison) -> Iterator[str]:
    """What it comes to."""
    overall = difference(found, of_line(EVERYBODY, "in_target"))
    if not _is_clear(overall):
        yield "For everybody together the change makes no clear difference to that day."
    else:
        more = "more" if overall.mean > 0 else "fewer"
        low, high = sorted((abs(overall.mean) - overall.within, abs(overall.mean) + overall.within))
        yield (
            f"With the change, {abs(overall.mean):.1f} {more} of 100 contacts would have been answered in target "
            f"({max(0.0, low):.1f} to {high:.1f})."
        )
    better, worse = _moved(found)
    if better:
        yield f"Better: {', '.join(better)}."
    if worse:
        yield f"Worse: {', '.join(worse)}."


def _moved(found: Comparison) -> tuple[list[str], list[str]]:
    """Queues and tiers that moved clearly, the most first."""
    sides: tuple[list[tuple[float, str]], list[tuple[float, str]]] = ([], [])
    for group in _parts(found):
        change = difference(found, of_line(group, "in_target"))
        if found.recorded.lines[group].contacts >= _FEW and _is_clear(change):
            sides[change.mean < 0].append((-abs(change.mean), f"{_label(group, 0)} ({_signed(change.mean)} points)"))
    better, worse = ([text for _, text in sorted(side)] for side in sides)
    return better, worse


def _is_clear(change: Interval) -> bool:
    return abs(change.mean) > change.within and abs(change.mean) >= 0.5


def _parts(found: Comparison) -> list[Group]:
    return [*(Group(queue) for queue in sorted(found.recorded.queues)), *(Group(tier=tier) for tier in found.tiers)]


def _groups(measures: Measures, tiers: Sequence[str]) -> Iterator[tuple[Group, int]]:
    yield EVERYBODY, 0
    for queue in sorted(measures.queues):
        yield Group(queue), 0
        for tier in tiers:
            if Group(queue, tier) in measures.lines:
                yield Group(queue, tier), 2
    for tier in tiers:
        yield Group(tier=tier), 0


def _label(group: Group, indent: int) -> str:
    if group == EVERYBODY:
        return "everybody"
    own = f"queue {group.queue}" if group.tier is None else f"tier {group.tier or '(none)'}"
    return " " * indent + own


def _cell(found: Comparison, group: Group, name: str) -> str:
    figure = of_line(group, name)
    now, then = fmean(map(figure, found.now)), fmean(map(figure, found.then))
    change = difference(found, figure)
    margin = f" ±{change.within:.1f}" if len(found.now) > 1 else ""
    return f"{_bare(name, now)} → {_value(name, then)}  {_signed(change.mean)}{margin}"


def _single(measures: Iterable[Measures], figure: Figure) -> Interval:
    values = [figure(each) for each in measures]
    return single(values) if len(values) > 1 else Interval(values[0], 0.0)


def _occupancy(measures: Measures) -> float:
    return measures.occupancy


def _range(name: str, found: Interval) -> str:
    least = 0.0 if name == "wait" else max(0.0, found.mean - found.within)
    low = max(least, found.mean - found.within)
    return f"{_value(name, found.mean)} ({_bare(name, low)} to {_bare(name, found.mean + found.within)})"


def _value(name: str, value: float) -> str:
    return _bare(name, value) + (" s" if name == "wait" else " %")


def _bare(name: str, value: float) -> str:
    return f"{value:.1f}" if name == "gave_up" or value < 10 else f"{value:.0f}"


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")
