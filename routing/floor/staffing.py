"""What becomes known about agents: presence, finished wrap-ups, reachable phones."""

from __future__ import annotations

from dataclasses import replace

from core.agent import Presence
from core.events import AgentPresenceChanged, AgentWorkChanged, EndpointReachabilityChanged
from core.interaction import QueuedCause
from routing.floor import offers, together
from routing.floor.change import BehindError, Change
from routing.floor.rows import Agent


def presence_changed(change: Change, event: AgentPresenceChanged) -> None:
    """Somebody chose another presence for the agent; the row is written already."""
    agent = _next_version(change, event)
    if agent is None:
        return
    change.learn(
        agent.id,
        lambda row: replace(row.with_presence(event.presence, event.reason, event.since), version=event.version),
    )
    if event.presence is Presence.OFFLINE:
        withdraw_offer(change, agent)


def withdraw_offer(change: Change, agent: Agent) -> None:
    """An agent who signs off does not answer what rings at his place: it goes to the next one."""
    reservation = together.pending_of(change, agent.id) if agent.interaction_id else None
    if reservation is not None:
        offers.rescind(change, reservation)
        offers.queue_again(change, reservation, QueuedCause.RESCINDED)


def work_changed(change: Change, event: AgentWorkChanged) -> None:
    """A wrap-up was finished at the desk; the row is written already."""
    agent = _next_version(change, event)
    if agent is None:
        return
    if agent.id in change.agents:
        raise BehindError(agent.id)
    change.learn(
        agent.id,
        lambda row: replace(
            row, work_state=event.work_state, work_since=event.since, idle_since=event.since, version=event.version,
            interaction_id=event.interaction_id, wrap_up_until=event.wrap_up_until,
        ),
    )  # fmt: skip


def reachability_changed(change: Change, event: EndpointReachabilityChanged) -> None:
    """The agent's phone can be rung, or no longer."""
    if event.agent_id in change.floor.agents:
        change.learn(event.agent_id, lambda row: replace(row, reachable=event.reachable, set_aside_until=None))


def _next_version(change: Change, event: AgentPresenceChanged | AgentWorkChanged) -> Agent | None:
    agent = change.floor.agents.get(event.agent_id)
    if agent is None or event.version > agent.version + 1:
        raise BehindError(event.agent_id)
    return agent if event.version == agent.version + 1 else None
