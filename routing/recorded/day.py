"""One recorded day: who came, what became of them, who was on duty. Pure values, without a name or number of anybody.

Times are seconds since the day's local midnight, durations seconds. Queues, skills and agents are named by their
codes, so that a day outlives the rows that it was read from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

MOST_CONTACTS = 200_000
MOST_AGENTS = 20_000
MOST_RINGS = 200
_LONGEST = 30 * 86_400.0
LIVE = "live"

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$")]
Word = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Tier = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")]
Seconds = Annotated[float, Field(ge=0, le=_LONGEST, allow_inf_nan=False)]
Levels = Annotated[Mapping[Code, Annotated[int, Field(ge=1, le=5)]], Field(max_length=50)]
Span = tuple[Seconds, Seconds]
"""From, until."""


@dataclass(frozen=True, slots=True)
class Ring:
    """An offer that came to nothing though the customer still waited."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    seconds: Seconds
    away: Seconds = 0.0
    """For how long its agent was not there afterwards (a phone that rang in vain)."""
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Contact:
    """One customer who came into a queue, and what became of it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    at: Seconds
    channel: Word
    queue: Code
    tier: Tier
    wait: Seconds
    """Until the answer, or until the customer left."""
    grade: Annotated[str, StringConstraints(pattern=r"^[A-D]$")] | None = None
    kind: Word = LIVE
    skills: Levels = field(default_factory=dict)
    """Beside what the queue asks for."""
    preferred: Levels = field(default_factory=dict)
    priority: Annotated[int, Field(ge=0, le=86_400)] = 0
    target: Annotated[int, Field(ge=1, le=_LONGEST)] | None = None
    """Seconds; its own, in place of the queue's."""
    account_manager: Code | None = None
    last_agent: Code | None = None
    demanded: Annotated[tuple[Code, ...], Field(max_length=1000)] | None = None
    demanded_for: Seconds | None = None
    """So many seconds from ``at``; None: for ever."""
    agent: Code | None = None
    """Who answered; None: the customer left."""
    ring: Seconds = 0.0
    """How long it rang at the agent who answered; part of ``wait``."""
    talk: Seconds = 0.0
    wrap: Seconds = 0.0
    rings: Annotated[tuple[Ring, ...], Field(max_length=MOST_RINGS)] = ()
    """Offers before the answer that came to nothing."""

    @property
    def answered(self) -> bool:
        """Whether an agent and the customer talked."""
        return self.agent is not None


@dataclass(frozen=True, slots=True)
class Staffer:
    """An agent who was on duty."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    code: Code
    duty: Annotated[tuple[Span, ...], Field(max_length=20_000)]
    """When something could be offered: breaks are the gaps."""

    @property
    def seconds(self) -> float:
        """How long."""
        return sum(until - since for since, until in self.duty)


@dataclass(frozen=True, slots=True)
class RecordedDay:
    """All of it. ``date``: ISO; ``seconds``: how long the day was (clocks are changed), or is so far."""

    date: str
    time_zone: str
    seconds: float
    contacts: tuple[Contact, ...]
    """In order of ``at``."""
    staff: tuple[Staffer, ...]
    left_out: int = 0
    """Contacts that are not here: not over yet, called back in vain, or lost by a fault while they waited."""
