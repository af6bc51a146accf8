"""What a chat account says of its widget: where it may stand, what it asks and says. Pure; nothing in it is trusted
to be well formed, since people write it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from core.address import clean_text
from core.errors import Refusal
from telephony.messages.accounts import Account

PROVIDER = "widget"
OWN = "own"
"""In the list of origins: this installation's own pages."""
LANGUAGES = ("en", "zh-CN")
FIELDS = ("name", "email", "topic")
_TEXTS = ("title", "greeting", "offline")
_LONGEST_ANSWER = 200
_LONGEST_TEXT = 500
_MOST_OPTIONS = 20


@dataclass(frozen=True, slots=True)
class FormField:
    """Something asked before the chat. ``options``: what may be chosen; empty: any text."""

    name: str
    required: bool = False
    options: tuple[str, ...] = ()


def allows(account: Account, origin: str, *, is_own: bool) -> bool:
    """Whether a page of this origin (scheme, host and port) may carry the widget."""
    listed = {str(each).rstrip("/").lower() for each in _list(account.settings.get("origins"))}
    parts = urlsplit(origin)
    plain = f"{parts.scheme}://{parts.netloc}".lower()
    return (OWN in listed and is_own) or (parts.scheme in ("http", "https") and plain in listed)


def form_of(settings: Mapping[str, Any]) -> tuple[FormField, ...]:
    """What is asked, in order: entries of ``form`` are names, or objects with ``name``, ``required``, ``options``."""
    found: dict[str, FormField] = {}
    for entry in _list(settings.get("form")):
        given = entry if isinstance(entry, Mapping) else {"name": entry}
        name = str(given.get("name", ""))
        if name in FIELDS:
            options = tuple(clean_text(str(each), 80) for each in _list(given.get("options"))[:_MOST_OPTIONS])
            found.setdefault(name, FormField(name, given.get("required") is True, options))
    return tuple(found.values())


def answers_of(settings: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """What the visitor claims, made harmless. Refusal: ``chat.form_incomplete`` with the field."""
    answers: dict[str, str] = {}
    for asked in form_of(settings):
        answer = clean_text(given.get(asked.name, ""), _LONGEST_ANSWER)
        if asked.options and answer not in asked.options:
            answer = ""
        if asked.required and not answer:
            raise Refusal("chat.form_incomplete", "Something is missing.", field=asked.name)
        if answer:
            answers[asked.name] = answer
    return answers


def texts_of(settings: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The company's own words by language; the widget has words for what is not said here."""
    found: dict[str, dict[str, str]] = {}
    texts = settings.get("texts")
    for language in LANGUAGES:
        own = texts.get(language) if isinstance(texts, Mapping) else None
        if isinstance(own, Mapping):
            found[language] = {key: clean_text(str(own[key]), _LONGEST_TEXT) for key in _TEXTS if own.get(key)}
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
