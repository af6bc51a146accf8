"""Who may see what on the boards: supervisors and administrators everything, agents themselves and their queues."""

from __future__ import annotations

from uuid import UUID

from agent_desk.board import Board
from agent_desk.connection import Connection
from agent_desk.hub import Hub
from agent_desk.views import AgentView, QueueView, UserView, WaitingItem


def sees_everybody(user: UserView) -> bool:
    """Whether a user's desk shows the whole floor."""
    return user.role != "agent"


def agent_audience(hub: Hub, agent: AgentView) -> set[Connection]:
    """The desks that show this agent."""
    return {*hub.watching(), *hub.of_agent(agent.id)}


def members_of_queue(hub: Hub, board: Board, queue_id: UUID) -> list[Connection]:
    """The desks of the agents who serve this queue, but for those who see everything anyway."""
    members = [agent_id for agent_id in hub.agents() if queue_id in _queues_of(board, agent_id)]
    desks = (desk for agent_id in members for desk in hub.of_agent(agent_id))
    return [desk for desk in desks if not sees_everybody(desk.user)]


def agents_for(board: Board, user: UserView) -> list[AgentView]:
    """The agents on this user's desk."""
    if sees_everybody(user):
        return sorted(board.agents.values(), key=lambda agent: (agent.name, agent.id))
    own = board.agents.get(user.agent_id) if user.agent_id else None
    return [own] if own else []


def queues_for(board: Board, user: UserView, views: list[QueueView]) -> list[QueueView]:
    """The queues on this user's desk."""
    if sees_everybody(user):
        return views
    mine = _queues_of(board, user.agent_id)
    return [view for view in views if view.id in mine]


def interactions_for(board: Board, user: UserView) -> list[WaitingItem]:
    """The interactions on this user's list, oldest first."""
    if not sees_everybody(user):
        return []
    return sorted(board.interactions.values(), key=lambda item: (item.created_at, item.interaction_id))


def _queues_of(board: Board, agent_id: UUID | None) -> list[UUID]:
    agent = board.agents.get(agent_id) if agent_id else None
    return agent.queues if agent else []
