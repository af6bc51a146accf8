"""The numbers of a configuration that a tuner may turn, and the configuration with some of them turned. Pure.

What is turned stays within what the file of the configuration can say: ``tuning``, and weight and head start of the
tiers. Everything is a factor of what it is now; a weight that is 0 is turned as if it had its usual value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from routing.configuration.engine_policy import QueueTargets, engine_policy
from routing.configuration.model import ANY_GRADE, Policies, ServicePolicy, Tuning, Whole
from routing.configuration.read_tuning import FACTORS, weights_of
from routing.engine.policy import ANY, VOICE, Policy
from routing.recorded.day import RecordedDay
from routing.simulation.tune import Factors

_WEIGHT, _HEAD_START = "weight", "head_start_seconds"
_ORDER = ("speed_power", "scarce_factor")
_CHOICE = ("speed", "flexibility", "scarce", "consolidation", "occupancy")
_OF_SEVERAL_CHANNELS = frozenset({"service.blend_wait", "choice.consolidation"})
_OF_LARGE_TEAMS = frozenset({"service.relax", "service.scarce_wait", "service.kept_wait"})
_GREATEST = {"tuning": 99_999.0, _WEIGHT: 99.0, _HEAD_START: 86_400.0}


def knobs_for(whole: Whole, days: Sequence[RecordedDay]) -> list[str]:
    """The numbers that mean something on such days, those of the tiers first."""
    tiers = [tier for tier, grades in whole.policies.items() if ANY_GRADE in grades][:-1]
    found = [f"policies.{tier}.{name}" for name in (_HEAD_START, _WEIGHT) for tier in tiers]
    found += [f"service.{name}" for name in FACTORS]
    found += [f"order.{name}" for name in _ORDER] + [f"choice.{name}" for name in _CHOICE]
    return [knob for knob in found if knob not in _meaningless(whole, days)]


def _meaningless(whole: Whole, days: Sequence[RecordedDay]) -> set[str]:
    found: set[str] = set()
    if len({contact.channel for day in days for contact in day.contacts}) < 2:
        found |= _OF_SEVERAL_CHANNELS
    small = whole.tuning.get("reserves", {}).get("small_team", Policy().reserves.small_team)
    if max(len(day.staff) for day in days) < small:
        found |= _OF_LARGE_TEAMS
    if not any(queue.preferred for queue in whole.queues.values()):
        found.add("service.preferred_wait")
    return found


def turned(whole: Whole, factors: Factors) -> Whole:
    """The configuration with its numbers multiplied."""
    moved = {knob: factor for knob, factor in factors.items() if factor != 1.0}
    of_tiers = {knob: factor for knob, factor in moved.items() if knob.startswith("policies.")}
    return replace(
        whole, policies=_turned_policies(whole, of_tiers),
        tuning=_turned_tuning(whole.tuning, {knob: each for knob, each in moved.items() if knob not in of_tiers}),
    )  # fmt: skip


def _turned_tuning(tuning: Tuning, factors: Factors) -> Tuning:
    found = {part: dict(values) for part, values in tuning.items()}
    for knob, factor in factors.items():
        part, name = knob.split(".", 1)
        usual = weights_of(part)[name]
        value = (found.get(part, {}).get(name, usual) or usual) * factor
        found.setdefault(part, {})[name] = round(min(_GREATEST["tuning"], value), 4)
    return found


def _turned_policies(whole: Whole, factors: Factors) -> Policies:
    if not factors:
        return whole.policies
    found = {tier: dict(grades) for tier, grades in whole.policies.items()}
    for knob, factor in factors.items():
        tier, name = knob.removeprefix("policies.").rsplit(".", 1)
        found[tier][ANY_GRADE] = _turned_policy(found[tier][ANY_GRADE], name, _usual(whole, tier)[name], factor)
    return found


def _turned_policy(policy: ServicePolicy, name: str, usual: float, factor: float) -> ServicePolicy:
    value = min(_GREATEST[name], float(getattr(policy, name) or usual) * factor)
    if name == _WEIGHT:
        return replace(policy, weight=max(Decimal("0.001"), Decimal(str(round(value, 3)))).normalize())
    return replace(policy, head_start_seconds=round(value))


def _usual(whole: Whole, tier: str) -> Mapping[str, float]:
    """What the formula gives a tier, in the words of the file."""
    plain = {
        name: {ANY_GRADE: replace(grades[ANY_GRADE], weight=None, head_start_seconds=None)}
        for name, grades in whole.policies.items()
        if ANY_GRADE in grades
    }
    targets: list[QueueTargets] = [{ANY: float(queue.target_seconds)} for queue in whole.queues.values()]
    policy = engine_policy("usual", plain, targets, {})
    line, pace = policy.service(VOICE, tier), policy.service(VOICE, next(reversed(plain)))
    return {_WEIGHT: line.slope / pace.slope, _HEAD_START: line.head_start}
