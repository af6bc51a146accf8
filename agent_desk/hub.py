"""All open desks of this process, found by user, by agent and by role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from agent_desk.connection import Connection
from agent_desk.frames import Frame
from agent_desk.protocol import CloseCode
from agent_desk.views import UserView

MAX_PER_USER = 8


class Hub:
    """The registry of connections. It never waits: sending means putting a frame into bounded queues."""

    def __init__(self, *, max_per_user: int = MAX_PER_USER) -> None:
        self._by_user: dict[UUID, list[Connection]] = {}
        self._by_agent: dict[UUID, set[Connection]] = {}
        self._watching: set[Connection] = set()
        self._max_per_user = max_per_user

    def __len__(self) -> int:
        return sum(len(connections) for connections in self._by_user.values())

    def __iter__(self) -> Iterator[Connection]:
        return iter([connection for mine in self._by_user.values() for connection in mine])

    def add(self, connection: Connection) -> None:
        """Take a connection in; of one user too many, the oldest is told to go."""
        mine = self._by_user.setdefault(connection.user.id, [])
        mine.append(connection)
        if len(mine) > self._max_per_user:
            mine[0].close(CloseCode.REPLACED)
            self.remove(mine[0])
        if connection.user.agent_id is not None:
            self._by_agent.setdefault(connection.user.agent_id, set()).add(connection)
        if connection.user.role != "agent":
            self._watching.add(connection)

    def remove(self, connection: Connection) -> None:
        """Forget a connection; one that is not there is no error."""
        mine = self._by_user.get(connection.user.id, [])
        if connection in mine:
            mine.remove(connection)
        if not mine:
            self._by_user.pop(connection.user.id, None)
        self._watching.discard(connection)
        self._forget_agent(connection)

    def _forget_agent(self, connection: Connection) -> None:
        agent_id = connection.user.agent_id
        if agent_id is None or agent_id not in self._by_agent:
            return
        self._by_agent[agent_id].discard(connection)
        if not self._by_agent[agent_id]:
            del self._by_agent[agent_id]

    def of_agent(self, agent_id: UUID) -> Iterable[Connection]:
        """The open desks of an agent."""
        return self._by_agent.get(agent_id, ())

    def of_user(self, user_id: UUID) -> list[Connection]:
        """The open desks of a user."""
        return list(self._by_user.get(user_id, ()))

    def watching(self) -> Iterable[Connection]:
        """The open desks of supervisors and administrators, who see everybody."""
        return self._watching

    def agents(self) -> list[UUID]:
        """The agents with an open desk."""
        return list(self._by_agent)

    def change_user(self, user: UserView) -> list[Connection]:
        """Take over a user's new language or theme; returns their connections."""
        mine = self.of_user(user.id)
        for connection in mine:
            connection.user = user
        return mine

    def close_session(self, session: bytes) -> None:
        """Close every desk that was opened with this session."""
        for connection in self:
            if connection.session == session:
                connection.close(CloseCode.SIGNED_OUT)

    def close_all(self, code: CloseCode) -> None:
        """Close every desk, when the process goes."""
        for connection in self:
            connection.close(code)


def send(connections: Iterable[Connection], frame: Frame) -> None:
    """Queue one frame for several desks."""
    for connection in connections:
        connection.put(frame)
