"""What an asker may touch: agents their own, supervisors anything."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from agent_desk.views import UserView
from core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a use case runs."""

    agent_id: UUID | None
    sees_all: bool

    @classmethod
    def of(cls, user: UserView) -> Asker:
        """The asker that a user is."""
        return cls(user.agent_id, user.role != "agent")

    def demand(self, owner: UUID | None, code: str, message: str) -> None:
        """Raise ``NotFound`` unless the thing is the asker's: others' things are not even known to them."""
        mine = owner is not None and owner == self.agent_id
        if not (mine or self.sees_all):
            raise NotFound(code, message)
