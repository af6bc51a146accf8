"""How long each agent takes, relative to others with the same work, as the day shows it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean

from routing.recorded.day import Contact

_SHRINK = 15.0
"""So many contacts of the mean duration are added to everybody: a few long calls make nobody slow."""


@dataclass(frozen=True, slots=True)
class Paces:
    """Duration of an agent's work relative to the mean: of his in one queue, else of all his."""

    of_queue: Mapping[tuple[str, str], float] = field(default_factory=dict)
    of_agent: Mapping[str, float] = field(default_factory=dict)

    def of(self, agent: str, queue: str) -> float:
        """1 for an agent of whom nothing is known."""
        found = self.of_queue.get((agent, queue))
        return found if found is not None else self.of_agent.get(agent, 1.0)


def learn(contacts: Iterable[Contact]) -> Paces:
    """From contacts that were answered; talk and wrap-up together."""
    served = [(contact, contact.talk + contact.wrap) for contact in contacts if contact.agent is not None]
    by_queue: dict[str, list[float]] = defaultdict(list)
    for contact, seconds in served:
        by_queue[contact.queue].append(seconds)
    usual = {queue: max(1.0, fmean(found)) for queue, found in by_queue.items()}
    by_agent: dict[str, list[float]] = defaultdict(list)
    by_both: dict[tuple[str, str], list[float]] = defaultdict(list)
    for contact, seconds in served:
        relative = seconds / usual[contact.queue]
        by_agent[contact.agent or ""].append(relative)
        by_both[contact.agent or "", contact.queue].append(relative)
    agents = {agent: _shrunk(found, 1.0) for agent, found in by_agent.items()}
    return Paces({key: _shrunk(found, agents[key[0]]) for key, found in by_both.items()}, agents)


def _shrunk(found: list[float], towards: float) -> float:
    return (sum(found) + _SHRINK * towards) / (len(found) + _SHRINK)
