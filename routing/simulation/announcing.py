"""What callers would have been told on a simulated day, and what then came true."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from routing.engine.estimate import Estimate, WaitEstimator, drain_seconds
from routing.simulation.day import Day
from routing.simulation.floor import Case, Desk, Router
from routing.simulation.running import run
from routing.simulation.world import SIGNATURES, TIERS, VOICE

_AT_ONCE = 0.5
"""Who is answered sooner has not waited and is told nothing."""
LATER = 30.0
"""After so many seconds of waiting it is looked again how long it will take."""


@dataclass(frozen=True, slots=True)
class Told:
    """One caller who waited and was answered."""

    estimate: Estimate
    drain: float
    head_wait: float
    waited: float


class Announcer:
    """Watches a run and forecasts the wait of every call that joins; it learns as the day goes on."""

    def __init__(self, day: Day, estimator: WaitEstimator) -> None:
        self.told: list[Told] = []
        self._estimator = estimator
        self._handle = day.world.handle[VOICE]
        self.told_later: list[Told] = []
        """Those who were looked at again: what they were told then, and how much longer it took."""
        self._open: dict[int, tuple[Estimate, float, float]] = {}
        self._to_come: deque[Case] = deque()
        self._later: dict[int, tuple[Told, float]] = {}
        self._lines: dict[tuple[int, int], deque[Case]] = {}
        self._waiting: dict[tuple[int, int], int] = {}
        able = [
            {agent.number for agent in day.agents if agent.calls and agent.levels[number]}
            for number in range(SIGNATURES)
        ]
        self._agents = [len(found) for found in able]
        self._shared = [[len(mine & theirs) / max(1, len(theirs)) for theirs in able] for mine in able]

    def __call__(self, what: str, case: Case, desk: Desk | None, now: float) -> None:
        """What ``run`` tells."""
        if case.channel != VOICE:
            return
        while self._to_come and self._to_come[0].at + LATER <= now:
            self._look_again(self._to_come.popleft(), now)
        if what == "queued":
            self._join(case, now)
        elif what in ("started", "left"):
            self._leave(case, now)

    def _join(self, case: Case, now: float) -> None:
        place = case.signature, case.tier
        line = self._lines.setdefault(place, deque())
        while line and not line[0].waiting:
            line.popleft()
        head_wait = now - line[0].at if line else 0.0
        drain = drain_seconds(self._ahead(case), self._agents[case.signature], self._handle)
        estimate = self._estimator.estimate(_keys(case), head_wait=head_wait, drain=drain, now=now)
        self._open[case.number] = estimate, drain, head_wait
        line.append(case)
        self._to_come.append(case)
        self._waiting[place] = self._waiting.get(place, 0) + 1

    def _leave(self, case: Case, now: float) -> None:
        self._waiting[case.signature, case.tier] -= 1
        estimate, drain, head_wait = self._open.pop(case.number)
        later = self._later.pop(case.number, None)
        if case.started < 0 or case.wait < _AT_ONCE:
            return
        self._estimator.answered(_keys(case), case.wait, now)
        self._estimator.learn(estimate.blend, case.wait)
        self.told.append(Told(estimate, drain, head_wait, case.wait))
        if later is not None:
            told, since = later
            self._estimator.learn_remaining(told.estimate.blend, now - since)
            self.told_later.append(Told(told.estimate, told.drain, told.head_wait, now - since))

    def _look_again(self, case: Case, now: float) -> None:
        """How much longer somebody waits, from the place that he has by now."""
        if not case.waiting:
            return
        line = self._lines[case.signature, case.tier]
        head_wait = now - next(other.at for other in line if other.waiting)
        drain = drain_seconds(self._before(case), self._agents[case.signature], self._handle)
        estimate = self._estimator.remaining(
            _keys(case), waited=now - case.at, head_wait=head_wait, drain=drain, now=now
        )
        self._later[case.number] = Told(estimate, drain, head_wait, 0.0), now

    def _before(self, case: Case) -> float:
        """Who goes first: those of a better tier, and of his own those who came before him."""
        shared, total = self._shared[case.signature], 0.0
        for (number, tier), line in self._lines.items():
            if tier < case.tier:
                total += shared[number] * self._waiting.get((number, tier), 0)
            elif tier == case.tier:
                total += shared[number] * sum(other.waiting and other.at < case.at for other in line)
        return total

    def _ahead(self, case: Case) -> float:
        """Who goes first, each as far as the same agents serve him."""
        shared = self._shared[case.signature]
        return sum(
            count * shared[number] for (number, tier), count in self._waiting.items() if count and tier <= case.tier
        )


def _keys(case: Case) -> tuple[tuple[str, int, int], ...]:
    return ("class", case.signature, case.tier), ("need", case.signature, len(TIERS)), ("tier", -1, case.tier)


def announce(
    day: Day,
    make_router: Callable[[Day, list[Desk]], Router],
    estimator: WaitEstimator,
    later: list[Told] | None = None,
) -> list[Told]:
    """A day under a rule with announcements; the estimator keeps what it has learnt for the next day.

    ``later`` gets what was told to those who were looked at again.
    """
    announcer = Announcer(day, estimator)
    run(day, make_router, announcer)
    if later is not None:
        later += announcer.told_later
    return announcer.told
