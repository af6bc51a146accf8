"""How many of those who wait a change touches. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from routing.configuration.difference import Change
from routing.configuration.model import ANY_GRADE, Policies, Whole


@dataclass(frozen=True, slots=True)
class Waiting:
    """Customers who wait, counted by what routes them. ``queue``: its code."""

    queue: str
    tier: str
    grade: str | None
    count: int


def touched(changes: Iterable[Change], live: Whole, wanted: Whole, waiting: Iterable[Waiting]) -> int:
    """Interactions that wait in a queue, or under a policy, for which something changes."""
    found = list(changes)
    queues = {queue for change in found for queue in _queues_of(change, live, wanted)}
    if any(change.section == "tuning" for change in found):
        return sum(each.count for each in waiting)
    pairs = {change.code for change in found if change.section == "policies"}
    return sum(
        each.count
        for each in waiting
        if each.queue in queues or (pairs and {_pair(live.policies, each), _pair(wanted.policies, each)} & pairs)
    )


def _queues_of(change: Change, live: Whole, wanted: Whole) -> set[str]:
    match change.section:
        case "queues":
            return {change.code}
        case "agents":
            agents = [whole.agents[change.code] for whole in (live, wanted) if change.code in whole.agents]
            return {queue for agent in agents for queue in agent.queues}
        case "schedules":
            return {code for code, queue in wanted.queues.items() if queue.hours == change.code}
        case _:
            return set()


def _pair(policies: Policies, waiting: Waiting) -> str:
    """The policy of a customer, as ``tier/grade``."""
    grades = policies.get(waiting.tier, {})
    return f"{waiting.tier}/{waiting.grade if waiting.grade in grades else ANY_GRADE}"
