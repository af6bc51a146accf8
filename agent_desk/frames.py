"""Messages as text, encoded once and numbered for each connection at the last moment."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desk.protocol import (
    AgentChanged,
    ConversationChanged,
    CustomerTypes,
    InteractionChanged,
    MessageChanged,
    Pong,
    QueueChanged,
    Snapshot,
    TimelineChanged,
    VoiceChanged,
    WorkChanged,
    WorkRemoved,
)

Message = (
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
    | Pong
)


@dataclass(frozen=True, slots=True)
class Frame:
    """An encoded message but for its ``seq``; ``restarts`` marks a snapshot, which sets ``seq`` back to 0."""

    head: str
    tail: str
    restarts: bool = False

    def text(self, seq: int) -> str:
        """The JSON text with this ``seq``."""
        return f"{self.head}{seq}{self.tail}"


def encode(message: Message) -> Frame:
    """Encode a message whose ``seq`` is 0; the models declare ``type`` and ``seq`` first."""
    head = f'{{"type":"{message.type}","seq":'
    text = message.model_dump_json()
    assert text.startswith(f"{head}0,"), "a message declares type and seq first and is built with seq 0"
    return Frame(head, text[len(head) + 1 :], restarts=isinstance(message, Snapshot))
