"""What a domain is configured to be: values by code, in the words of the YAML file. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from routing.hours import Schedule

Levels = Mapping[str, int]
"""Skill code to level (1-5)."""
ANY_GRADE = "any"
GRADES = (ANY_GRADE, "A", "B", "C", "D")


class Action(StrEnum):
    """What becomes of a customer for whom a queue is closed or full."""

    MESSAGE = "message"
    CALLBACK = "callback"
    QUEUE = "queue"


class OverflowKind(StrEnum):
    """What is measured: seconds waited, estimated seconds to wait, or how many wait."""

    WAIT = "wait"
    ESTIMATE = "estimate"
    LENGTH = "length"


class Dial(StrEnum):
    """When a customer is called back: once an agent has picked up, or a moment before one is forecast free."""

    AGENT_FIRST = "agent_first"
    AHEAD = "ahead"


class RingStrategy(StrEnum):
    """Whether an item rings at the best agent or at all members at once."""

    BEST = "best"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Company:
    """The domain itself. ``time_zone``: IANA name."""

    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name, or something that is said, in the two languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Overflow:
    """From ``threshold`` on, members of the queue ``to`` serve it too."""

    to: str
    kind: OverflowKind
    threshold: int


@dataclass(frozen=True, slots=True)
class Diversion:
    """What happens instead of waiting; ``to`` is a queue's code exactly when ``action`` is ``queue``. ``message``: what
    is said in place of our own words to who has to go."""

    action: Action = Action.MESSAGE
    to: str | None = None
    message: Name | None = None


class Said(StrEnum):
    """What callers are told while they wait."""

    POSITION = "position"
    WAIT = "wait"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Announce:
    """What callers hear beside the music: from ``after_seconds`` of waiting on, every ``every_seconds``."""

    after_seconds: int = 20
    every_seconds: int = 60
    say: Said = Said.BOTH


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue. ``priority``: head start in seconds; ``targets``: channel to seconds, else ``target_seconds``."""

    name: Name
    skills: Levels = field(default_factory=dict)
    preferred: Levels = field(default_factory=dict)
    priority: int = 0
    target_seconds: int = 20
    targets: Mapping[str, int] = field(default_factory=dict)
    ring_seconds: int = 20
    ring: RingStrategy = RingStrategy.BEST
    wrap_up_seconds: int = 30
    hours: str | None = None
    """A schedule's code; None: always open."""
    closed: Diversion = Diversion()
    closed_waiting: bool = False
    """Whether closing time is for those too who wait already."""
    full_length: int | None = None
    full_estimate_seconds: int | None = None
    full: Diversion = Diversion()
    announce: Announce | None = None
    """None: music only."""
    overflow: tuple[Overflow, ...] = ()
    callback_after_seconds: int | None = None
    callback_estimate_seconds: int | None = None
    callback_attempts: int = 3
    """How often a customer is called in all who does not answer, with this pause in between:"""
    callback_pause_seconds: int = 300
    callback_dial: Dial = Dial.AGENT_FIRST


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent. ``capacity``: channel to how many at once; ``queues``: code to priority of membership (1 first)."""

    name: str
    team: str = ""
    capacity: Mapping[str, int] = field(default_factory=lambda: {"voice": 1})
    skills: Levels = field(default_factory=dict)
    queues: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ServicePolicy:
    """What a tier (with a credit grade) gets. None: by the engine's formula.

    ``weight``: how fast urgency grows with waiting (1: as for the least valuable tier); ``head_start_seconds``:
    credited on arrival, in seconds of that tier's waiting; ``target_factor``: multiplies the queue's target; the last
    two: for how long only the account manager, and the agent who served last, are asked.
    """

    weight: Decimal | None = None
    head_start_seconds: int | None = None
    target_factor: Decimal = Decimal(1)
    account_manager_first_seconds: int = 0
    last_agent_first_seconds: int = 0


Policies = Mapping[str, Mapping[str, ServicePolicy]]
"""Tier (from the most to the least valuable) to grade (or ``any``) to what it gets."""
Tuning = Mapping[str, Mapping[str, float]]
"""Part of the engine's policy to name to number, where not as ever: ``order``, ``choice``, ``reserves`` hold values,
``service`` factors of what every tier gets."""
DEFAULT_POLICIES: Policies = {tier: {ANY_GRADE: ServicePolicy()} for tier in ("key", "gold", "silver", "standard")}


@dataclass(frozen=True, slots=True)
class Configuration:
    """All sections; None: the file does not speak of it, so it stays as it is."""

    company: Company | None = None
    skills: Mapping[str, Name] | None = None
    schedules: Mapping[str, Schedule] | None = None
    queues: Mapping[str, Queue] | None = None
    agents: Mapping[str, Agent] | None = None
    policies: Policies | None = None
    tuning: Tuning | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """The same with nothing left out: what is, or what shall be."""

    company: Company
    skills: Mapping[str, Name] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    queues: Mapping[str, Queue] = field(default_factory=dict)
    agents: Mapping[str, Agent] = field(default_factory=dict)
    policies: Policies = field(default_factory=dict)
    tuning: Tuning = field(default_factory=dict)

    def with_sections_of(self, file: Configuration) -> Whole:
        """What shall be, when a file is applied to what is: a section that it has is whole.

        Where it leaves out the agents, they lose what is no longer there. No policies at all: those to begin with.
        """
        skills = self.skills if file.skills is None else file.skills
        queues = self.queues if file.queues is None else file.queues
        return Whole(
            company=file.company or self.company,
            skills=skills,
            schedules=self.schedules if file.schedules is None else file.schedules,
            queues=queues,
            agents=_left(self.agents, skills, queues) if file.agents is None else file.agents,
            policies=self.policies if file.policies is None else file.policies or DEFAULT_POLICIES,
            tuning=self.tuning if file.tuning is None else file.tuning,
        )


def _left(agents: Mapping[str, Agent], skills: Collection[str], queues: Collection[str]) -> dict[str, Agent]:
    return {
        code: replace(
            agent,
            skills={skill: level for skill, level in agent.skills.items() if skill in skills},
            queues={queue: priority for queue, priority in agent.queues.items() if queue in queues},
        )
        for code, agent in agents.items()
    }
