"""A configuration as the engine and the floor take it, by codes instead of rows. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID, uuid5

from routing.configuration.engine_policy import QueueTargets, engine_policy, services_of
from routing.configuration.model import Agent, Queue, Whole
from routing.engine.policy import ANY, Policy
from routing.engine.values import FreeAgent
from routing.floor.overflow import OverflowRule
from routing.floor.rows import QueueRules
from routing.floor.services import Services
from routing.recorded.day import Contact

_SPACE = UUID("f1b7c1f2-9d6c-5a55-8a5c-1d3f0a5b7e60")


@dataclass(frozen=True, slots=True)
class Setting:
    """The rules of a day. ``agents``: as they are when nothing is going on."""

    policy: Policy
    services: Services
    queues: Mapping[str, QueueRules]
    agents: Mapping[str, FreeAgent]

    def target(self, contact: Contact) -> float:
        """Seconds within which a contact should be answered."""
        queue = self.queues[contact.queue]
        own = contact.target or queue.targets.get(contact.channel, queue.target_seconds)
        return own * self.services.of(contact.tier, contact.grade).target_factor


def identity(kind: str, code: str) -> UUID:
    """The id that stands for a code."""
    return uuid5(_SPACE, f"{kind}/{code}")


def setting_of(whole: Whole) -> Setting:
    """What a configuration is to the floor."""
    targets: list[QueueTargets] = [_targets(queue) for queue in whole.queues.values()]
    return Setting(
        policy=engine_policy("recorded", whole.policies, targets, whole.tuning),
        services=services_of(whole.policies),
        queues={code: _rules(code, queue) for code, queue in whole.queues.items()},
        agents={code: _agent(code, agent) for code, agent in whole.agents.items()},
    )


def _targets(queue: Queue) -> dict[str, float]:
    return {ANY: float(queue.target_seconds)} | {channel: float(each) for channel, each in queue.targets.items()}


def _rules(code: str, queue: Queue) -> QueueRules:
    return QueueRules(
        id=identity("queue", code), skills=frozenset(queue.skills.items()),
        preferred=frozenset(queue.preferred.items()), priority=queue.priority, target_seconds=queue.target_seconds,
        targets=queue.targets, ring_seconds=queue.ring_seconds, wrap_up_seconds=queue.wrap_up_seconds,
        overflow=tuple(OverflowRule(identity("queue", rule.to), rule.kind, rule.threshold) for rule in queue.overflow),
    )  # fmt: skip


def _agent(code: str, agent: Agent) -> FreeAgent:
    channels = frozenset(agent.capacity)
    return FreeAgent(
        id=identity("agent", code), idle_since=0.0, channels=channels, skills=frozenset(agent.skills.items()),
        queues=frozenset((identity("queue", queue), priority) for queue, priority in agent.queues.items()),
        limits=tuple(sorted((channel, count) for channel, count in agent.capacity.items() if channel != "voice")),
        group=agent.team or ",".join(sorted(channels)),
    )  # fmt: skip
