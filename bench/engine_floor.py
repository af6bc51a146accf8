"""A floor in memory for measuring the engine alone: signatures of skills, tiers, agents at work, items that wait.

The scan beside it is the plainest thing that decides by the same urgency: it looks at every waiting item for a freed
agent and at every free agent for an arriving item, with the same bit masks, and explains nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from routing.engine.matcher import Engine
from routing.engine.policy import Policy, default_policy
from routing.engine.values import FreeAgent, WaitingItem, member_of

TIERS = ("vip", "gold", "silver", "bronze")
SHARES = (0.05, 0.15, 0.30, 0.50)
VOICE, CHAT = (10.0, 15.0, 20.0, 60.0), (30.0, 45.0, 60.0, 180.0)
QUEUE = UUID(int=1)
SKILLS = tuple(f"s{number}" for number in range(20))
STEP_SECONDS = 0.03
"""Between two arrivals; 10,000 agents take 12 items an hour each. Who waits at the start came at this pace."""


def policy() -> Policy:
    """The standard policy for four tiers on two channels."""
    targets = {("voice", tier): seconds for tier, seconds in zip(TIERS, VOICE, strict=True)}
    return default_policy(TIERS, targets | {("chat", tier): s for tier, s in zip(TIERS, CHAT, strict=True)})


@dataclass
class Shape:
    """How large a floor is, and how varied."""

    agents: int
    waiting: int
    requests: int = 50
    """Different demands of items."""
    profiles: int = 50
    """Different agents."""
    free: float = 0.0
    """Share of the agents who are idle at the start."""
    seed: int = 7
    items: list[WaitingItem] = field(default_factory=list)
    people: list[FreeAgent] = field(default_factory=list)


def furnish(shape: Shape, now: float) -> Shape:
    """Draw items and agents."""
    dice = random.Random(shape.seed)
    demands = [(dice.choice(("voice", "voice", "chat")), _skills(dice, 1, 2, 3)) for _ in range(shape.requests)]
    kinds = [_profile(dice) for _ in range(shape.profiles)]
    shape.people = [
        replace(dice.choice(kinds), id=UUID(int=1_000_000 + n), idle_since=now - dice.random() * 100,
                occupancy=0.7 + 0.25 * dice.random())
        for n in range(shape.agents)
    ]  # fmt: skip
    shape.items = [
        _item(dice, demands, n, now - STEP_SECONDS * shape.waiting * dice.random()) for n in range(shape.waiting)
    ]
    return shape


def more_items(shape: Shape, count: int) -> list[WaitingItem]:
    """Items like those that wait, to arrive later (``queued_at`` is to be set)."""
    dice = random.Random(shape.seed + 1)
    models = shape.items or furnish(replace(shape, waiting=500, agents=1), 0.0).items
    return [replace(dice.choice(models), id=UUID(int=50_000_000 + n)) for n in range(count)]


def _skills(dice: random.Random, least: int, most: int, top: int) -> frozenset[tuple[str, int]]:
    return frozenset((code, dice.randint(1, top)) for code in dice.sample(SKILLS, dice.randint(least, most)))


def _profile(dice: random.Random) -> FreeAgent:
    channels = dice.choice((("voice",), ("voice",), ("chat",), ("voice", "chat")))
    return FreeAgent(
        UUID(int=0), 0.0, frozenset(channels), member_of([QUEUE]), _skills(dice, 6, 12, 5), group="+".join(channels)
    )


def _item(dice: random.Random, demands: list[Any], number: int, queued_at: float) -> WaitingItem:
    channel, skills = dice.choice(demands)
    return WaitingItem(
        UUID(int=10_000_000 + number), channel, QUEUE, queued_at, skills, tier=dice.choices(TIERS, SHARES)[0]
    )


def built(shape: Shape, now: float) -> Engine:
    """An engine with everybody on duty, the given share free, and everything waiting."""
    engine = Engine(policy())
    engine.relax(now)
    for number, person in enumerate(shape.people):
        if number < shape.free * shape.agents:
            engine.put_agent(person)
        else:
            engine.put_busy(person)
    engine.relax(now)
    for item in shape.items:
        engine.put_item(item)
    engine.look_around(now)
    while engine.relax(now):
        pass
    return engine


class Scan:
    """What the engine's own masks, costs and curves say, by looking at everything."""

    def __init__(self, engine: Engine) -> None:
        self._board = engine._board

    def freed(self, agent_id: UUID, now: float) -> UUID | None:
        """The most urgent item for a free agent."""
        seat = self._board.roster.seats[agent_id]
        offered, factor = seat.offered, self._board.weights.factor
        best, found, keeps = (-1, -1, -1.0, 0.0, 0), None, not self._board.reserves.are_off
        for entry in self._board.lineup.entries.values():
            if (
                entry.plan.final.fits(offered)
                and agent_id not in entry.excluded
                and entry.plan.request.is_open_to(entry, offered, now)
                and not (keeps and self._board.reserves.holds_back(seat.profile, entry))
            ):
                weight = factor(seat.profile, entry.plan.need)
                rank = entry.plan.curve.rank(entry.queued_at, entry.number, now, weight)
                if rank > best:
                    best, found = rank, entry.item.id
        return found

    def arrived(self, item_id: UUID, now: float) -> UUID | None:
        """The cheapest free agent for an item."""
        entry = self._board.lineup.entries[item_id]
        lane, weights, request = entry.plan.final, self._board.weights, entry.plan.request
        best, found, keeps = (1 << 60, 0.0, 0), None, not self._board.reserves.are_off
        for seat in self._board.roster.seats.values():
            if (
                seat.free
                and request.is_open_to(entry, seat.offered, now)
                and seat.agent.id not in entry.excluded
                and not (keeps and self._board.reserves.holds_back(seat.profile, entry))
            ):
                rank = lane.cost(seat, weights) - seat.group.mean, seat.agent.idle_since, seat.number
                if rank < best:
                    best, found = rank, seat.agent.id
        return found
