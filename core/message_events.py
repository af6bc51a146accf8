"""What packages tell each other of conversations and their messages."""

from __future__ import annotations

from uuid import UUID

from core.event import Event
from core.interaction import Channel, EndReason
from core.message import MessageState


class InboxFilled(Event):
    """Something from outside waits in ``channel_inbox``."""

    name = "channel_inbox.filled"
    account_id: UUID


class MessageEvent(Event):
    """What every event about a message carries."""

    name = "message.event"
    message_id: UUID
    conversation_id: UUID
    interaction_id: UUID | None
    channel: Channel
    seq: int
    """Place in the conversation, from 1 on without gaps."""


class MessageReceived(MessageEvent):
    """The customer wrote. ``agent_id``: who serves the conversation, if anybody does."""

    name = "message.received"
    customer_id: UUID
    agent_id: UUID | None = None


class MessageQueued(MessageEvent):
    """We wrote; it is to be sent."""

    name = "message.queued"
    account_id: UUID
    agent_id: UUID | None = None


class MessageStateChanged(MessageEvent):
    """How far a message of ours has got, or that a file of any message can be had now."""

    name = "message.state_changed"
    state: MessageState
    agent_id: UUID | None = None


class CustomerLeftConversation(Event):
    """The customer ended the conversation, or has said nothing for too long."""

    name = "conversation.left"
    interaction_id: UUID
    conversation_id: UUID
    end_reason: EndReason


class ConversationRead(Event):
    """An agent has read the conversation up to and with ``seq``."""

    name = "conversation.read"
    interaction_id: UUID
    conversation_id: UUID
    agent_id: UUID
    seq: int
