"""What the tuner has found, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean

from routing.configuration.difference import lines
from routing.recorded.compare import of_line
from routing.recorded.fitting import FEW_TRIES, Proposal
from routing.recorded.measures import EVERYBODY, Group, Measures, merged
from routing.simulation.intervals import paired

_COLUMNS = (("in_target", "answered in target", " %"), ("wait", "mean wait", " s"), ("gave_up", "gave up", " %"),
            ("p95", "19 of 20 wait less than", " s"))  # fmt: skip


def told(found: Proposal) -> Iterator[str]:
    """All of it: what would change, and what it would do."""
    yield f"Tuned on {_dates(found.tuned_on)} ({found.tried} candidates), shown on {_dates(found.shown_on)}."
    if found.tried < FEW_TRIES:
        yield "That is little: give it more --minutes, or a machine with less to do."
    if not found.changes:
        yield "What you have is as good as anything that was found: nothing to change."
        return
    yield ""
    yield "What would change:"
    yield from (f"  {line}" for line in lines(found.changes))
    yield ""
    yield "What to expect, on days that were not tuned on (95 %):"
    yield from _table(found)
    yield ""
    if not found.helps:
        yield "On those days it does not help clearly: better keep what you have. More days or more time may tell more."


def _table(found: Proposal) -> Iterator[str]:
    yield (f"  {'':16}{'contacts':>9}  " + "".join(f"{words:<28}" for _, words, _ in _COLUMNS)).rstrip()
    groups = [("everybody", EVERYBODY), *((f"tier {tier or '(none)'}", Group(tier=tier)) for tier in found.tiers)]
    now, then = (_by_run(found, measures) for measures in (found.now, found.then))
    for name, group in groups:
        cells = [_cell(now, then, group, column, unit) for column, _, unit in _COLUMNS]
        count = now[0].lines[group].contacts if group in now[0].lines else 0
        yield (f"  {name:<16}{count:>9,}  " + "".join(f"{cell:<28}" for cell in cells)).rstrip()


def _by_run(found: Proposal, measures: Sequence[Measures]) -> list[Measures]:
    """The days of each run as one."""
    count = len(found.shown_on)
    return [merged(measures[first : first + count]) for first in range(0, len(measures), count)]


def _cell(now: Sequence[Measures], then: Sequence[Measures], group: Group, column: str, unit: str) -> str:
    figure = of_line(group, column)
    before, after = [figure(each) for each in now], [figure(each) for each in then]
    change = paired(after, before)
    signed = f"{change.mean:+.1f}".replace("-", "−")
    return f"{_bare(fmean(before))} → {_bare(fmean(after))}{unit}  {signed} ±{change.within:.1f}"


def _bare(value: float) -> str:
    return f"{value:.1f}" if value < 20 else f"{value:.0f}"


def _dates(found: Sequence[str]) -> str:
    days = "1 day" if len(found) == 1 else f"{len(found)} days"
    return f"{days} ({', '.join(found)})"


def far_from_recorded(recorded: Sequence[Measures], simulated: Sequence[Measures]) -> str | None:
    """A warning where the simulation of what holds now is not near what was recorded."""
    figure = of_line(EVERYBODY, "in_target")
    was, would = fmean(map(figure, recorded)), fmean(map(figure, simulated))
    if abs(was - would) <= 5.0:
        return None
    return (
        f"WARNING: on the days that are shown, {was:.0f} % were answered in target; the simulation says {would:.0f} %. "
        "Do not rely on it; perhaps the configuration has been changed since."
    )
