"""The rules of routing as one value: what the engine, the simulation and the tuner pass around.

Every time below is in seconds, every ``*_wait`` a share of the item's own target. A policy is compared, stored and
replayed as a whole; whoever changes a value gives it a new version.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from routing.engine.policy_json import as_json, from_json
from routing.engine.values import ItemKind

ANY = "*"
"""Stands for every channel or tier that has no line of its own."""
VOICE = "voice"


@dataclass(frozen=True, slots=True)
class RelaxStep:
    """Until this share of the target has passed, only agents of at least this level in all that is needed."""

    until: float
    minimum_level: int


@dataclass(frozen=True, slots=True)
class Service:
    """What the items of one channel and tier get."""

    target: float = 20.0
    """Seconds to the answer; an item's own target goes before, and makes its slope steeper or flatter."""
    slope: float = 1.0
    """Urgency gained a second."""
    head_start: float = 0.0
    """Urgency on arrival."""
    cap: float | None = None
    """After so many seconds an item goes before all that have not waited so long for theirs, oldest first, and
    nothing is held back from it any more. None: never."""
    relax: tuple[RelaxStep, ...] = ()
    """In rising order of ``until``."""
    preferred_wait: float = 0.0
    """How long preferred skills are insisted on."""
    blend_wait: float = 0.0
    """How long a message leaves agents alone who could take a call now."""
    scarce_wait: float = 0.0
    """How long the last idle speakers of a scarce skill are kept from an item that does not need it."""
    kept_idle: int = 0
    """So many idle agents of each needed skill are kept from these items for better tiers,"""
    kept_wait: float = 0.0
    """for so long."""


@dataclass(frozen=True, slots=True)
class Order:
    """Which waiting item a freed agent takes: the greatest urgency times what speaks for this agent."""

    convexity: float = 1.0
    """1: urgency grows evenly. p: as the p-th power of the share of the target that has passed."""
    speed_power: float = 6.0
    """Weight of how fast the agent is at it."""
    scarce_factor: float = 1.36
    """For an item that needs a scarce skill of the agent."""
    membership_factor: float = 0.9
    """For each step that the queue is not his first duty."""
    known_factor: float = 1.5
    """For an item that is kept for him."""
    follow_up_factor: float = 0.25
    """For follow-ups, whom nobody waits for."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which free agent an item gets: the least sum of these costs, then the longest idle."""

    speed: float = 10.4
    """For one unit of handle time relative to the mean."""
    flexibility: float = 2.0
    """For what the agent is worth elsewhere: load by servers, over all that he can serve."""
    scarce: float = 0.99
    """For each scarce skill of his that is not needed."""
    consolidation: float = 0.5
    """For a message to an agent who could take a call now."""
    load: float = 0.1
    """For a full capacity; in proportion to what he holds."""
    occupancy: float = 40.0
    """For having been at work all the time lately, against the mean of his group."""
    membership: float = 0.5
    """For each step that the queue is not his first duty."""
    preferred: float = 1.0
    """For each preferred skill that he lacks."""
    interruption: float = 0.5
    """For being called away from something."""


