"""How long customers wait before they give up, learned from a day on which most were answered before that. Pure.

Who was answered after 20 s would have waited for at least 20 s; more is not known of him. So what is learned is the
risk of giving up in each part of a wait, from all who were still there (piecewise constant hazard), and what is drawn
for somebody is his patience beyond what he has shown.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from routing.recorded.day import LIVE, Contact

_EDGES = (0.0, 5.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0)
"""Where the parts begin."""
_USUAL = 240.0
"""Mean patience of people of whom nothing is known."""
_SHRINK = 3.0
"""Each part is taken to have so many more who gave up, at the overall risk: a part in which nobody was is no zero."""


@dataclass(frozen=True, slots=True)
class Patience:
    """The risk of giving up, a second, in each part of a wait."""

    risks: tuple[float, ...]

    def draw(self, chance: Random, shown: float = 0.0) -> float:
        """A wait after which somebody gives up who has waited for ``shown`` seconds already."""
        left, at = chance.expovariate(1.0), shown
        for part in range(bisect_right(_EDGES, shown) - 1, len(_EDGES)):
            end = _EDGES[part + 1] if part + 1 < len(_EDGES) else float("inf")
            needed = self.risks[part] * (end - at)
            if left < needed:
                break
            left, at = left - needed, end
        return at + left / self.risks[part]


def learn(contacts: Iterable[Contact]) -> Patience:
    """From contacts of one channel."""
    left = [0.0] * len(_EDGES)
    exposed = [0.0] * len(_EDGES)
    for contact in contacts:
        if contact.kind != LIVE:
            continue
        last = bisect_right(_EDGES, contact.wait) - 1
        for part in range(last):
            exposed[part] += _EDGES[part + 1] - _EDGES[part]
        exposed[last] += contact.wait - _EDGES[last]
        left[last] += not contact.answered
    overall = (sum(left) + 1.0) / (sum(exposed) + _USUAL)
    return Patience(
        tuple((gone + _SHRINK) / (time + _SHRINK / overall) for gone, time in zip(left, exposed, strict=True))
    )
