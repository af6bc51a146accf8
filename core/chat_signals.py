"""What passes in a chat and is kept nowhere: somebody types, somebody has read so far.

Published on ``core.valkey_keys.chat_signals`` by whoever sits with the one side, heard by whoever sits with the other:
the agent's side by the desk, the customer's by the widget's sockets. May be lost at any moment; nothing depends on it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

TYPING_SECONDS = 6.0
"""For how long one word of typing is shown; whoever goes on typing says so again every three seconds or so."""


class Kind(StrEnum):
    """What has passed."""

    TYPING = "typing"
    READ = "read"
    """``by`` has seen all up to ``seq``."""
    BEGAN = "began"
    """The visitor ``visitor`` has got the conversation ``conversation_id``; for other web processes."""


class ChatSignal(BaseModel):
    """One signal. ``by``: who types or has read; ``name``: as the customer may see it."""

    model_config = ConfigDict(frozen=True)

    conversation_id: UUID
    by: Literal["customer", "agent"]
    kind: Kind
    seq: int = 0
    name: str = Field(default="", max_length=200)
    visitor: str = Field(default="", max_length=200)


def unpacked(payload: bytes) -> ChatSignal | None:
    """The signal in a message of the channel; None for what a newer process says."""
    try:
        return ChatSignal.model_validate_json(payload)
    except ValidationError:
        return None