@dataclass(frozen=True, slots=True)
class Reserves:
    """Who is kept idle, and when nobody is."""

    scarce: frozenset[str] | None = None
    """Scarce skills; None: those that at most ``scarce_share`` of the agents on duty have."""
    scarce_share: float = 0.25
    keep_scarce: int = 1
    """How many idle speakers of each scarce skill."""
    small_team: int = 30
    """With fewer agents on duty nothing waits for a better agent and nobody is kept idle."""
    off_load: float = 1.05
    """No reserves above this load, where it was told (``Engine.tell_load``);"""
    off_waiting: float = 0.3
    """else above so many waiting items an agent on duty."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much one agent holds at once."""

    total: float = 100.0
    costs: tuple[tuple[str, float], ...] = ((VOICE, 100.0), (ANY, 33.0))
    """What one item of a channel takes of the total."""
    exclusive: frozenset[str] = frozenset({VOICE})
    """Channels that take the whole agent: nothing beside them."""

    def cost(self, channel: str) -> float:
        """What one item takes."""
        costs = dict(self.costs)
        return costs.get(channel, costs.get(ANY, self.total))


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it."""

    name: str = "standard"
    version: str = "1"
    services: tuple[tuple[tuple[str, str], Service], ...] = ()
    """By (channel, tier); see ``service``."""
    order: Order = field(default_factory=Order)
    choice: Choice = field(default_factory=Choice)
    reserves: Reserves = field(default_factory=Reserves)
    capacity: Capacity = field(default_factory=Capacity)
    speeds: tuple[float, float, float, float, float] = (1.3, 1.15, 1.03, 0.95, 0.88)
    """Handle time relative to the mean, by level 1 to 5."""
    effort: tuple[tuple[str, float], ...] = ()
    """Work of one item of a channel relative to a call, to weigh demand by (1 where not named)."""
    picture_seconds: float = 60.0
    """How often demand and staff are weighed anew (flexibility, scarce skills)."""
    half_life: float = 7200.0
    """How fast past demand is forgotten."""

    def service(self, channel: str, tier: str) -> Service:
        """The line for a channel and tier, the most particular one that there is."""
        lines = dict(self.services)
        for key in ((channel, tier), (channel, ANY), (ANY, tier), (ANY, ANY)):
            if key in lines:
                return lines[key]
        return Service()

    def as_json(self) -> dict[str, Any]:
        """The policy in words of JSON."""
        found: dict[str, Any] = as_json(self)
        return found

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Policy:
        """The policy that ``as_json`` told. Raises ``ValueError`` or ``TypeError`` when it is none."""
        return from_json(cls, found)


def default_policy(
    tiers: Sequence[str] = ("",),
    targets: Mapping[tuple[str, str], float] | None = None,
    *,
    name: str = "standard",
    version: str = "1",
) -> Policy:
    """Good values by formula, from the tiers (best first) and the targets by (channel, tier) alone.

    The worst tier's voice target is the measure. Each better tier has a slope 1.5 times as steep and a head start of
    a quarter of its channel's widest target more, the best one of much more; other channels are slower in the
    proportion of their targets. Nothing is held back from the best tier. The factors were found on simulated days
    (``routing/simulation``; `./hotline bench routing-quality` tests them on others). With one tier, or
    without targets, agents are chosen by the same rules and nothing waits for anybody.
    """
    measured = dict(targets or {})
    measure = max((value for (channel, _), value in measured.items() if channel == VOICE), default=60.0)
    services: list[tuple[tuple[str, str], Service]] = []
    for channel in sorted({channel for channel, _ in measured}):
        worst = max(value for (each, _), value in measured.items() if each == channel)
        for rank, tier in enumerate(tiers):
            target = float(measured.get((channel, tier), worst))
            line = _service(
                channel=channel, rank=rank, tiers=len(tiers), target=target, measure=measure, worst=worst
            )  # fmt: skip
            services.append(((channel, tier), line))
        services.append(((channel, ANY), services[-1][1]))
    messages = sorted({channel for channel, _ in measured} - {VOICE})
    effort = tuple((channel, _EFFORT) for channel in messages)
    return Policy(name=name, version=version, services=tuple(services), effort=effort)


_STEEPER = 1.5
"""Slope ratio of neighbouring tiers."""
_AHEAD, _BEST_AHEAD = 0.25, 8 / 3
"""Head start of a tier over the one below, in widest targets of its channel (more of it and the bottom tier's long
waits grow, less and the middle tiers gain nothing); of the best tier, in measures: speed and age do not outdo it."""
_VOICE_CAP, _MESSAGE_CAP = 10 / 3, 0.75
"""When an item goes before all others: in measures for calls, whose callers have given up long before; for messages
in widest targets, so that those of the worst tier still are in time."""
_WIDE = 3.0
"""What messages mostly have as their widest target, in measures: more does not lead to a greater head start, less
not to an earlier cap."""
_EFFORT = 0.25
"""Work of a message relative to a call: several are done at once."""
_LIVE_FACTOR = 0.1
"""Channels with less pace than this beside voice are work of hours (e-mail): no cap, no head start to speak of."""


def _service(*, channel: str, rank: int, tiers: int, target: float, measure: float, worst: float) -> Service:
    below = tiers - 1 - rank
    pace = min(1.0, (measure / worst) ** 0.8)
    live = pace >= _LIVE_FACTOR
    best, voice = rank == 0 and tiers > 1, channel == VOICE
    ease = min(1.0, 3.0 * measure / target)  # nobody is kept idle for half an hour for the sake of a letter
    share = (0.15 if voice else 0.2) * ease
    wide = min(worst, _WIDE * measure) if live else measure * pace
    cap = max(measure, 30.0) * _VOICE_CAP if voice else max(worst, _WIDE * max(measure, 30.0)) * _MESSAGE_CAP
    return Service(
        target=target,
        slope=pace * _STEEPER**below,
        head_start=below * (_BEST_AHEAD * (measure if live else measure * pace) if best else _AHEAD * wide),
        cap=cap if live else None,
        relax=() if best or tiers == 1 else (RelaxStep(share / 2, 4), RelaxStep(share, 3)),
        preferred_wait=0.0 if best else share,
        blend_wait=0.0 if voice or best else 0.7 * ease,
        scarce_wait=0.0 if best or tiers == 1 else 5.0 * ease,
        kept_idle=1 if tiers > 1 and below == 0 else 0,
        kept_wait=0.15 * ease,
    )


def with_kind(service: Service, kind: ItemKind, order: Order) -> tuple[float, float, float | None]:
    """Slope, head start and cap of an item of this kind."""
    if kind is ItemKind.FOLLOW_UP:
        return service.slope * order.follow_up_factor, service.head_start * order.follow_up_factor, None
    return service.slope, service.head_start, service.cap
