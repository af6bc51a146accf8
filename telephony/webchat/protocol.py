"""What goes over the socket of a chat widget. Each side ignores fields that it does not know."""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

LONGEST_TEXT = 4000


class ChatClose(IntEnum):
    """Why the server closes. After ``IDLE`` connect again when there is something to say; after ``UNKNOWN`` never."""

    BAD_FRAME = 4400
    UNKNOWN = 4404
    """There is no such widget (any more)."""
    IDLE = 4408
    TOO_SLOW = 4413
    TOO_MANY = 4429
    RESTARTING = 1012


class _Frame(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


# -- from the widget -------------------------------------------------------------------------------


class Hello(_Frame):
    """The first frame, within ten seconds. ``token`` None: the browser has none; ``seen``: the newest ``seq`` there."""

    type: Literal["hello"]
    token: str | None = Field(default=None, max_length=100)
    seen: int = Field(default=0, ge=0, lt=2**31)
    language: Literal["en", "zh-CN"] = "en"


class Say(_Frame):
    """A message. ``id`` is the browser's own: sent twice it is one. ``form``: answers asked before the first."""

    type: Literal["say"]
    id: UUID
    body: str = Field(max_length=LONGEST_TEXT)
    form: dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=400)]] = Field(
        default_factory=dict, max_length=8
    )


class Got(_Frame):
    """Everything up to ``seq`` has arrived in the browser."""

    type: Literal["got"]
    seq: int = Field(ge=0, lt=2**31)


class Read(_Frame):
    """Everything up to ``seq`` was in front of the visitor."""

    type: Literal["read"]
    seq: int = Field(ge=0, lt=2**31)


class Typing(_Frame):
    """The visitor types."""

    type: Literal["typing"]


class Leave(_Frame):
    """The visitor ends the chat."""

    type: Literal["leave"]


class Ping(_Frame):
    """Is anybody there?"""

    type: Literal["ping"]


VisitorFrame = Annotated[Hello | Say | Got | Read | Typing | Leave | Ping, Field(discriminator="type")]
VISITOR_FRAME: TypeAdapter[VisitorFrame] = TypeAdapter(VisitorFrame)


# -- to the widget ---------------------------------------------------------------------------------


class Welcome(_Frame):
    """``token`` is given when the browser had none. Then come the messages after ``seen``, if there are any."""

    type: Literal["welcome"] = "welcome"
    token: str | None = None
    newest: int = 0


class ChatFile(_Frame):
    """``refused``: why it is not to be had."""

    id: UUID
    name: str
    content_type: str
    size: int | None
    refused: str | None = None


class ChatMessage(_Frame):
    """One message; ``seq`` counts from 1 without gaps. ``id``: the browser's, of a message from there."""

    type: Literal["message"] = "message"
    seq: int
    author: Literal["customer", "agent", "system"]
    id: UUID | None
    name: str
    body: str
    at: datetime
    files: list[ChatFile]


class Status(_Frame):
    """How it stands. ``phase``: nothing written yet, an agent is looked for, an agent is there, it is over."""

    type: Literal["status"] = "status"
    phase: Literal["none", "waiting", "active", "ended"]
    agent: str = ""
    open: bool = True


class Place(_Frame):
    """Where the visitor stands in the queue; ``position`` 0: not known. Seconds from now on."""

    type: Literal["place"] = "place"
    position: int = 0
    low_seconds: int = 0
    high_seconds: int = 0


class Kept(_Frame):
    """The message of this ``id`` is kept for good."""

    type: Literal["kept"] = "kept"
    id: UUID
    seq: int


class Refused(_Frame):
    """The message of this ``id`` was not taken; with ``retry_after_seconds`` it may be sent again."""

    type: Literal["refused"] = "refused"
    id: UUID | None
    code: str
    retry_after_seconds: int | None = None


class AgentSignal(_Frame):
    """The agent types, or has read up to ``seq``."""

    type: Literal["typing", "read"]
    name: str = ""
    seq: int = 0


class Pong(_Frame):
    """Yes."""

    type: Literal["pong"] = "pong"


ServerFrame = Welcome | ChatMessage | Status | Place | Kept | Refused | AgentSignal | Pong
