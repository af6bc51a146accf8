"""One stream of random numbers a purpose, so that a change of one thing leaves all the others as they were."""

from __future__ import annotations

import math
from random import Random


def stream(purpose: str, *parts: object) -> Random:
    """The stream of a purpose, the same on every machine and in every version of Python that keeps ``random``."""
    return Random("/".join((purpose, *map(str, parts))))


def lognormal(chance: Random, mean: float, variation: float) -> float:
    """A value with this mean and coefficient of variation (standard deviation over mean)."""
    variance = math.log(1 + variation * variation)
    return chance.lognormvariate(math.log(mean) - variance / 2, math.sqrt(variance))


def exponential(chance: Random, mean: float) -> float:
    """A value of an exponential distribution."""
    return chance.expovariate(1 / mean)
