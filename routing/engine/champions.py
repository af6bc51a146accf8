"""Which of the classes of a lane has the most urgent head, and for how long: found once, used for every agent."""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import itemgetter

from routing.engine.classes import RequestClass
from routing.engine.urgency import Rank

_MARGIN = 0.001
"""So many seconds before two curves are reckoned to meet they are compared again."""


def crowned(requests: Iterable[RequestClass], now: float) -> tuple[RequestClass, float]:
    """The class with the most urgent head, and the moment until which it is that if no head changes.

    A head that leaves makes its class less urgent, so that only the champion's own changes matter.
    """
    ranked = [
        (request.curve.rank(head.queued_at, head.number, now, 1.0), request)
        for request in requests
        for head in (request.front or request.head(),)
    ]
    best_rank, best = max(ranked, key=itemgetter(0))
    until = math.inf
    for rank, request in ranked:
        if request is not best and rank[0] == best_rank[0]:
            until = min(until, _overtakes(best, best_rank, request, rank, now))
    return best, until - _MARGIN


def _overtakes(best: RequestClass, best_rank: Rank, other: RequestClass, rank: Rank, now: float) -> float:
    """When the head of a class may become more urgent than the best one."""
    one, two = best.curve, other.curve
    if best_rank[1]:
        # the oldest of those past the cap stays it, until an older one gets past a later cap
        return math.inf if rank[1] or two.cap is None or rank[3] <= best_rank[3] else two.cap - rank[3]
    if one.convexity != 1.0 or -rank[3] > now or -best_rank[3] > now:
        return now
    capped = math.inf if two.cap is None else two.cap - rank[3]
    gain = two.slope - one.slope
    return capped if gain <= 0.0 else min(capped, now + (best_rank[2] - rank[2]) / gain)
