"""Means over days and their 95 % intervals; differences of two rules are paired by day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

_T95 = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045,
        2.042)  # fmt: skip
"""Student's t for 1 to 30 degrees of freedom, two-sided 95 %."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean and how far off it may be."""

    mean: float
    within: float
    """Half the width of the 95 % interval; infinite for fewer than two values."""

    def __str__(self) -> str:
        return f"{self.mean:.1f} ± {self.within:.1f}"

    def holds(self, value: float) -> bool:
        """Whether the value is inside."""
        return abs(value - self.mean) <= self.within


def interval(values: Sequence[float]) -> Interval:
    """The 95 % interval of the mean of independent values."""
    if len(values) < 2:
        return Interval(fmean(values), math.inf)
    freedom = len(values) - 1
    quantile = _T95[freedom - 1] if freedom <= len(_T95) else 1.96 + 2.5 / freedom
    return Interval(fmean(values), quantile * stdev(values) / math.sqrt(len(values)))


def paired(ours: Sequence[float], theirs: Sequence[float]) -> Interval:
    """The 95 % interval of the mean difference, day by day."""
    return interval([one - other for one, other in zip(ours, theirs, strict=True)])
