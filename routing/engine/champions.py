"""Which item of each need is the most urgent, and for how long: found once, used for every agent.

All items of a need weigh the same for an agent, so that it is the same item for every agent whom it does not exclude.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from operator import itemgetter

from routing.engine.classes import Entry, RequestClass
from routing.engine.needs import Need
from routing.engine.urgency import Curve, Rank

Ranked = tuple[Rank, RequestClass]
Age = tuple[float, int, Need | None]
"""Since when the head of a need has waited, its number, the need."""
_RANK = itemgetter(0)
_MARGIN = 0.001
"""So many seconds before two curves are reckoned to meet they are compared again."""
_NOBODY: list[RequestClass] = []
_NOT_BY_AGE: Age = (math.inf, 0, None)


class Champions:
    """The heads of all needs, up to date as of the last ``renew``; in lists by number of need."""

    def __init__(self, needs: list[Need]) -> None:
        self._needs = needs
        self.sizes = [0]
        """How many wait."""
        self.ages: list[Age] = [_NOT_BY_AGE]
        """Of heads past their cap, among which age alone counts; infinite for the others."""
        self.waited_for = 0
        """The needs with somebody waiting;"""
        self.particular = 0
        """those among them whose head must be looked at more closely than by age, as long as it is past its cap."""
        self._stale: dict[Need, None] = {}
        self._turns: list[tuple[float, int, Need]] = []

    def enter(self, request: RequestClass) -> None:
        """Somebody waits in a class of which nobody did."""
        need = request.plan.need
        self._make_room()
        need.classes[request] = None
        self.waited_for |= need.bit
        self._stale[need] = None

    def leave(self, request: RequestClass) -> None:
        """Nobody waits in a class any more."""
        need = request.plan.need
        del need.classes[request]
        self._stale[need] = None
        if not need.classes:
            self.waited_for &= ~need.bit

    def changed(self, need: Need) -> None:
        """It may have another head now."""
        self._stale[need] = None

    def renew(self, now: float) -> None:
        """Find the heads anew that may be others by now. A head that leaves makes its class less urgent, so that
        only the champion's own changes matter."""
        self._make_room()
        turns, stale = self._turns, self._stale
        while turns and turns[0][0] <= now:
            due, _, need = heapq.heappop(turns)
            if need.until == due:
                stale[need] = None
        for need in stale:
            if not self._crown_oldest(need, now):
                self._crown_most_urgent(need, now)
        if stale:
            stale.clear()
        if len(turns) > 64 + 4 * len(self.sizes):
            self._turns = [turn for turn in turns if turn[2].until == turn[0]]
            heapq.heapify(self._turns)

    def _make_room(self) -> None:
        missing = len(self._needs) - len(self.sizes)
        if missing:
            self.sizes += [0] * missing
            self.ages += [_NOT_BY_AGE] * missing

    def _crown_oldest(self, need: Need, now: float) -> bool:
        """Where all heads are past their cap. Returns whether it is so."""
        best: Entry | None = None
        since, number = math.inf, 0
        for request in need.classes:
            head = request.front or request.head()
            queued_at = head.queued_at
            if queued_at + request.capped_from > now:
                return False
            if queued_at < since or (queued_at == since and head.number < number):
                best, since, number = head, queued_at, head.number
        if best is None or best.excluded:
            return False
        need.head, need.young, need.until = best, _NOBODY, math.inf
        self.ages[need.number] = since, number, need
        self.particular &= ~need.bit
        return True

    def _crown_most_urgent(self, need: Need, now: float) -> None:
        ranked, need.young = _opened(need, now)
        need.head, need.until = None, min((_opens(request) for request in need.young), default=math.inf)
        self.ages[need.number] = _NOT_BY_AGE
        is_particular = bool(need.young)
        if ranked:
            rank, best = max(ranked, key=_RANK)
            need.head = head = best.head()
            need.until = min(need.until, _lasts(rank, best, ranked, now))
            is_particular = is_particular or rank[0] != 0 or bool(head.excluded)
            if rank[1] and not rank[0]:
                self.ages[need.number] = head.queued_at, head.number, need
        self.particular = self.particular | need.bit if is_particular else self.particular & ~need.bit
        if need.until < math.inf:
            heapq.heappush(self._turns, (need.until, need.number, need))


def _opens(request: RequestClass) -> float:
    """When the head of a class is open to all who can serve it."""
    return request.head().queued_at + request.open_from


def _opened(need: Need, now: float) -> tuple[list[Ranked], list[RequestClass]]:
    """The classes of a need whose heads are open to all who can serve them, with their ranks, and the others."""
    ranked, young = list[Ranked](), list[RequestClass]()
    for request in need.classes:
        if _opens(request) > now:
            young.append(request)
        else:
            head = request.head()
            ranked.append((request.plan.curve.rank(head.queued_at, head.number, now, 1.0), request))
    return ranked, young


def _lasts(best_rank: Rank, best: RequestClass, ranked: Iterable[Ranked], now: float) -> float:
    """Until when the best class stays the best and is not past its cap, or else for how long it is past it."""
    boost, is_capped, _, age, _ = best_rank
    curve, until = best.plan.curve, math.inf
    if not is_capped and curve.cap is not None:
        until = curve.cap - age
    for rank, request in ranked:
        # among those past the cap the oldest stays first; only an older one with a later cap can pass it
        if rank[0] == boost and request is not best and not (is_capped and (rank[1] or rank[3] < age)):
            until = min(until, _overtakes(curve, best_rank, request.plan.curve, rank, now) - _MARGIN)
    return until


def _overtakes(one: Curve, best_rank: Rank, two: Curve, rank: Rank, now: float) -> float:
    """When an item of the second curve may become more urgent than the best one."""
    capped = math.inf if two.cap is None else two.cap - rank[3]
    if best_rank[1]:
        return capped
    if one.convexity != 1.0 or -rank[3] > now or -best_rank[3] > now:
        return now
    gain = two.slope - one.slope
    return capped if gain <= 0.0 else min(capped, now + (best_rank[2] - rank[2]) / gain)
