"""The websocket's vocabulary between the console and us; views are in ``views``, HTTP bodies in ``bodies``.

The websocket is ``/api/desk`` (same origin, session cookie). The server sends a ``Snapshot`` (``seq`` 0) and
then messages with consecutive ``seq`` from 1; a client that sees a gap asks for a new snapshot, and any later
snapshot starts again at ``seq`` 0. Messages carry whole small views with the row's version, so applying one
twice, or an old one late, changes nothing. Commands go over HTTP, so that they work while the websocket is
away. TypeScript types are generated from here.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from agent_desk.views import (
    AgentView,
    ConversationView,
    MessageView,
    OutcomeChoice,
    QueueView,
    TimelineEntry,
    UserView,
    VoiceStatus,
    WaitingItem,
    Wire,
    WorkItem,
)  # fmt: skip

PROTOCOL_VERSION = 1


class CloseCode(IntEnum):
    """Why the server closes a websocket. After ``SIGNED_OUT`` sign in again; after any other, connect again."""

    BAD_MESSAGE = 4400
    SIGNED_OUT = 4401
    TOO_SLOW = 4408
    """The client did not take its messages in time."""
    REPLACED = 4409
    """The same user opened more desks than are allowed; the oldest goes."""
    RESTARTING = 1012


# -- server to client ------------------------------------------------------------------------------


class Snapshot(Wire):
    """All that this desk shows, read in one look at the database. ``agents`` and ``interactions`` are
    for supervisors and administrators; an agent gets their own agent only and no foreign interactions."""

    type: Literal["snapshot"] = "snapshot"
    seq: int = 0
    protocol: int = PROTOCOL_VERSION
    at: datetime
    user: UserView
    voice: VoiceStatus
    work: list[WorkItem]
    queues: list[QueueView]
    agents: list[AgentView]
    interactions: list[WaitingItem]
    outcomes: list[OutcomeChoice]
    away_reasons: list[str]


class WorkChanged(Wire):
    """An item of mine came or changed: the pop is the first one of an interaction."""

    type: Literal["work.changed"] = "work.changed"
    seq: int
    item: WorkItem


class WorkRemoved(Wire):
    """An item is no longer mine. ``reason``: ``closed``, ``expired``, ``rejected``, ``rescinded``, ``requeued``,
    ``not_reached`` (a customer whom we called), ``taken`` (a colleague was quicker)."""

    type: Literal["work.removed"] = "work.removed"
    seq: int
    interaction_id: UUID
    reservation_id: UUID | None
    reason: str


class ConversationChanged(Wire):
    """Of an item of mine only its conversation is different: somebody wrote, or read."""

    type: Literal["conversation.changed"] = "conversation.changed"
    seq: int
    interaction_id: UUID
    conversation: ConversationView


class MessageChanged(Wire):
    """A message of a conversation of mine came or changed, its state for instance. Snapshots carry no messages:
    a conversation that is open is read again after one."""

    type: Literal["message.changed"] = "message.changed"
    seq: int
    message: MessageView


class CustomerTypes(Wire):
    """The customer is writing; holds for six seconds, or until his message is there."""

    type: Literal["customer.types"] = "customer.types"
    seq: int
    conversation_id: UUID


class QueueChanged(Wire):
    """A queue's counts (at most some per second and queue)."""

    type: Literal["queue.changed"] = "queue.changed"
    seq: int
    queue: QueueView


class AgentChanged(Wire):
    """An agent's state; also how an agent learns of their own."""

    type: Literal["agent.changed"] = "agent.changed"
    seq: int
    agent: AgentView


class InteractionChanged(Wire):
    """An interaction on the supervisor's list came or changed; ``state`` closed removes it."""

    type: Literal["interaction.changed"] = "interaction.changed"
    seq: int
    item: WaitingItem


class TimelineChanged(Wire):
    """A line of a customer's history that is on this desk came or changed."""

    type: Literal["timeline.changed"] = "timeline.changed"
    seq: int
    customer_id: UUID
    entry: TimelineEntry


class VoiceChanged(Wire):
    """Calls became possible or impossible."""

    type: Literal["voice.changed"] = "voice.changed"
    seq: int
    voice: VoiceStatus


class Pong(Wire):
    """Answer to a ping."""

    type: Literal["pong"] = "pong"
    seq: int
    at: datetime


SERVER_MESSAGES: tuple[type[Wire], ...] = (
    Snapshot,
    WorkChanged,
    WorkRemoved,
    ConversationChanged,
    MessageChanged,
    CustomerTypes,
    QueueChanged,
    AgentChanged,
    InteractionChanged,
    TimelineChanged,
    VoiceChanged,
    Pong,
)
ServerMessage = Annotated[
    Snapshot
    | WorkChanged
    | WorkRemoved
    | ConversationChanged
    | MessageChanged
    | CustomerTypes
    | QueueChanged
    | AgentChanged
    | InteractionChanged
    | TimelineChanged
    | VoiceChanged
    | Pong,
    Field(discriminator="type"),
]


# -- client to server over the websocket -------------------------------------------------------------


class Ping(Wire):
    """Are you there?"""

    type: Literal["ping"] = "ping"


class SnapshotRequest(Wire):
    """Start again from a snapshot (a gap in ``seq`` was seen)."""

    type: Literal["snapshot.request"] = "snapshot.request"


CLIENT_MESSAGES: tuple[type[Wire], ...] = (Ping, SnapshotRequest)
ClientMessage = Annotated[Ping | SnapshotRequest, Field(discriminator="type")]
CLIENT_MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)
