"""The rivals by name, and the worlds in which the bounds are measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from routing.simulation import rivals
from routing.simulation.day import Day
from routing.simulation.floor import Desk, Router
from routing.simulation.rivals import Heads, Remembering, Rule
from routing.simulation.world import World

MakeRouter = Callable[[Day, list[Desk]], Router]
REFERENCE = "fifo"
_RINGS_15 = ((0.0, 4), (15.0, 3), (30.0, 1))


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table."""

    title: str
    make: MakeRouter
    pooled: int = 0
    """Above 0: a bound, measured with agents who all know everything at this level."""

    def world(self, world: World) -> World:
        """The world in which it is measured."""
        return replace(world, pooled=self.pooled) if self.pooled else world


def _rule(rule: Rule) -> MakeRouter:
    return partial(Heads, rule)


def _rivals() -> Mapping[str, Entry]:
    fifo = Rule(rivals.oldest, rivals.longest_idle)
    strict = Rule(rivals.strict, rivals.longest_idle)
    minutes = rivals.head_start((180.0, 120.0, 60.0, 0.0))
    return {
        "app_queue": Entry("app_queue as it comes: queues unordered, leastrecent",
                           _rule(Rule(rivals.unordered, rivals.longest_idle))),
        REFERENCE: Entry("FIFO + longest idle", _rule(fifo)),
        "rrmemory": Entry("FIFO + rrmemory", partial(Remembering, fifo)),
        "fewestcalls": Entry("FIFO + fewestcalls", _rule(Rule(rivals.oldest, rivals.fewest))),
        "random": Entry("FIFO + random", _rule(Rule(rivals.oldest, rivals.anybody))),
        "queuerules": Entry("queuerules: penalties open at 15 and 30 s, FIFO",
                            _rule(Rule(rivals.oldest, rivals.best_level, _RINGS_15))),
        "weight_penalty": Entry("app_queue weight (tier) + penalty (level)",
                                _rule(Rule(rivals.strict, rivals.best_level))),
        "strict": Entry("strict priority + longest idle (TaskRouter)", _rule(strict)),
        "callcenter": Entry("mod_callcenter: score + tiers of 15 s",
                            _rule(Rule(minutes, rivals.best_level, _RINGS_15))),
        "callcenter_tuned": Entry("mod_callcenter, tuned: head start 270/180/84/0 s, best level, no ring",
                                  _rule(Rule(rivals.head_start((270.0, 180.0, 84.0, 0.0)), rivals.best_level))),
        "bullseye": Entry("Genesys bullseye 3 x 15 s + score",
                          _rule(Rule(minutes, rivals.longest_idle, _RINGS_15))),
        "connect": Entry("Connect: strict + steps of 20 s",
                         _rule(Rule(rivals.strict, rivals.longest_idle, ((0.0, 4), (20.0, 3), (40.0, 1))))),
        "p4_fifo": Entry("bound P4: everybody knows everything, FIFO", _rule(fifo), pooled=4),
        "p4_strict": Entry("bound P4, strict", _rule(strict), pooled=4),
        "p5_fifo": Entry("bound P5: everybody an expert of everything, FIFO", _rule(fifo), pooled=5),
    }  # fmt: skip


RIVALS = _rivals()
