"""Random floors: a policy, agents and items of all the kinds there are, and a loop that plays a routing process."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from uuid import UUID

from routing.engine.capacity import has_room
from routing.engine.explain import replay
from routing.engine.matcher import Engine
from routing.engine.policy import Order, Policy, RelaxStep, Reserves, Service, default_policy
from routing.engine.values import Decision, FreeAgent, ItemKind, KnownAgent, WaitingItem
from tests.routing.engine.naive import NaiveScan
from tests.routing.engine.promises import check

QUEUES = [UUID(int=number) for number in (1, 2, 3)]
TIERS = ("vip", "gold", "bronze")
CHANNELS = ("voice", "chat", "email")
CODES = ("en", "fr", "billing", "tech")
TARGETS = {("voice", "vip"): 10, ("voice", "gold"): 20, ("voice", "bronze"): 60, ("chat", "bronze"): 120, ("email", "bronze"): 3600}  # fmt: skip  # noqa: E501


def policies() -> dict[str, Policy]:
    """Those that the tests play with; small teams are not spared, so that everything is held back now and then."""
    standard = default_policy(TIERS, TARGETS)
    watchful = Reserves(small_team=3, off_waiting=1.5, scarce_share=0.5)
    held = Service(
        target=30.0, slope=1.5, head_start=5.0, cap=80.0, relax=(RelaxStep(0.2, 4), RelaxStep(0.7, 3)),
        preferred_wait=0.5, blend_wait=0.4, scarce_wait=2.0, kept_idle=2, kept_wait=1.5,
    )  # fmt: skip
    strict = Policy(
        name="strict", services=((("voice", "*"), held), (("*", "vip"), Service(target=10.0, slope=4.0, cap=80.0)),
                                 (("*", "*"), replace(held, kept_idle=1, cap=None))),
        reserves=replace(watchful, scarce=frozenset({"fr", "tech"}), off_waiting=3.0), picture_seconds=20.0,
    )  # fmt: skip
    return {
        "plain": Policy(),
        "standard": replace(standard, reserves=watchful),
        "convex": replace(standard, reserves=replace(watchful, scarce=frozenset({"fr"})), order=Order(convexity=2.0)),
        "strict": strict,
        "small": standard,
    }


@dataclass
class Person:
    """An agent as the world knows him."""

    profile: FreeAgent
    held: list[WaitingItem] = field(default_factory=list)
    idle_since: float = 0.0

    def as_agent(self) -> FreeAgent:
        load = Counter(item.channel for item in self.held)
        light = Counter(item.channel for item in self.held if item.interruptible)
        return replace(
            self.profile, idle_since=self.idle_since, load=tuple(sorted(load.items())),
            interruptible=tuple(sorted(light.items())),
        )  # fmt: skip


class World:
    """An engine and a scan that live through the same history; every decision is compared."""

    def __init__(self, seed: int, policy: Policy, *, people: int = 9, crowded: bool = False) -> None:
        self.random = random.Random(seed)
        self.now = 1_000.0
        self.engine, self.scan = Engine(policy), NaiveScan(policy)
        self.crowded = crowded
        """Whether many wait who differ in little, so that they stand behind one another."""
        self.ids = [UUID(int=100 + number) for number in range(people)]
        self.on_duty: dict[UUID, Person] = {}
        self.waiting: dict[UUID, WaitingItem] = {}
        self.decisions = self.serial = 0

    # -- dice ------------------------------------------------------------------------------------

    def some(self, things: tuple[str, ...] | list[UUID], most: int, least: int = 0) -> frozenset[object]:
        return frozenset(self.random.sample(things, self.random.randint(least, min(most, len(things)))))

    def skills(self, most: int, least: int = 0) -> frozenset[tuple[str, int]]:
        return frozenset((code, self.random.randint(1, 5)) for code in sorted(self.some(CODES, most, least)))

    def new_profile(self, agent_id: UUID) -> FreeAgent:
        dice = self.random
        return FreeAgent(
            id=agent_id, idle_since=0.0, channels=self.some(CHANNELS, 3, 1),
            queues=frozenset((queue, dice.choice((1, 1, 2))) for queue in sorted(self.some(QUEUES, 3, 1))),
            skills=self.skills(4, 1), limits=dice.choice(((), (), (("chat", 1),), (("email", 0),), (("chat", 6),))),
            occupancy=dice.randint(0, 20) / 20, group=dice.choice(("a", "b")),
        )  # fmt: skip

    def new_item(self) -> WaitingItem:
        dice = self.random
        self.serial += 1
        if self.crowded:
            return WaitingItem(
                id=UUID(int=10_000 + self.serial), channel=dice.choice(("voice", "voice", "chat")), queue_id=QUEUES[0],
                queued_at=self.now - dice.randint(0, 40), skills=frozenset({(dice.choice(("en", "fr")), 1)}),
                excluded=self.some(self.ids, 2) if dice.random() < 0.1 else frozenset(), tier=dice.choice(TIERS),
                boost=int(dice.random() < 0.03), head_start=dice.choice((0.0, 0.0, 15.0)),
            )  # fmt: skip
        rare = dice.random() < 0.25
        known = tuple(
            KnownAgent(agent_id, self.now + dice.randint(0, 60), dice.random() < 0.3)
            for agent_id in sorted(self.some(self.ids, 2))
        )
        return WaitingItem(
            id=UUID(int=10_000 + self.serial), channel=dice.choice(CHANNELS), queue_id=dice.choice(QUEUES),
            queued_at=self.now - dice.choice((0, 0, 0, dice.randint(0, 100))),
            skills=frozenset((code, min(level, 3)) for code, level in self.skills(2)),
            head_start=dice.choice((0.0, 0.0, 30.0)), boost=int(dice.random() < 0.05),
            excluded=self.some(self.ids, 3) if dice.random() < 0.1 else frozenset(),
            tier=dice.choice((*TIERS, "")), preferred=self.skills(1) if dice.random() < 0.3 else frozenset(),
            demanded=self.some(self.ids, 3, 1) if dice.random() < 0.06 else None, known=known if rare else (),
            also=self.some(QUEUES, 1) if dice.random() < 0.1 else frozenset(),
            target=dice.choice((None, None, 15.0)), interruptible=dice.random() < 0.2,
            kind=dice.choice((ItemKind.LIVE, ItemKind.LIVE, ItemKind.CALLBACK, ItemKind.FOLLOW_UP)),
        )  # fmt: skip

    # -- what happens ----------------------------------------------------------------------------

    def put_item(self, item: WaitingItem) -> None:
        self.waiting[item.id] = self.scan.items[item.id] = item
        self.engine.put_item(item)

    def drop_item(self, item_id: UUID) -> None:
        self.engine.drop_item(item_id)
        self.waiting.pop(item_id, None)
        self.scan.items.pop(item_id, None)

    def show(self, person: Person, *, able: bool = True) -> None:
        """Show engine and scan an agent as he is now."""
        agent = person.as_agent()
        capacity = self.engine.policy.capacity
        free = able and any(has_room(capacity, agent, channel, interruptible=True) for channel in agent.channels)
        self.scan.duty[agent.id] = agent
        if free:
            self.scan.free[agent.id] = agent
            self.engine.put_agent(agent)
        else:
            self.scan.free.pop(agent.id, None)
            self.engine.put_busy(agent)

    def arrive(self, agent_id: UUID) -> None:
        person = self.on_duty.get(agent_id) or Person(self.new_profile(agent_id))
        if self.random.random() < 0.1:
            person.profile = self.new_profile(agent_id)
        person.idle_since = self.now - self.random.randint(0, 30)
        self.on_duty[agent_id] = person
        self.show(person)

    def leave(self, agent_id: UUID) -> None:
        self.on_duty.pop(agent_id, None)
        self.scan.duty.pop(agent_id, None)
        self.scan.free.pop(agent_id, None)
        self.engine.leave(agent_id)

    def pause(self, agent_id: UUID) -> None:
        """He is on duty, but not to be had."""
        self.scan.free.pop(agent_id, None)
        self.engine.drop_agent(agent_id)

    def finish(self, agent_id: UUID) -> None:
        person = self.on_duty.get(agent_id)
        if person is not None and person.held:
            person.held.pop(self.random.randrange(len(person.held)))
            person.idle_since = self.now
            self.show(person)

    def put_back(self, agent_id: UUID, *, declined: bool) -> None:
        """An offer came to nothing: the item is put again as it was; who declined is not asked again.

        The agent is free again too, and goes first: something may wait that has a better right to him.
        """
        person = self.on_duty.get(agent_id)
        if person is None or not person.held:
            return
        item = person.held.pop()
        self.show(person)
        item = replace(item, excluded=item.excluded | {agent_id}) if declined else replace(item, boost=1)
        self.put_item(item)
        if self.engine.is_free(agent_id):
            self.give(self.ask_for_agent(agent_id))
        if item.id in self.waiting:
            self.give(self.ask_for_item(item.id))

    def take_over(self) -> None:
        """Another process builds its engine from what stands."""
        self.engine = Engine(self.engine.policy)
        self.engine.tell_load(self.scan.load)
        things = [*self.scan.duty, *self.waiting]
        self.random.shuffle(things)
        for each in things:
            if each in self.waiting:
                self.engine.put_item(self.waiting[each])
            elif each in self.scan.free:
                self.engine.put_agent(self.scan.free[each])
            else:
                self.engine.put_busy(self.scan.duty[each])
        for agent_id in self.engine.free_agents():
            self.give(self.ask_for_agent(agent_id))

    def change_policy(self, policy: Policy) -> None:
        self.scan.policy = policy
        self.engine.set_policy(policy, self.now)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds

    # -- decisions -------------------------------------------------------------------------------

    def ask_for_item(self, item_id: UUID) -> Decision | None:
        decision = self.engine.choose_agent(item_id, self.now)
        self._same(decision, self.scan_now().choose_agent(item_id), decision and decision.agent_id)
        return decision

    def ask_for_agent(self, agent_id: UUID) -> Decision | None:
        decision = self.engine.choose_item(agent_id, self.now)
        self._same(decision, self.scan_now().choose_item(agent_id), decision and decision.item_id)
        return decision

    def scan_now(self) -> NaiveScan:
        self.scan.now = max(self.scan.now, self.now)
        self.scan.picture = self.engine._board.weights.picture
        return self.scan

    def _same(self, decision: Decision | None, expected: UUID | None, found: UUID | None) -> None:
        self.decisions += 1
        assert found == expected, (decision, expected)
        if decision is not None:
            assert replay(decision.explanation) == (decision.item_id, decision.agent_id)

    def carry_out(self, decision: Decision) -> None:
        item, person = self.waiting[decision.item_id], self.on_duty[decision.agent_id]
        check(self, decision)
        self.engine.take(decision)
        del self.waiting[item.id], self.scan.items[item.id], self.scan.free[decision.agent_id]
        person.held.append(item)
        self.show(person)

    def settle(self) -> None:
        """What a routing process does after every fact, until nothing is left to decide."""
        while named := self.engine.relax(self.now):
            for item_id in self.engine.waiting_among(named, self.now):
                if item_id in self.waiting:
                    self.give(self.ask_for_item(item_id))

    def give(self, decision: Decision | None) -> None:
        """Carry a decision out; who has room left is asked again."""
        while decision is not None:
            self.carry_out(decision)
            agent_id = decision.agent_id
            decision = self.ask_for_agent(agent_id) if self.engine.is_free(agent_id) else None

    def is_settled(self) -> bool:
        """Whether nobody waits whom somebody free may have, by the scan."""
        scan = self.scan_now()
        return not any(scan.choose_agent(item_id) for item_id in scan.items)

    def step(self) -> None:
        """Something happens, and is settled."""
        dice = self.random
        happening = dice.random()
        someone = dice.choice(self.ids)
        if happening < (0.55 if self.crowded else 0.34):
            item = self.new_item()
            self.put_item(item)
            self.give(self.ask_for_item(item.id))
        elif happening < 0.62:
            self.finish(someone)
        elif happening < 0.70:
            self.arrive(someone)
        elif happening < 0.73:
            self.leave(someone)
        elif happening < 0.75:
            self.pause(someone)
        elif happening < 0.78:
            self.put_back(someone, declined=dice.random() < 0.7)
        elif happening < 0.82 and self.waiting:
            self.drop_item(dice.choice(sorted(self.waiting)))
        else:
            self.pass_time(dice.choice((0, 1, 3, 10, 31)))
        if self.engine.is_free(someone):
            self.give(self.ask_for_agent(someone))
        self.settle()
