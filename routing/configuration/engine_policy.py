"""From service policies, queues' targets and tuned weights to the engine's policy. Pure.

What a policy leaves open is by the engine's formula. A (tier, grade) pair is a tier of its own to the engine, with
the formula's values of its tier.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from statistics import median
from typing import Any

import orjson

from core.interaction import Channel
from routing.configuration.model import ANY_GRADE, Policies, ServicePolicy, Tuning
from routing.engine.policy import ANY, Policy, Service, default_policy
from routing.floor.services import ServiceClass, Services

_USUAL_TARGET = 20.0
_SCALED = ("head_start", "cap", "scarce_wait", "kept_wait", "blend_wait", "preferred_wait")
QueueTargets = Mapping[str, float]
"""Channel to seconds; ``*`` for the channels that are not named."""


def class_name(tier: str, grade: str) -> str:
    """What the engine calls the customers of a pair."""
    return tier if grade == ANY_GRADE else f"{tier}/{grade}"


def services_of(policies: Policies) -> Services:
    """The classes of all pairs; unknown tiers are served as the last."""
    classes = {
        (tier, None if grade == ANY_GRADE else grade): ServiceClass(
            class_name(tier, grade), float(each.target_factor), each.account_manager_first_seconds,
            each.last_agent_first_seconds,
        )
        for tier, grades in policies.items() for grade, each in grades.items()
    }  # fmt: skip
    last = next(reversed(list(policies)), "")
    return Services(classes, classes.get((last, None), ServiceClass(last)))


def engine_policy(name: str, policies: Policies, queues: list[QueueTargets], tuning: Tuning) -> Policy:
    """The policy of a domain; its version follows from its values, so that equal policies have one version."""
    targets = {channel.value: _usual(queues, channel.value) for channel in Channel}
    plain = {
        (channel, tier): seconds * float(grades[ANY_GRADE].target_factor)
        for channel, seconds in targets.items()
        for tier, grades in policies.items()
    }
    formula = default_policy(tuple(policies), plain, name=name, version="")
    factors = tuning.get("service", {})
    services = tuple((key, _turned(line, factors)) for key, line in _services(formula, policies, targets))
    built = Policy.from_json(_tuned(replace(formula, services=services).as_json(), tuning))
    return replace(built, version=hashlib.sha256(orjson.dumps(built.as_json())).hexdigest()[:12])


def _usual(queues: list[QueueTargets], channel: str) -> float:
    """The target that half of the queues undercut."""
    return median([each.get(channel, each.get(ANY, _USUAL_TARGET)) for each in queues] or [_USUAL_TARGET])


def _services(
    formula: Policy, policies: Policies, targets: Mapping[str, float]
) -> Iterator[tuple[tuple[str, str], Service]]:
    least = next(reversed(list(policies)), "")
    for channel, seconds in targets.items():
        pace = formula.service(channel, least)
        for tier, grades in policies.items():
            usual = formula.service(channel, tier)
            for grade, each in grades.items():
                target = seconds * float(each.target_factor)
                yield (channel, class_name(tier, grade)), _service(replace(usual, target=target), pace, each)
        yield (channel, ANY), _service(pace, pace, policies.get(least, {}).get(ANY_GRADE, ServicePolicy()))


def _service(usual: Service, pace: Service, policy: ServicePolicy) -> Service:
    """``pace``: what the least valuable tier gets by the formula, to which weight and head start refer."""
    slope = usual.slope if policy.weight is None else pace.slope * float(policy.weight)
    start = usual.head_start
    if policy.head_start_seconds is not None:
        start = policy.head_start_seconds * (1.0 if usual.cap is not None else pace.slope)
    return replace(usual, slope=slope, head_start=start)


def _turned(line: Service, factors: Mapping[str, float]) -> Service:
    """The line with its numbers multiplied; what is 0 or none stays so."""
    scaled: dict[str, Any] = {
        name: value * factors[name]
        for name in _SCALED
        if name in factors and (value := getattr(line, name)) is not None
    }
    relax = tuple(replace(step, until=step.until * factors.get("relax", 1.0)) for step in line.relax)
    return replace(line, slope=line.slope ** factors.get("steepness", 1.0), relax=relax, **scaled)


def _tuned(policy: dict[str, Any], tuning: Tuning) -> dict[str, Any]:
    return policy | {part: policy[part] | dict(values) for part, values in tuning.items() if part != "service"}
