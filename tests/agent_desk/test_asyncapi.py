"""The AsyncAPI document is whole: every message is there, every reference leads somewhere."""

from __future__ import annotations

from typing import Any

from agent_desk import protocol
from agent_desk.asyncapi import document


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    return set().union(*(references(value) for value in node)) if isinstance(node, list) else set()


def test_every_message_is_described() -> None:
    described = {message["name"] for message in document()["components"]["messages"].values()}
    assert described == {
        model.model_fields["type"].default for model in (*protocol.SERVER_MESSAGES, *protocol.CLIENT_MESSAGES)
    }


def test_every_reference_leads_somewhere() -> None:
    for reference in references(document()):
        node: Any = document()
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        assert node, reference
