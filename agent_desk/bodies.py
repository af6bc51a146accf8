"""The bodies of the HTTP commands and answers between the console and us. Part of the wire vocabulary."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from agent_desk.views import TimelineEntry, UserView, Wire
from core.agent import Presence
from core.interaction import InteractionState


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


class UserChange(Wire):
    """PATCH /api/me: what is given is changed; answers the new ``Session``."""

    language: Literal["en", "zh-CN"] | None = None
    theme: Literal["system", "light", "dark"] | None = None


class CustomerHit(Wire):
    """One line of GET /api/customers?query= (name, number or e-mail; at most 20, best first)."""

    id: UUID
    name: str
    tier: str
    address: str


class ConclusionDone(Wire):
    """Answer to a ``Conclusion``. ``late``: the wrap-up had run out before; the outcome stands all the same."""

    interaction_id: UUID
    code: str
    late: bool


class CallbackWish(Wire):
    """POST /api/interactions/{id}/callback: who waits is called back instead, and keeps his place. ``number``: where,
    if not where the call comes from."""

    number: str = Field(default="", max_length=40)


class CallbackEntry(Wire):
    """POST /api/callbacks: somebody is to be called, in his turn from now on. Without ``customer_id`` the number says
    who it is; ``name`` is for one whom nobody knows yet. Without a ``number`` the customer's own."""

    queue_id: UUID
    number: str = Field(default="", max_length=40)
    customer_id: UUID | None = None
    name: str = Field(default="", max_length=80)


class FollowUpEntry(Wire):
    """POST /api/follow-ups: a customer is to be called at a time. ``agent_id`` (his account manager, if that is left
    out) is asked first, for ``agent_first_seconds`` from then on; 0: everybody at once."""

    queue_id: UUID
    customer_id: UUID
    due_at: AwareDatetime
    number: str = Field(default="", max_length=40)
    agent_id: UUID | None = None
    agent_first_seconds: int = Field(default=3600, ge=0, le=2_592_000)


class KeepFor(Wire):
    """POST /api/interactions/{id}/keep-for: only this agent is asked, for so long; then everybody in the queue."""

    agent_id: UUID
    seconds: int = Field(default=60, ge=5, le=86_400)


class Opened(Wire):
    """Answer to what was entered."""

    interaction_id: UUID


class TimelinePage(Wire):
    """GET /api/customers/{id}/timeline?before=: lines at or before that moment, newest first, at most 20."""

    entries: list[TimelineEntry]


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


class DemoWebhook(Wire):
    """One line of GET /api/demo/crm (demo only): what the company's CRM has received, newest first."""

    received_at: datetime
    event_id: str
    kind: str
    signature_valid: bool
    times: int
    """How often the same ``event_id`` came."""
    body: dict[str, Any]


class DemoText(Wire):
    """POST /api/demo/messages (demo only): a customer writes from his phone."""

    channel: Literal["sms", "whatsapp"]
    sender: str = Field(min_length=3, max_length=20)
    body: str = Field(min_length=1, max_length=1600)


class DemoTextLine(Wire):
    """One line of GET /api/demo/messages (demo only): the newest hundred of a customer's texts, oldest first."""

    seq: int
    is_his: bool
    body: str
    at: datetime
    state: str


class DeadDelivery(Wire):
    """One line of GET /api/deliveries/dead (administrators); POST /api/deliveries/{id}/replay tries again."""

    id: UUID
    connector: str
    kind: str
    customer_id: UUID | None
    attempts: int
    last_error: str
    created_at: datetime


class WaitView(Wire):
    """One line of GET /api/waits (supervisors): a contact's place in its queue (1: next), and in how many seconds
    after ``at`` it is going to be answered: likely, and in eight of ten cases between ``low_seconds`` and
    ``high_seconds``."""

    interaction_id: UUID
    queue_id: UUID
    at: datetime
    position: int
    low_seconds: int
    likely_seconds: int
    high_seconds: int


class Wait(Wire):
    """GET /api/interactions/{id}/wait. ``place`` is missing when it does not wait, or was not looked at yet: that is
    done once a second."""

    interaction_id: UUID
    version: int
    state: InteractionState
    place: WaitView | None


class Problem(Wire):
    """The body of every refusal: ``code`` is stable, ``message`` is for people."""

    code: str
    message: str
    details: dict[str, Any] = Field(default_factory=dict)


DemoPhone.model_rebuild()
REQUESTS: tuple[type[Wire], ...] = (
    SignIn, PresenceChange, UserChange, Conclusion, CallbackWish, CallbackEntry, FollowUpEntry, KeepFor, DemoText,
)  # fmt: skip
