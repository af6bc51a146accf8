"""How long a new item is going to wait: a range, not a number. Pure; the caller tells what happens and when.

Two simple forecasts fail in opposite ways when skills and tiers split a queue into many small ones: the wait of the
last who was answered (LES) is old news, the line ahead over the pace of its agents (drain) knows nothing of who else
they serve. Their mean, and never less than the head of the line has waited (HOL), is better than each of them
(Ibrahim and Whitt, 2009 to 2011, compare them for one queue). The range comes from the forecast's own late errors, so
that eight of ten waits end inside it whatever the day is like.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

_FRESH_SECONDS = 600.0
"""For how long the wait of the last who was answered says something."""
_REMEMBERED = 400
"""Errors of each size of forecast."""
_ENOUGH = 25
_BOUNDS = (10.0, 20.0, 35.0, 60.0, 120.0)
"""Sizes of forecasts, in seconds, that err differently."""
_UNLEARNED = (0.1, 0.8, 2.2)
_TOLD_FROM = 20.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds from queueing to the answer."""

    low: float
    likely: float
    high: float
    """Eight of ten waits end between low and high."""
    blend: float
    """What the forecast said before it was corrected by its errors; hand it to ``learn``."""

    @property
    def is_worth_telling(self) -> bool:
        """Nobody needs a number for a wait under 20 s."""
        return self.likely >= _TOLD_FROM


def drain_seconds(ahead: float, agents: float, handle: float) -> float:
    """Time until ``agents`` with a mean ``handle`` time have taken those ``ahead`` and the next one."""
    return (ahead + 1.0) * handle / max(agents, 0.5)


class WaitEstimator:
    """Forecasts by class; a class is named by keys, the most particular first (need and tier, then need, then tier)."""

    def __init__(self) -> None:
        self._last: dict[Hashable, tuple[float, float]] = {}
        self._errors = [_Errors() for _ in range(len(_BOUNDS) + 1)]
        self._later = [_Errors() for _ in range(len(_BOUNDS) + 1)]

    def answered(self, keys: Sequence[Hashable], waited: float, now: float) -> None:
        """An item of these keys was answered after ``waited`` seconds."""
        for key in keys:
            self._last[key] = now, waited

    def estimate(self, keys: Sequence[Hashable], *, head_wait: float, drain: float, now: float) -> Estimate:
        """The forecast for an item that joins now.

        ``head_wait``: how long the oldest of its class has waited (0 if none does); ``drain``: see ``drain_seconds``.
        """
        return _told(_blend(self._last_wait(keys, now), head_wait, drain), self._errors)

    def remaining(
        self, keys: Sequence[Hashable], *, waited: float, head_wait: float, drain: float, now: float
    ) -> Estimate:
        """How much longer one waits who has waited for so long: the same forecast, less what is behind him.

        ``drain`` is that of his present place. Its errors are a matter of their own: see ``learn_remaining``.
        """
        last = self._last_wait(keys, now)
        left = None if last is None else max(0.0, last - waited)
        return _told(_blend(left, head_wait - waited, drain), self._later)

    def learn(self, blend: float, waited: float) -> None:
        """An item for which ``Estimate.blend`` was this was answered after ``waited`` seconds."""
        self._errors[bisect_left(_BOUNDS, blend)].add(waited / max(blend, 0.001))

    def learn_remaining(self, blend: float, waited: float) -> None:
        """One for whom the blend of ``remaining`` was this was answered so many seconds after it."""
        self._later[bisect_left(_BOUNDS, blend)].add(waited / max(blend, 0.001))

    def _last_wait(self, keys: Sequence[Hashable], now: float) -> float | None:
        return next((found[1] for key in keys if (found := self._fresh(key, now)) is not None), None)

    def _fresh(self, key: Hashable, now: float) -> tuple[float, float] | None:
        found = self._last.get(key)
        return found if found is not None and now - found[0] <= _FRESH_SECONDS else None


class _Errors:
    """The last true waits over what was forecast."""

    def __init__(self) -> None:
        self._order: deque[float] = deque()
        self._sorted: list[float] = []

    def add(self, ratio: float) -> None:
        self._order.append(ratio)
        insort(self._sorted, ratio)
        if len(self._order) > _REMEMBERED:
            del self._sorted[bisect_left(self._sorted, self._order.popleft())]

    def spread(self) -> tuple[float, float, float]:
        """The tenth, the middle and the ninetieth of a hundred."""
        count = len(self._sorted)
        if count < _ENOUGH:
            return _UNLEARNED
        low, likely, high = (self._sorted[min(count - 1, int(share * count))] for share in (0.10, 0.50, 0.90))
        return low, likely, high


def _blend(last: float | None, head_wait: float, drain: float) -> float:
    return max(head_wait, drain if last is None else (last + drain) / 2)


def _told(blend: float, errors: Sequence[_Errors]) -> Estimate:
    low, likely, high = errors[bisect_left(_BOUNDS, blend)].spread()
    return Estimate(low * blend, likely * blend, high * blend, blend)
