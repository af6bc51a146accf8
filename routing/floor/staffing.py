"""What becomes known about agents: presence, finished wrap-ups, reachable phones."""

from __future__ import annotations

from dataclasses import replace

from core.agent import Presence
from core.events import AgentPresenceChanged, AgentWorkChanged, EndpointReachabilityChanged
from core.interaction import QueuedCause
from routing.floor import messages, offers, together
from routing.floor.change import BehindError, Change
from routing.floor.rows import Agent


def presence_changed(change: Change, event: AgentPresenceChanged) -> None:
    """Somebody chose another presence for the agent; the row is written already.

    Memory may have learned it before, from the row, or from this event in a change that was given up.
    """
    agent = _next_version(change, event)
    if agent is not None:
        change.learn(
            agent.id,
            lambda row: replace(row.with_presence(event.presence, event.reason, event.since), version=event.version),
        )
    now = change.agent(event.agent_id)
    if event.presence is Presence.OFFLINE and now is not None and now.presence is Presence.OFFLINE:
        withdraw_offer(change, now)
        messages.let_go(change, change.agent(now.id) or now)


def withdraw_offer(change: Change, agent: Agent) -> None:
    """An agent who signs off does not answer what rings at his place: it goes to the next one."""
    reservation = together.pending_of(change, agent.id) if agent.interaction_id else None
    if reservation is not None:
        offers.rescind(change, reservation)
        offers.queue_again(change, reservation, QueuedCause.RESCINDED)


def work_changed(change: Change, event: AgentWorkChanged) -> None:
    """A wrap-up was finished at the desk, or a message ended or given away; the row is written already."""
    agent = _next_version(change, event)
    if agent is None:
        return
    if agent.id in change.agents:
        raise BehindError(agent.id)
    change.learn(agent.id, lambda row: _after_work(row, event))


def _after_work(row: Agent, event: AgentWorkChanged) -> Agent:
    load = tuple(sorted(event.load.items()))
    since = event.at if load != row.load else event.since
    return replace(
        row, work_state=event.work_state, work_since=event.since, idle_since=since, version=event.version,
        interaction_id=event.interaction_id, wrap_up_until=event.wrap_up_until, load=load,
        load_since=event.at if load != row.load else row.load_since,
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
