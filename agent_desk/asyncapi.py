"""The AsyncAPI 3 document of the desk's websocket, generated from the models and served at /api/asyncapi.json."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from pydantic.json_schema import models_json_schema

from agent_desk import protocol
from agent_desk.views import Wire

_SCHEMA = "#/components/schemas/{model}"
_ADDRESS = "/api/desk"


@cache
def document() -> dict[str, Any]:
    """The whole document; a JSON value."""
    messages = (*protocol.SERVER_MESSAGES, *protocol.CLIENT_MESSAGES)
    _, schema = models_json_schema(
        [(message, "serialization") for message in messages], ref_template=_SCHEMA
    )  # fmt: skip
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Hotline desk", "version": str(protocol.PROTOCOL_VERSION), "description": _words()},
        "channels": {"desk": {"address": _ADDRESS, "messages": {m.__name__: _reference(m) for m in messages}}},
        "operations": {
            "show": _operation("send", protocol.SERVER_MESSAGES),
            "ask": _operation("receive", protocol.CLIENT_MESSAGES),
        },
        "components": {
            "messages": {message.__name__: _message(message) for message in messages},
            "schemas": schema["$defs"],
        },
    }


def _words() -> str:
    return " ".join((protocol.__doc__ or "").split())


def _reference(message: type[Wire]) -> dict[str, str]:
    return {"$ref": f"#/components/messages/{message.__name__}"}


def _operation(action: str, messages: Sequence[type[Wire]]) -> dict[str, Any]:
    """``action`` is told from the server's side: it sends what it shows, and receives what is asked."""
    names = [{"$ref": f"#/channels/desk/messages/{message.__name__}"} for message in messages]
    return {"action": action, "channel": {"$ref": "#/channels/desk"}, "messages": names}


def _message(message: type[Wire]) -> dict[str, Any]:
    return {
        "name": message.model_fields["type"].default,
        "summary": " ".join((message.__doc__ or "").split()),
        "contentType": "application/json",
        "payload": {"$ref": _SCHEMA.format(model=message.__name__)},
    }
