"""The whole wire vocabulary between the console and us.

Over the websocket the server sends a ``Snapshot`` (``seq`` 0) and then messages with consecutive ``seq``;
a client that sees a gap asks for a new snapshot. Messages carry whole small views with the row's version,
so applying one twice, or an old one late, changes nothing. Commands go over HTTP (bottom of this file), so
that they work while the websocket is away. TypeScript types are generated from here.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from core.agent import Presence, WorkState
from core.interaction import Channel, EndReason, InteractionState

PROTOCOL_VERSION = 1


class Wire(BaseModel):
    """Base of everything on the wire: unknown fields are refused, in both directions."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# -- views ----------------------------------------------------------------------------------------


class Label(Wire):
    """A name in both languages of the console."""

    en: str
    zh: str


class MenuStep(Wire):
    """One choice of the customer in a menu, in words."""

    node: str
    choice: str
    label: Label


class TimelineEntry(Wire):
    """One line of the customer's history. ``delivery`` tells how far the outcome got to other systems."""

    id: UUID
    kind: str
    at: datetime
    title: str
    agent_name: str | None = None
    body: dict[str, Any] = Field(default_factory=dict)
    delivery: Literal["none", "pending", "delivered", "dead"] = "none"


class CustomerCard(Wire):
    """Who it is: what an agent must know before answering."""

    id: UUID
    version: int
    kind: str
    name: str
    form_of_address: str
    language: str | None
    tier: str
    credit_grade: str | None
    lifecycle: str
    owner_name: str | None
    value_year: Decimal | None
    site: str | None
    facts: dict[str, Any]
    """Small facts worth a line: ``open_complaints``, ``promises``, ``mood`` (list of -1, 0, 1) …"""
    addresses: list[str]
    timeline: list[TimelineEntry]
    """Newest first, at most 20."""


class QueueRef(Wire):
    """A queue's name where an item shows it."""

    id: UUID
    code: str
    name: Label


class WorkItem(Wire):
    """One interaction of mine, from the offer to the end of the wrap-up. Times are moments, not durations."""

    interaction_id: UUID
    version: int
    state: InteractionState
    channel: Channel
    reservation_id: UUID | None
    queue: QueueRef | None
    address: str
    caller_name: str
    called_number: str
    language: str
    menu_path: list[MenuStep]
    created_at: datetime
    queued_at: datetime | None
    offered_at: datetime | None
    offer_deadline_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    wrap_up_until: datetime | None
    end_reason: EndReason | None
    why: list[str]
    """Reason codes of the routing decision, most telling first (``longest_idle``, ``only_free_agent`` …)."""
    customer: CustomerCard


class AgentView(Wire):
    """An agent as boards and the status line show them."""

    id: UUID
    version: int
    name: str
    presence: Presence
    presence_reason: str | None
    presence_since: datetime
    work_state: WorkState
    work_since: datetime
    interaction_id: UUID | None
    phone_reachable: bool
    queues: list[UUID]


class QueueView(Wire):
    """A queue as the boards show it, counted now. ``service_level``: answered within target over
    (answered + abandoned after 5 s) since midnight of the domain's day; None while nothing has ended."""

    id: UUID
    code: str
    name: Label
    waiting: int
    waiting_by_tier: dict[str, int]
    oldest_queued_at: datetime | None
    offered: int
    active: int
    agents_available: int
    agents_signed_in: int
    target_seconds: int
    answered_today: int
    abandoned_today: int
    service_level: float | None


class WaitingItem(Wire):
    """An interaction in the menu, waiting or served, for the supervisor's list."""

    interaction_id: UUID
    version: int
    state: InteractionState
    channel: Channel
    queue_id: UUID | None
    customer_name: str
    tier: str
    address: str
    agent_id: UUID | None
    created_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None


class OutcomeChoice(Wire):
    """A leaf or branch of the outcome tree."""

    code: str
    parent: str | None
    name: Label
    selectable: bool


class VoiceStatus(Wire):
    """Whether calls can be taken here, and why not."""

    available: bool
    reason: str = ""


class UserView(Wire):
    """Who is signed in."""

    id: UUID
    login: str
    name: str
    role: Literal["agent", "supervisor", "administrator"]
    agent_id: UUID | None
    language: Literal["en", "zh-CN"]
    theme: Literal["system", "light", "dark"]


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
    """An item is no longer mine. ``reason``: ``closed``, ``expired``, ``rejected``, ``rescinded``, ``requeued``."""

    type: Literal["work.removed"] = "work.removed"
    seq: int
    interaction_id: UUID
    reservation_id: UUID | None
    reason: str


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


ServerMessage = Annotated[
    Snapshot
    | WorkChanged
    | WorkRemoved
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


ClientMessage = Annotated[Ping | SnapshotRequest, Field(discriminator="type")]
CLIENT_MESSAGE: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)


# -- HTTP bodies ---------------------------------------------------------------------------------------


class SignIn(Wire):
    """POST /api/session."""

    login: str = Field(min_length=1, max_length=100)
    password: str = Field(min_length=1, max_length=200)


class Session(Wire):
    """GET and POST /api/session. Send ``csrf_token`` as header X-CSRF-Token with every change."""

    user: UserView
    csrf_token: str
    demo: bool


class PresenceChange(Wire):
    """POST /api/me/presence and /api/agents/{id}/presence. ``reason`` is needed for away only."""

    presence: Presence
    reason: str | None = Field(default=None, max_length=40)


class Conclusion(Wire):
    """POST /api/interactions/{id}/outcome: concludes the wrap-up (or, while the call is up, prepares nothing)."""

    code: str = Field(min_length=1, max_length=60)
    note: str = Field(default="", max_length=4000)


class Softphone(Wire):
    """GET /api/softphone: how this browser registers on the PBX. Empty ``ws_url``: no voice here."""

    ws_url: str
    uri: str
    username: str
    password: str
    display_name: str


class DemoPhone(Wire):
    """GET /api/demo/phone (demo only): the browser phone of a customer, and whom it may be."""

    ws_url: str
    uri: str
    username: str
    password: str
    numbers: list[EntryNumber]
    customers: list[DemoCustomer]


class EntryNumber(Wire):
    """A number of the company that can be called."""

    number: str
    name: str


class DemoCustomer(Wire):
    """A customer whom the visitor of the demo page may play."""

    name: str
    number: str
    tier: str


class Problem(Wire):
    """The body of every refusal: ``code`` is stable, ``message`` is for people."""

    code: str
    message: str
    details: dict[str, Any] = Field(default_factory=dict)


DemoPhone.model_rebuild()
