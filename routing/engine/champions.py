"""Which of the classes of a lane has the most urgent head, and for how long: found once, used for every agent."""

from __future__ import annotations

import math
from collections.abc import Iterable
from operator import itemgetter

from routing.engine.classes import RequestClass
from routing.engine.urgency import Curve, Rank

_RANK = itemgetter(0)
_MARGIN = 0.001
"""So many seconds before two curves are reckoned to meet they are compared again."""


def crowned(requests: Iterable[RequestClass], now: float) -> tuple[RequestClass, float]:
    """The class with the most urgent head, and the moment until which it is that if no head changes.

    A head that leaves makes its class less urgent, so that only the champion's own changes matter.
    """
    ranked = []
    for request in requests:
        head = request.front or request.head()
        ranked.append((request.curve.rank(head.queued_at, head.number, now, 1.0), request))
    if len(ranked) == 1:
        return ranked[0][1], math.inf
    best_rank, best = max(ranked, key=_RANK)
    boost, is_capped, _, age, _ = best_rank
    until = math.inf
    for rank, request in ranked:
        # among those past the cap the oldest stays first; only an older one with a later cap can pass it
        if rank[0] == boost and request is not best and not (is_capped and (rank[1] or rank[3] < age)):
            until = min(until, _overtakes(best.curve, best_rank, request.curve, rank, now))
    return best, until - _MARGIN


def _overtakes(one: Curve, best_rank: Rank, two: Curve, rank: Rank, now: float) -> float:
    """When an item of the second curve may become more urgent than the best one."""
    capped = math.inf if two.cap is None else two.cap - rank[3]
    if best_rank[1]:
        return capped
    if one.convexity != 1.0 or -rank[3] > now or -best_rank[3] > now:
        return now
    gain = two.slope - one.slope
    return capped if gain <= 0.0 else min(capped, now + (best_rank[2] - rank[2]) / gain)
