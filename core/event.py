"""What packages tell each other: facts that have happened, named ``noun.past_participle``.

An event is a hint that something in PostgreSQL changed, with enough in it to act at once; a consumer that
missed one rebuilds from the tables. Undeclared fields are refused: such a field is a schema bug.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from core import clock
from core.ids import new_id

REGISTRY: dict[str, type[Event]] = {}


class Event(BaseModel):
    """Base of all events; ``id`` is unique for ever, consumers drop an id that they have seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str] = ""

    id: UUID = Field(default_factory=new_id)
    at: datetime = Field(default_factory=clock.now)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.name in REGISTRY:
            raise TypeError(f"two events are named {cls.name}")
        REGISTRY[cls.name] = cls

    @property
    def subject_interaction(self) -> UUID | None:
        """The interaction that the event is about, if any."""
        return getattr(self, "interaction_id", None)

    @property
    def subject_agent(self) -> UUID | None:
        """The agent that the event is about, if any."""
        return getattr(self, "agent_id", None)
