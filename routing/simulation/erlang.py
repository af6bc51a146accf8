"""Exact Erlang-A (M/M/n+M): Poisson arrivals, exponential work and patience, n servers, one queue.

Garnett, Mandelbaum, Reiman (2002). Solved as a birth-death chain, in ratios, so that nothing overflows.
"""

from __future__ import annotations

from dataclasses import dataclass

_NEGLIGIBLE = 1e-15


@dataclass(frozen=True, slots=True)
class ErlangA:
    """What the chain says in the long run."""

    mean_wait: float
    """Seconds, over everybody, also those who gave up."""
    abandoned: float
    """Share of those who gave up."""
    waited: float
    """Share of those who did not find a free server."""


def erlang_a(per_second: float, handle: float, servers: int, patience: float) -> ErlangA:
    """Of arrivals per second, mean work and mean patience in seconds, and the number of servers."""
    served, left = 1.0 / handle, 1.0 / patience
    weights = [1.0]
    for busy in range(1, servers + 1):
        weights.append(weights[-1] * per_second / (busy * served))
    queued, line = 0.0, 1
    while True:
        weights.append(weights[-1] * per_second / (servers * served + line * left))
        queued += line * weights[-1]
        if weights[-1] * line < _NEGLIGIBLE * (queued + 1.0) and line * left + servers * served > per_second:
            break
        line += 1
    total = sum(weights)
    length = queued / total
    return ErlangA(length / per_second, length * left / per_second, sum(weights[servers:]) / total)


def erlang_c_wait(per_second: float, handle: float, servers: int) -> float:
    """Mean wait in seconds when nobody ever gives up; needs load below the number of servers."""
    load = per_second * handle
    if load >= servers:
        raise ValueError("more work than servers: the queue has no end")
    blocked = 1.0
    for busy in range(1, servers + 1):
        blocked = load * blocked / (busy + load * blocked)
    waiting = blocked / (1 - load / servers * (1 - blocked))
    return waiting * handle / (servers - load)
