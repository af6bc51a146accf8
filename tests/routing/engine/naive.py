"""The same two questions answered by looking at everything: the measure that the engine is held against.

It shares the rules with the engine (urgency, costs, stages, room: pure functions of one item and one agent), and
nothing of what makes the engine fast: no bits, no classes, no heaps, no timers, no memory of what was held back.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from routing.engine.capacity import can_take_call, has_room
from routing.engine.choice import mean_cost, occupancy_cost, passing_cost, standing_cost
from routing.engine.picture import Picture
from routing.engine.policy import Policy
from routing.engine.reserves import is_overloaded
from routing.engine.stages import Guards, Stage, demanded_levels, guards_of, stage_at, stages_of
from routing.engine.urgency import Curve, Rank, curve_of, factor, speed
from routing.engine.values import FreeAgent, Skills, WaitingItem


@dataclass
class NaiveScan:
    """Lists, and a scan for every decision."""

    policy: Policy = field(default_factory=Policy)
    items: dict[UUID, WaitingItem] = field(default_factory=dict)
    free: dict[UUID, FreeAgent] = field(default_factory=dict)
    duty: dict[UUID, FreeAgent] = field(default_factory=dict)
    picture: Picture = field(default_factory=Picture)
    load: float | None = None
    now: float = 0.0

    # -- the two questions -----------------------------------------------------------------------

    def choose_agent(self, item_id: UUID) -> UUID | None:
        item = self.items[item_id]
        allowed = [agent for agent in self.free.values() if self.may(item, agent)]
        return min(allowed, key=lambda agent: self.agent_rank(item, agent)).id if allowed else None

    def choose_item(self, agent_id: UUID) -> UUID | None:
        agent = self.free[agent_id]
        allowed = [item for item in self.items.values() if self.may(item, agent)]
        return max(allowed, key=lambda item: self.item_rank(item, agent)).id if allowed else None

    def fitting(self, item_id: UUID) -> list[UUID]:
        item = self.items[item_id]
        allowed = [agent for agent in self.free.values() if self.may(item, agent)]
        return [agent.id for agent in sorted(allowed, key=lambda agent: self.agent_rank(item, agent))]

    # -- who may ---------------------------------------------------------------------------------

    def may(self, item: WaitingItem, agent: FreeAgent) -> bool:
        if agent.id in item.excluded or not self.has_room(item, agent):
            return False
        if item.demanded is not None:
            return agent.id in item.demanded
        if self.holders(item):
            own = [known for known in item.known if known.agent_id == agent.id]
            return bool(own) and (self.meets(item, agent, self.final(item)) or any(known.anywhere for known in own))
        return self.is_open(item, agent) and not self.held_back(item, agent)

    def has_room(self, item: WaitingItem, agent: FreeAgent) -> bool:
        return has_room(self.policy.capacity, agent, item.channel, interruptible=item.interruptible)

    @staticmethod
    def meets(item: WaitingItem, agent: FreeAgent, levels: Skills) -> bool:
        own = dict(agent.skills)
        member = {queue for queue, _ in agent.queues} & {item.queue_id, *item.also}
        return bool(member) and all(own.get(code, 0) >= level for code, level in levels)

    def stages(self, item: WaitingItem) -> tuple[Stage, ...]:
        curve = self.curve(item)
        return stages_of(self.policy.service(item.channel, item.tier), curve.target, curve.cap)

    def guards(self, item: WaitingItem) -> Guards:
        curve = self.curve(item)
        return guards_of(self.policy.service(item.channel, item.tier), curve.target, curve.cap)

    def final(self, item: WaitingItem) -> Skills:
        return demanded_levels(item.skills, item.preferred, self.stages(item)[-1])

    def is_open(self, item: WaitingItem, agent: FreeAgent) -> bool:
        """Whether one of the stages up to now has opened the item to the agent."""
        takes_calls = can_take_call(self.policy.capacity, agent)
        return any(
            self.meets(item, agent, levels) and not (closed and takes_calls) for levels, closed in self.open_to(item)
        )

    def open_to(self, item: WaitingItem) -> list[tuple[Skills, bool]]:
        """For each stage up to now, the levels asked for, and whether those who could take a call are left alone."""
        final = self.final(item), False
        if self.is_small():
            return [final]
        stages, found = self.stages(item), []
        for number in range(stage_at(stages, item.queued_at, self.now) + 1):
            steps = [
                (demanded_levels(item.skills, item.preferred, stage), closed)
                for stage in stages[number:]
                for closed in ((True, False) if stage.blend_closed else (False,))
            ]
            served = (
                step for step in steps
                if any(self.could(item, agent, step[0], closed=step[1]) for agent in self.duty.values())
            )  # fmt: skip
            found.append(next(served, final))
        return found

    def could(self, item: WaitingItem, agent: FreeAgent, levels: Skills, *, closed: bool) -> bool:
        idle = replace(agent, load=(), interruptible=())
        if not self.has_room(item, idle) or (closed and can_take_call(self.policy.capacity, idle)):
            return False
        return self.meets(item, agent, levels)

    def holders(self, item: WaitingItem) -> bool:
        for known in item.known:
            agent = self.duty.get(known.agent_id)
            if agent is None or known.until <= self.now or agent.id in item.excluded:
                continue
            has_channel = self.has_room(item, replace(agent, load=(), interruptible=()))
            if has_channel and (known.anywhere or self.meets(item, agent, self.final(item))):
                return True
        return False

    # -- reserves --------------------------------------------------------------------------------

    def is_small(self) -> bool:
        return len(self.duty) < self.policy.reserves.small_team

    def pressing(self) -> int:
        return sum(self.curve(item).cap is not None for item in self.items.values())

    def held_back(self, item: WaitingItem, agent: FreeAgent) -> bool:
        if self.is_small() or is_overloaded(self.policy, self.load, self.pressing(), len(self.duty)):
            return False
        guards, needed = self.guards(item), {code for code, _ in item.skills}
        is_kept = guards.kept_idle and item.queued_at + guards.kept_ends > self.now
        if is_kept and any(self.idle(item, code) <= guards.kept_idle for code in needed):
            return True
        keep = self.policy.reserves.keep_scarce
        own = {code for code, _ in agent.skills} & self.picture.scarce
        is_closed = item.queued_at + guards.scarce_ends > self.now
        return is_closed and any(self.idle(item, code) <= keep for code in own - needed)

    def idle(self, item: WaitingItem, code: str) -> int:
        return sum(code in dict(agent.skills) and self.has_room(item, agent) for agent in self.free.values())

    # -- who is better ---------------------------------------------------------------------------

    def curve(self, item: WaitingItem) -> Curve:
        service = self.policy.service(item.channel, item.tier)
        return curve_of(
            self.policy, service, kind=item.kind, target=item.target, head_start=item.head_start, boost=item.boost
        )

    def item_rank(self, item: WaitingItem, agent: FreeAgent) -> Rank:
        slowness = speed(self.policy, dict(agent.skills), item.skills, item.preferred)
        scarce = {code for code, _ in agent.skills} & self.picture.scarce & {code for code, _ in item.skills}
        found = factor(self.policy, slowness, self.priority(item, agent), needs_scarce=bool(scarce))
        if item.demanded is not None or self.holders(item):
            found *= self.policy.order.known_factor
        return self.curve(item).rank(item.queued_at, item.id.int, self.now, found)

    def agent_rank(self, item: WaitingItem, agent: FreeAgent) -> tuple[int, int, float, int]:
        needed = {code for code, _ in item.skills}
        own = {code for code, _ in agent.skills} & self.picture.scarce
        standing = standing_cost(
            self.policy, dict(agent.skills), item.skills, item.preferred, priority=self.priority(item, agent),
            worth=self.worth(agent), unneeded=len(own - needed),
        )  # fmt: skip
        passing = passing_cost(self.policy, agent, item.channel, interruptible=item.interruptible)
        place = 0
        if item.demanded is None and self.holders(item):
            place = [known.agent_id for known in item.known].index(agent.id)
        return place, sum(standing) + sum(passing) - self.mean(agent.group), agent.idle_since, agent.id.int

    @staticmethod
    def priority(item: WaitingItem, agent: FreeAgent) -> int:
        queues = {item.queue_id, *item.also}
        return min((priority for queue, priority in agent.queues if queue in queues), default=1)

    def worth(self, agent: FreeAgent) -> float:
        found, idle = 0.0, replace(agent, load=(), interruptible=())
        for (channel, interruptible, queue, skills), worth in self.picture.worths:
            asked = WaitingItem(agent.id, channel, queue, 0.0, skills, interruptible=interruptible)
            if self.has_room(asked, idle) and self.meets(asked, agent, skills):
                found += worth
        return found

    def mean(self, group: str) -> int:
        costs = [occupancy_cost(self.policy, agent) for agent in self.duty.values() if agent.group == group]
        return mean_cost(sum(costs), len(costs))
