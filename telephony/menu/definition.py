"""A menu as values. Built by ``reader`` from YAML, walked by ``interpreter``; neither knows a channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KEYS = frozenset("0123456789*#")
LANGUAGES = ("en", "zh")

Words = Mapping[str, str]
"""One text in several languages: language code to text."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something to say; ``texts`` is what is spoken (or written, on a text channel) in each language."""

    name: str
    texts: Words


@dataclass(frozen=True, slots=True)
class Choice:
    """One key of a menu. A choice may settle the language for the rest of the call."""

    key: str
    next: str
    label: Words
    language: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Retry:
    """What is said before the same question comes again, and how often (0 = never)."""

    prompt: str | None
    times: int


@dataclass(frozen=True, slots=True)
class SayNode:
    """Say something and go on."""

    name: str
    prompt: str
    next: str
    line: int


@dataclass(frozen=True, slots=True)
class MenuNode:
    """Ask for one key. ``otherwise`` is taken after too many wrong keys or too much silence."""

    name: str
    prompt: str
    wait_seconds: int
    choices: Mapping[str, Choice]
    wrong: Retry
    silence: Retry
    otherwise: str
    line: int


@dataclass(frozen=True, slots=True)
class QueueNode:
    """The end of every way: wait for an agent, or (``callback``) be called in turn. ``queue`` is the queue's code."""

    name: str
    queue: str
    line: int
    callback: bool = False


Node = SayNode | MenuNode | QueueNode


@dataclass(frozen=True, slots=True)
class Menu:
    """A whole definition. Without a settled language a prompt is said in each of ``languages``, in order."""

    name: str
    start: str
    languages: tuple[str, ...]
    prompts: Mapping[str, Prompt]
    nodes: Mapping[str, Node]
