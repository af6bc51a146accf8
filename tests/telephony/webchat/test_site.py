"""What an account says of its widget, whoever wrote it; what files are, whatever they are called."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from core.errors import Refusal
from core.interaction import Channel
from telephony.messages.accounts import Account
from telephony.webchat.file_kinds import kind_of
from telephony.webchat.site import FormField, allows, answers_of, form_of, texts_of
from telephony.webchat.visitor import new_token, visitor_of


def account(**settings: Any) -> Account:
    return Account(UUID(int=1), "main", Channel.CHAT, "key", None, "widget", settings=settings)


@pytest.mark.parametrize(
    ("origins", "origin", "is_own", "allowed"),
    [
        (["https://shop.example"], "https://shop.example", False, True),
        (["https://Shop.example/"], "https://shop.example", False, True),
        (["https://shop.example"], "http://shop.example", False, False),
        (["https://shop.example"], "https://shop.example:8443", False, False),
        (["https://shop.example"], "https://shop.example.evil", False, False),
        (["own"], "https://hotline.example", True, True),
        (["own"], "https://elsewhere.example", False, False),
        (["https://shop.example"], "https://hotline.example", True, False),
        (["null"], "null", False, False),
        ("https://shop.example", "https://shop.example", False, False),
        (None, "https://shop.example", False, False),
    ],
)
def test_only_listed_pages_carry_the_widget(origins: Any, origin: str, is_own: bool, allowed: bool) -> None:
    assert allows(account(origins=origins), origin, is_own=is_own) is allowed


def test_the_form_is_read_whatever_stands_there() -> None:
    settings = {"form": ["email", {"name": "topic", "required": True, "options": ["Order", 7]}, 3, None, "email", {}]}
    assert form_of(settings) == (FormField("email"), FormField("topic", True, ("Order", "7")))
    assert form_of({"form": "name"}) == form_of({}) == ()


def test_answers_are_claims_made_harmless() -> None:
    settings = {"form": ["name", {"name": "topic", "options": ["Order"]}]}
    given = {"name": "A\r\nB" + "x" * 900, "topic": "<script>", "role": "admin"}
    assert answers_of(settings, given) == {"name": ("A B" + "x" * 900)[:200]}
    with pytest.raises(Refusal, match=r"chat\.form_incomplete"):
        answers_of({"form": [{"name": "name", "required": True}]}, {"name": "\u200b"})


def test_texts_are_plain_words() -> None:
    texts = {"en": {"title": 7, "greeting": "Hi\nthere", "other": "x"}, "zh-CN": "x", "fr": {}}
    assert texts_of({"texts": texts}) == {"en": {"title": "7", "greeting": "Hi there"}}


def test_a_visitor_is_known_by_a_secret_that_we_do_not_keep() -> None:
    token = new_token()
    visitor = visitor_of(token)
    assert visitor is not None and visitor == visitor_of(token) and visitor != visitor_of(new_token())
    assert token not in visitor.key and token not in visitor.address.value
    assert [visitor_of(bad) for bad in (None, "", "x", token + "=", token[:-1] + "é", token + "\n")] == [None] * 6


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a<script>", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        ("line\nzwei 三".encode(), "text/plain"),
        (b"  <!doctype html>", None),
        (b"\xef\xbb\xbf<svg/>", None),
        (b"#!/bin/sh", None),
        (b"PK\x03\x04", None),
        (b"\x1f\x8b\x08", None),
        (b"MZ\x90\x00", None),
        (b"\x7fELF", None),
        (b"a\x00b", None),
        (b"\xc3\x28", None),
    ],
)
def test_files_are_what_they_begin_with(content: bytes, kind: str | None) -> None:
    assert kind_of(content) == kind
