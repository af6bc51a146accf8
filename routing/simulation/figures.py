"""What a day was like for customers and agents, as numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import fmean

from routing.simulation.floor import Case, Desk
from routing.simulation.running import Outcome
from routing.simulation.world import CHAT, LANGUAGES, TIERS, VOICE, World

Figures = dict[str, float]
"""Names to numbers: shares in percent, times in seconds."""
_FORGIVEN = 5.0
"""Who gives up sooner than this is left out of the service level."""


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of the values do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def service_level(cases: Iterable[Case], world: World) -> float:
    """Percent answered within the target of channel and tier; giving up after more than 5 s counts as a miss."""
    good = counted = 0
    for case in cases:
        answered, wait = case.started >= 0, case.wait
        counted += answered or wait > _FORGIVEN
        good += answered and wait <= world.targets[case.channel][case.tier] + 1e-6
    return 100.0 * good / counted if counted else 100.0


def figures(outcome: Outcome) -> Figures:
    """All figures of a day. Waits are over everybody, also those who gave up."""
    world = outcome.day.world
    by_channel: tuple[list[Case], list[Case]] = ([], [])
    for case in outcome.cases:
        by_channel[case.channel].append(case)
    found: Figures = {"contacts": float(len(outcome.cases))}
    found |= _channel("", by_channel[VOICE], world)
    found |= _channel("chat_", by_channel[CHAT], world)
    found |= _agents(outcome.desks)
    return found


def _channel(prefix: str, cases: list[Case], world: World) -> Figures:
    waits = [case.wait for case in cases]
    found = {
        "sl": service_level(cases, world),
        "mean": fmean(waits) if waits else 0.0,
        "p99": percentile(waits, 0.99),
        "abandoned": 100.0 * sum(case.started < 0 for case in cases) / max(1, len(cases)),
    }
    for number, tier in enumerate(TIERS):
        found |= _tier(tier, [case for case in cases if case.tier == number], world)
    for number, language in enumerate(LANGUAGES):
        mine = [case for case in cases if case.signature % len(LANGUAGES) == number]
        found[f"sl_{language or 'common'}"] = service_level(mine, world)
    return {prefix + name: value for name, value in found.items()}


def _tier(tier: str, cases: list[Case], world: World) -> Figures:
    waits = sorted(case.wait for case in cases)
    common = [case for case in cases if case.signature % len(LANGUAGES) == 0]
    heard = [case for case in cases if not case.contact.missed]
    return {
        f"sl_{tier}": service_level(cases, world),
        f"sl_{tier}_heard": service_level(heard, world),
        f"sl_{tier}_common": service_level(common, world),
        f"mean_{tier}": fmean(waits) if waits else 0.0,
        f"p95_{tier}": percentile(waits, 0.95),
        f"p99_{tier}": percentile(waits, 0.99),
        f"worst_{tier}": waits[-1] if waits else 0.0,
    }


def _agents(desks: Sequence[Desk]) -> Figures:
    shares = [100.0 * desk.busy / desk.present if desk.present else 0.0 for desk in desks]
    groups: dict[str, list[float]] = {}
    for desk, share in zip(desks, shares, strict=True):
        groups.setdefault(desk.group, []).append(share)
    squares = sum((share - fmean(group)) ** 2 for group in groups.values() for share in group)
    free = len(shares) - len(groups)
    return {
        "occupancy": fmean(shares),
        "occupancy_spread": percentile(shares, 0.95) - percentile(shares, 0.05),
        "occupancy_sd": math.sqrt(squares / free) if free > 0 else 0.0,
    }
