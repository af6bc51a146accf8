"""The bodies of the HTTP commands and answers about messages. Part of the wire vocabulary."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import Field

from agent_desk.views import MessageView, Wire
from core.interaction import Channel
from core.message import MessageState


class ReplyTemplate(Wire):
    """A text that the channel's provider has approved; ``text`` with places such as {{1}}."""

    name: str
    language: str
    text: str


class ConversationPage(Wire):
    """GET /api/conversations/{id}?before=: messages below that place in order, at most 50, and what is to be known
    of the conversation. ``window_closes_at``: until then the customer may be written to without a template."""

    id: UUID
    channel: Channel
    address: str
    our_address: str
    subject: str
    customer_id: UUID
    language: str | None
    interaction_id: UUID | None
    newest: int
    opted_out: bool
    window_closes_at: datetime | None
    templates: list[ReplyTemplate]
    messages: list[MessageView]
    has_older: bool


class NewMessage(Wire):
    """POST /api/conversations/{id}/messages. The same ``client_id`` twice is one message; ``files`` are uploads.

    Text, files or a template (with what goes into its places) must be there."""

    client_id: UUID
    text: str = Field(default="", max_length=10_000)
    files: list[UUID] = Field(default_factory=list, max_length=10)
    template: str | None = Field(default=None, max_length=100)
    variables: dict[str, str] = Field(default_factory=dict, max_length=20)


class MessageSent(Wire):
    """Answer to a ``NewMessage``: kept, and on its way."""

    message_id: UUID
    seq: int
    state: MessageState


class Uploaded(Wire):
    """Answer to POST /api/conversations/{id}/files?name= (the body is the file): name it in ``NewMessage.files``."""

    upload_id: UUID
    name: str
    content_type: str
    size: int


class ReadUpTo(Wire):
    """POST /api/conversations/{id}/read: the agent has seen everything up to and with this place."""

    seq: int = Field(ge=0, le=2**31 - 1)


class HandOver(Wire):
    """POST /api/interactions/{id}/hand-over: back into its queue, or into another one. ``note`` goes to the
    customer's history, for whoever is next."""

    queue_id: UUID | None = None
    note: str = Field(default="", max_length=4000)


class CannedReply(Wire):
    """One line of GET /api/canned-replies. ``text`` may name {customer.name} and {agent.name}."""

    id: UUID
    code: str
    language: str
    queue_id: UUID | None
    text: str


REQUESTS: tuple[type[Wire], ...] = (NewMessage, ReadUpTo, HandOver)
