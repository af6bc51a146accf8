"""The small whole views that the console shows: people, work, queues, agents. Part of the wire vocabulary.

Each carries its row's version: a view whose version is lower than the one held is old and is dropped; an
equal one is applied (what belongs to no version, a phone's reachability for instance, may have changed).
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from core.agent import Presence, WorkState
from core.interaction import Channel, EndReason, InteractionState, Kind
from core.message import Author, Direction, MessageState


class Wire(BaseModel):
    """Base of everything on the wire: unknown fields are refused, in both directions."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, json_schema_serialization_defaults_required=True
    )


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


class FileView(Wire):
    """Something attached. ``is_image``: it may be shown in place, by its content and not by its name."""

    id: UUID
    name: str
    content_type: str
    size: int | None
    state: Literal["waiting", "stored", "refused"]
    reason: str | None
    is_image: bool


class MessageView(Wire):
    """One message of a conversation. ``seq``: its place, from 1 on without gaps; ``error``: why it failed."""

    id: UUID
    conversation_id: UUID
    interaction_id: UUID | None
    seq: int
    direction: Direction
    author: Author
    agent_name: str | None
    body: str
    template: str | None
    at: datetime
    state: MessageState
    error: str | None
    client_id: UUID | None
    files: list[FileView]


class LastWords(Wire):
    """The newest message of a conversation, as a list shows it: at most its first 160 characters."""

    seq: int
    author: Author
    text: str
    files: int
    state: MessageState
    at: datetime


class ConversationView(Wire):
    """The conversation behind an item of mine that is no call."""

    id: UUID
    version: int
    subject: str
    newest: int
    """Place of the newest message."""
    unread: int
    """The customer's messages that no agent has seen, at most 100."""
    last: LastWords | None
    waiting_since: datetime | None
    """Since when the customer waits for an answer; None while he does not."""
    first_response_due_at: datetime | None
    """When the first answer is due; None once it has been given."""
    last_inbound_at: datetime | None
    opted_out: bool
    """The customer does not want to be written to here."""


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
    kind: Kind
    """Other than live and not answered yet: the customer is called when the agent has picked up."""
    attempts: int
    """How often the customer was called in vain."""
    why: list[str]
    """Reason codes of the routing decision, most telling first (``longest_idle``, ``only_free_agent`` …)."""
    customer: CustomerCard
    conversation: ConversationView | None = None
    """None for a call."""


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
    missed: int
    """Rung in vain in a row, since the last answer."""
    queues: list[UUID]
    load: dict[str, int] = Field(default_factory=dict)
    """How many messages of each channel they hold, offered ones included."""
    capacity: dict[str, int] = Field(default_factory=dict)
    """How many of each channel they can hold."""


class QueueView(Wire):
    """A queue as the boards show it, counted now. ``service_level``: answered within target over
    (answered + abandoned after 5 s) since midnight of the domain's day; None while nothing has ended."""

    id: UUID
    code: str
    name: Label
    waiting: int
    """Customers who wait for an agent, those whose agent is being rung (``offered``) included; not ``to_call``."""
    messages_waiting: int
    """Those of ``waiting`` who have written."""
    waiting_by_tier: dict[str, int]
    oldest_queued_at: datetime | None
    offered: int
    to_call: int
    """Customers who wait to be called, callbacks and follow-ups, now or later."""
    active: int
    agents_available: int
    """Members who could take a call now: available, idle, phone reachable."""
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
    kind: Kind
    attempts: int
    """How often a customer who is to be called was called in vain."""
    due_at: datetime | None
    """Nobody is called before; None or past: in his turn."""


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
