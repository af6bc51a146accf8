"""Short days for tests."""

from __future__ import annotations

from dataclasses import replace

from routing.simulation.day import Day, make_day
from routing.simulation.world import PROFILE, World, benchmark, hard

HOURS = 1


def short(world: World | None = None, number: int = 7, matrix: int = 3) -> Day:
    """The busiest hour of the benchmark day."""
    found = world or benchmark()
    return make_day(replace(found, profile=PROFILE[4 : 4 + 2 * HOURS], burst_chance=0.0), matrix, number)


def short_and_hard(number: int = 7) -> Day:
    """The same with missed rings, breaks, transfers and people who call again."""
    return short(replace(hard(benchmark()), volume=1.0), number)
