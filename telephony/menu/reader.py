"""From the YAML tree to a definition; every problem is reported with its line, not only the first."""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import TypeVar

from telephony.menu.definition import (
    KEYS,
    LANGUAGES,
    Choice,
    Menu,
    MenuNode,
    Node,
    Prompt,
    QueueNode,
    Retry,
    SayNode,
    Words,
)
from telephony.menu.source import Mapping, Problem, Scalar, Sequence, Tree

MAX_TEXT = 1_000
MAX_COUNT = 500
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_PLANNED = (
    "ask", "verify_customer", "look_up", "branch", "pay", "leave_message", "book_callback", "survey", "hang_up",
)  # fmt: skip
_NO_WORDS: Words = {}
T = TypeVar("T")


@dataclass(slots=True)
class Reader:
    """Reads one tree; what cannot be read becomes a problem and an empty value, so reading goes on."""

    problems: list[Problem] = field(default_factory=list)

    def menu(self, tree: Tree) -> Menu:
        fields = self._fields(tree, required=("menu", "start", "languages", "prompts", "nodes"), optional=())
        languages = self._languages(fields.get("languages"))
        return Menu(
            name=self._name(fields.get("menu")),
            start=self._name(fields.get("start")),
            languages=languages,
            prompts=self._table(fields.get("prompts"), lambda n, t: self._prompt(n, t, languages)),
            nodes={k: v for k, v in self._table(fields.get("nodes"), self._node).items() if v is not None},
        )

    def _prompt(self, name: Scalar, tree: Tree, languages: tuple[str, ...]) -> Prompt:
        texts = self._words(tree)
        for language in languages:
            if language not in texts:
                self._problem(tree.line, "missing_text", f"prompt {name.text!r} has no text in {language!r}")
        return Prompt(name.text, texts)

    def _node(self, name: Scalar, tree: Tree) -> Node | None:
        if not isinstance(tree, Mapping):
            self._problem(tree.line, "not_a_node", f"node {name.text!r} must be say, menu or queue")
            return None
        kinds = [kind for kind in ("say", "menu", "queue") if kind in tree.entries]
        planned = [kind for kind in _PLANNED if kind in tree.entries]
        if planned:
            line = tree.entries[planned[0]][0].line
            self._problem(line, "not_available_yet", f"node kind {planned[0]!r} is not available yet")
            return None
        if len(kinds) != 1:
            self._problem(name.line, "not_a_node", f"node {name.text!r} must be one of say, menu, queue")
            return None
        return {"say": self._say, "menu": self._menu, "queue": self._queue}[kinds[0]](name, tree)

    def _say(self, name: Scalar, tree: Tree) -> Node:
        fields = self._fields(tree, required=("say", "next"), optional=())
        return SayNode(name.text, self._name(fields.get("say")), self._name(fields.get("next")), name.line)

    def _queue(self, name: Scalar, tree: Tree) -> Node:
        fields = self._fields(tree, required=("queue",), optional=())
        return QueueNode(name.text, self._name(fields.get("queue")), name.line)

    def _menu(self, name: Scalar, tree: Tree) -> Node:
        inner = self._fields(tree, required=("menu",), optional=()).get("menu")
        fields = self._fields(
            inner, required=("prompt", "choices", "otherwise"), optional=("wait_seconds", "wrong", "silence")
        )
        choices = self._table(fields.get("choices"), self._choice, names=KEYS)
        if not choices and "choices" in fields:
            self._problem(name.line, "no_choices", f"menu {name.text!r} has no choice")
        return MenuNode(
            name=name.text,
            prompt=self._name(fields.get("prompt")),
            wait_seconds=self._number(fields.get("wait_seconds"), 1, 30, default=5),
            choices=choices,
            wrong=self._retry(fields.get("wrong")),
            silence=self._retry(fields.get("silence")),
            otherwise=self._name(fields.get("otherwise")),
            line=name.line,
        )

    def _choice(self, key: Scalar, tree: Tree) -> Choice:
        fields = self._fields(tree, required=("next", "label"), optional=("language",))
        language = self._text(fields["language"]) if "language" in fields else None
        if language is not None and language not in LANGUAGES:
            self._problem(tree.line, "unknown_language", f"language {language!r:.20} is not one of en, zh")
        label = self._words(fields["label"]) if "label" in fields else _NO_WORDS
        return Choice(key.text, self._name(fields.get("next")), label, language, key.line)

    def _retry(self, tree: Tree | None) -> Retry:
        if tree is None:
            return Retry(None, 1)
        fields = self._fields(tree, required=("times",), optional=("prompt",))
        prompt = self._name(fields["prompt"]) if "prompt" in fields else None
        return Retry(prompt, self._number(fields.get("times"), 0, 5, default=1))

    def _languages(self, tree: Tree | None) -> tuple[str, ...]:
        if tree is None:
            return ()
        items = tree.items if isinstance(tree, Sequence) else []
        languages = tuple(self._text(item) for item in items)
        if not languages or len(set(languages)) != len(languages) or not set(languages) <= set(LANGUAGES):
            self._problem(tree.line, "unknown_language", "languages must be a list out of: en, zh")
        return languages

    def _words(self, tree: Tree) -> Words:
        if not isinstance(tree, Mapping) or not tree.entries:
            self._problem(tree.line, "missing_text", "texts must stand under their language (en, zh)")
            return _NO_WORDS
        words: dict[str, str] = {}
        for key, value in tree.entries.values():
            if key.text not in LANGUAGES:
                self._problem(key.line, "unknown_language", f"language {key.text!r:.20} is not one of en, zh")
            words[key.text] = self._text(value)
        return words

    def _table(
        self, tree: Tree | None, read: Callable[[Scalar, Tree], T], names: frozenset[str] | None = None
    ) -> dict[str, T]:
        """A mapping whose keys are names of our own (or out of ``names``)."""
        if tree is None:
            return {}
        if not isinstance(tree, Mapping) or len(tree.entries) > MAX_COUNT:
            self._problem(tree.line, "not_a_mapping", f"expected a mapping of at most {MAX_COUNT} entries")
            return {}
        for key, _ in tree.entries.values():
            if names is not None and key.text not in names:
                self._problem(key.line, "unknown_key", f"{key.text!r:.20} is no key of a telephone")
            elif names is None:
                self._name(key)
        return {key.text: read(key, value) for key, value in tree.entries.values()}

    def _fields(
        self, tree: Tree | None, *, required: tuple[str, ...], optional: tuple[str, ...]
    ) -> MappingOf[str, Tree]:
        if tree is None:
            return {}
        if not isinstance(tree, Mapping):
            self._problem(tree.line, "not_a_mapping", f"expected the keys {', '.join(required)}")
            return {}
        for key, _ in tree.entries.values():
            if key.text not in required + optional:
                self._problem(key.line, "unknown_key", f"unknown key {key.text!r:.60}")
        for name in required:
            if name not in tree.entries:
                self._problem(tree.line, "missing_key", f"{name!r} is missing")
        return {name: value for name, (_, value) in tree.entries.items() if name in required + optional}

    def _name(self, tree: Tree | None) -> str:
        if tree is None:
            return ""
        text = self._text(tree)
        if not _NAME.match(text):
            self._problem(tree.line, "bad_name", f"{text!r:.60}: small letters, digits, - and _ are allowed in a name")
        return text

    def _text(self, tree: Tree) -> str:
        if not isinstance(tree, Scalar) or not tree.text.strip() or len(tree.text) > MAX_TEXT:
            self._problem(tree.line, "not_text", f"text of 1 to {MAX_TEXT} characters expected")
            return ""
        return tree.text.strip()

    def _number(self, tree: Tree | None, low: int, high: int, *, default: int) -> int:
        if tree is None:
            return default
        text = tree.text if isinstance(tree, Scalar) else ""
        if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or not low <= int(text) <= high:
            self._problem(tree.line, "out_of_range", f"a whole number from {low} to {high} is expected")
            return default
        return int(text)

    def _problem(self, line: int, code: str, message: str) -> None:
        self.problems.append(Problem(line, f"menu.{code}", message))
