"""The engine: holds who waits and who is free, and answers the two questions of routing.

Arrival: which free agent gets this item (the longest idle who fits). Agent freed: which waiting item does he get
(the most urgent head of all classes that he fits). Both explain themselves.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from routing.engine.order import Urgency, urgency
from routing.engine.policy import Policy
from routing.engine.requests import RequestClass, Requirement, bits
from routing.engine.skills import SkillBook
from routing.engine.values import Decision, FreeAgent, Trigger, WaitingItem

POLICY = "longest_idle/1"
"""Name and version of the rules, kept with every decision."""

_Signature = tuple[frozenset[str], int]


class Engine:
    """All items and agents are put in and dropped by id; putting again replaces."""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self._book = SkillBook()
        self._requirements: list[Requirement] = []
        self._by_need: dict[tuple[str, int], Requirement] = {}
        self._waited_for = 0
        self._covered: dict[_Signature, int] = {}
        self._items: dict[UUID, tuple[WaitingItem, Requirement, RequestClass]] = {}
        self._agents: dict[UUID, tuple[FreeAgent, _Signature]] = {}

    # -- what is there ---------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """How many items wait."""
        return len(self._items)

    @property
    def free(self) -> int:
        """How many agents are free."""
        return len(self._agents)

    def is_waiting(self, item_id: UUID) -> bool:
        """Whether the item waits here."""
        return item_id in self._items

    def is_free(self, agent_id: UUID) -> bool:
        """Whether the agent is free here."""
        return agent_id in self._agents

    def free_agents(self) -> list[UUID]:
        """All free agents, longest idle first."""
        return [agent.id for agent, _ in sorted(self._agents.values(), key=lambda entry: entry[0].idle_since)]

    def free_among(self, agent_ids: Collection[UUID]) -> list[UUID]:
        """Those of these agents who are free, longest idle first."""
        here = [self._agents[agent_id][0] for agent_id in set(agent_ids) if agent_id in self._agents]
        return [agent.id for agent in sorted(here, key=lambda agent: agent.idle_since)]

    def waiting_among(self, item_ids: Collection[UUID], now: float) -> list[UUID]:
        """Those of these items that wait, most urgent first."""
        here = [self._items[item_id][0] for item_id in set(item_ids) if item_id in self._items]
        return [item.id for item in sorted(here, key=lambda item: urgency(item, now), reverse=True)]

    def put_item(self, item: WaitingItem) -> None:
        """An item waits, from its own ``queued_at`` on."""
        self.drop_item(item.id)
        requirement = self._requirement(item)
        request = requirement.class_of(item)
        request.add(item)
        self._waited_for |= 1 << requirement.bit
        self._items[item.id] = item, requirement, request

    def drop_item(self, item_id: UUID) -> None:
        """An item waits no longer (reserved, cancelled, expired); an unknown one is no error."""
        entry = self._items.pop(item_id, None)
        if entry is None:
            return
        _, requirement, request = entry
        request.discard(item_id)
        requirement.forget_empty(request)
        if not requirement.classes:
            self._waited_for &= ~(1 << requirement.bit)

    def put_agent(self, agent: FreeAgent) -> None:
        """An agent is free."""
        self.drop_agent(agent.id)
        signature = agent.channels, self._book.offered((queue_id for queue_id, _ in agent.queues), agent.skills)
        self._agents[agent.id] = agent, signature
        for position in bits(self._covers(signature)):
            self._requirements[position].add_agent(agent)

    def drop_agent(self, agent_id: UUID) -> None:
        """An agent is no longer free; an unknown one is no error."""
        entry = self._agents.pop(agent_id, None)
        if entry is not None:
            for position in bits(self._covers(entry[1])):
                self._requirements[position].discard_agent(agent_id)

    # -- the two questions -----------------------------------------------------------------------

    def choose_agent(self, item_id: UUID, now: float) -> Decision | None:
        """The item arrived: the free agent for it, or None."""
        entry = self._items.get(item_id)
        if entry is None:
            return None
        item, requirement, _ = entry
        agent_id = requirement.longest_idle(item.excluded)
        if agent_id is None:
            return None
        return self._decision(item, agent_id, Trigger.ITEM_ARRIVED, now, candidates=requirement.free)

    def choose_item(self, agent_id: UUID, now: float) -> Decision | None:
        """The agent became free: the waiting item for him, or None."""
        entry = self._agents.get(agent_id)
        if entry is None:
            return None
        best: WaitingItem | None = None
        best_urgency: Urgency | None = None
        heads = candidates = 0
        for position in bits(self._covers(entry[1]) & self._waited_for):
            for request in self._requirements[position].classes.values():
                if agent_id in request.excluded:
                    continue
                head = request.head()
                heads += 1
                candidates += len(request)
                key = urgency(head, now)
                if best_urgency is None or key > best_urgency:
                    best, best_urgency = head, key
        if best is None:
            return None
        return self._decision(best, agent_id, Trigger.AGENT_FREED, now, candidates=candidates, heads=heads)

    def set_policy(self, policy: Policy, now: float) -> None:
        """Another policy from now on."""
        self.policy = policy

    def relax(self, now: float) -> list[UUID]:
        """The items that must be asked for again, since time has opened agents to them."""
        return []

    def next_timer(self) -> float | None:
        """When ``relax`` has something to tell at the earliest; None: never, as things stand."""
        return None

    def take(self, decision: Decision) -> None:
        """The decision is carried out: its item waits no longer, its agent is no longer free."""
        self.drop_item(decision.item_id)
        self.drop_agent(decision.agent_id)

    # -- inside ----------------------------------------------------------------------------------

    def _decision(self, item: WaitingItem, agent_id: UUID, trigger: Trigger, now: float, **counted: int) -> Decision:
        agent = self._agents[agent_id][0]
        explanation = {
            "policy": POLICY,
            "trigger": trigger.value,
            **counted,
            "waited_seconds": round(now - item.queued_at, 3),
            "head_start": item.head_start,
            "boost": item.boost,
            "idle_seconds": round(now - agent.idle_since, 3),
            "needed": {"queue": str(item.queue_id), "skills": dict(sorted(item.skills))},
            "excluded": sorted(str(agent) for agent in item.excluded),
        }
        return Decision(item.id, agent_id, trigger, explanation)

    def _requirement(self, item: WaitingItem) -> Requirement:
        need = item.channel, self._book.needed(item.queue_id, item.skills)
        found = self._by_need.get(need)
        return found if found is not None else self._new_requirement(need)

    def _new_requirement(self, need: tuple[str, int]) -> Requirement:
        requirement = Requirement(len(self._requirements), *need)
        self._requirements.append(requirement)
        self._by_need[need] = requirement
        for signature in self._covered:
            if requirement.fits(*signature):
                self._covered[signature] |= 1 << requirement.bit
        for agent, signature in self._agents.values():
            if requirement.fits(*signature):
                requirement.add_agent(agent)
        return requirement

    def _covers(self, signature: _Signature) -> int:
        """The requirements that an agent of this signature meets, as a bitmap."""
        covered = self._covered.get(signature)
        if covered is None:
            covered = sum(1 << each.bit for each in self._requirements if each.fits(*signature))
            self._covered[signature] = covered
        return covered
