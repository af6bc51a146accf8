"""Plans: what all items of one kind, tier and need have in common, worked out once from the policy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from routing.engine.classes import RequestClass
from routing.engine.lanes import Lane
from routing.engine.needs import Need, Needs
from routing.engine.picture import Asked
from routing.engine.policy import Policy
from routing.engine.stages import Guards, Stage, demanded_levels, guards_of, stages_of
from routing.engine.urgency import Curve, curve_of
from routing.engine.values import ItemKind, Skills, WaitingItem

_MOST = 20_000
_FOLLOW_UP = ItemKind.FOLLOW_UP
_Key = tuple[str, bool, int, frozenset[UUID], Skills, Skills, str, bool, float | None, float, int]


class Plan:
    """Urgency, stages, and for each stage the lanes that it is open to: the first that has anybody on duty."""

    __slots__ = (
        "arrived", "asked", "curve", "final", "guards", "guards_end", "lanes", "need", "presses", "request", "stages",
        "target", "words",
    )  # fmt: skip

    def __init__(
        self, *, need: Need, asked: Asked, curve: Curve, stages: tuple[Stage, ...], lanes: tuple[tuple[Lane, ...], ...],
        guards: Guards, presses: bool, words: dict[str, Any],
    ) -> None:  # fmt: skip
        self.need = need
        self.asked = asked
        self.curve = curve
        self.stages = stages
        self.lanes = lanes
        self.final = lanes[-1][-1]
        self.target = curve.target
        self.guards = guards
        self.guards_end = guards.end
        self.presses = presses
        """Whether items of this plan count as pressure: somebody waits who will not wait for long."""
        self.arrived = 0
        """How many items came since demand was last counted."""
        self.words = words
        """What is needed, as explanations say it; never to be changed."""
        self.request = RequestClass(self)


class Planner:
    """Makes plans under one policy."""

    def __init__(self, policy: Policy, needs: Needs) -> None:
        self._policy = policy
        self._needs = needs
        self._plans: dict[_Key, Plan] = {}

    def plan(self, item: WaitingItem) -> Plan:
        """The plan of an item."""
        key = (
            item.channel, item.interruptible, item.queue_id.int, item.also, item.skills, item.preferred, item.tier,
            item.kind is _FOLLOW_UP, item.target, item.head_start, item.boost,
        )  # fmt: skip
        found = self._plans.get(key)
        if found is None:
            if len(self._plans) >= _MOST:  # items keep theirs; only sharing is lost
                self._plans.clear()
            found = self._plans[key] = self._make(item)
        return found

    def plans(self) -> Iterable[Plan]:
        """Those that were made lately."""
        return self._plans.values()

    def _make(self, item: WaitingItem) -> Plan:
        service = self._policy.service(item.channel, item.tier)
        curve = curve_of(
            self._policy, service, kind=item.kind, target=item.target, head_start=item.head_start, boost=item.boost
        )
        queues = tuple(sorted({item.queue_id, *item.also}))
        need = self._needs.need((item.channel, item.interruptible), queues, item.skills, item.preferred)
        stages = stages_of(service, curve.target, curve.cap)
        return Plan(
            need=need,
            asked=(item.channel, item.interruptible, item.queue_id, item.skills),
            curve=curve,
            stages=stages,
            lanes=tuple(self._open_to(need, stages[number:]) for number in range(len(stages))),
            guards=guards_of(service, curve.target, curve.cap),
            presses=curve.cap is not None,
            words=_words(item),
        )

    def _open_to(self, need: Need, stages: tuple[Stage, ...]) -> tuple[Lane, ...]:
        """The lanes of a stage in the order in which they are tried, down to that of the last stage."""
        found: dict[Lane, None] = {}
        for stage in stages:
            levels = demanded_levels(need.skills, need.preferred, stage)
            for closed in (True, False) if stage.blend_closed else (False,):
                found[self._needs.lane(need, levels, blend_closed=closed)] = None
        return tuple(found)


def _words(item: WaitingItem) -> dict[str, Any]:
    needed: dict[str, Any] = {"queue": str(item.queue_id), "skills": dict(sorted(item.skills))}
    if item.also:
        needed["also"] = sorted(map(str, item.also))
    if item.preferred:
        needed["preferred"] = dict(sorted(item.preferred))
    return needed
