"""Percentiles, result files and the last line."""

from __future__ import annotations

import json
import math
import platform
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def say(line: str) -> None:
    """Progress, on stderr."""
    print(line, file=sys.stderr, flush=True)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summary(values: Sequence[float]) -> dict[str, float]:
    """Count, and p50, p90, p99, maximum and mean in milliseconds of seconds."""
    if not values:
        return {"n": 0}
    found = {f"p{int(share * 100)}_ms": percentile(values, share) * 1000 for share in (0.5, 0.9, 0.95, 0.99)}
    found |= {"max_ms": max(values) * 1000, "mean_ms": statistics.fmean(values) * 1000}
    return {"n": len(values), **{name: round(value, 3) for name, value in found.items()}}


def keep(name: str, content: dict[str, Any]) -> Path:
    """Write the raw figures; returns the file."""
    RESULTS.mkdir(exist_ok=True)
    now = datetime.now(UTC)
    file = RESULTS / f"{name}-{now:%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps({"at": now.isoformat(), "machine": platform.machine(), **content}, indent=1) + "\n")
    return file
