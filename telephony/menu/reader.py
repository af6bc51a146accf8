"""From the YAML tree to a definition; every problem is reported with its line, not only the first."""

from __future__ import annotations

from dataclasses import dataclass

from core.yaml_fields import FieldReader
from core.yaml_tree import Mapping, Scalar, Sequence, Tree
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
from telephony.menu.source import NOUN

_KINDS = ("say", "menu", "queue", "book_callback")
_PLANNED = (
    "ask", "verify_customer", "look_up", "branch", "pay", "leave_message", "survey", "hang_up",
)  # fmt: skip
_NO_WORDS: Words = {}


@dataclass(slots=True)
class Reader(FieldReader):
    """Reads one tree; what cannot be read becomes a problem and an empty value, so reading goes on."""

    noun: str = NOUN

    def menu(self, tree: Tree) -> Menu:
        fields = self.fields(tree, required=("menu", "start", "languages", "prompts", "nodes"), optional=())
        languages = self._languages(fields.get("languages"))
        return Menu(
            name=self.name(fields.get("menu")),
            start=self.name(fields.get("start")),
            languages=languages,
            prompts=self.table(fields.get("prompts"), lambda n, t: self._prompt(n, t, languages)),
            nodes={k: v for k, v in self.table(fields.get("nodes"), self._node).items() if v is not None},
        )

    def _prompt(self, name: Scalar, tree: Tree, languages: tuple[str, ...]) -> Prompt:
        texts = self._words(tree)
        for language in languages:
            if language not in texts:
                self.problem(tree.line, "missing_text", f"prompt {name.text!r} has no text in {language!r}")
        return Prompt(name.text, texts)

    def _node(self, name: Scalar, tree: Tree) -> Node | None:
        if not isinstance(tree, Mapping):
            self.problem(tree.line, "not_a_node", f"node {name.text!r} must be say, menu or queue")
            return None
        kinds = [kind for kind in _KINDS if kind in tree.entries]
        planned = [kind for kind in _PLANNED if kind in tree.entries]
        if planned:
            line = tree.entries[planned[0]][0].line
            self.problem(line, "not_available_yet", f"node kind {planned[0]!r} is not available yet")
            return None
        if len(kinds) != 1:
            self.problem(name.line, "not_a_node", f"node {name.text!r} must be one of {', '.join(_KINDS)}")
            return None
        read = {"say": self._say, "menu": self._menu, "queue": self._queue, "book_callback": self._book_callback}
        return read[kinds[0]](name, tree)

    def _say(self, name: Scalar, tree: Tree) -> Node:
        fields = self.fields(tree, required=("say", "next"), optional=())
        return SayNode(name.text, self.name(fields.get("say")), self.name(fields.get("next")), name.line)

    def _queue(self, name: Scalar, tree: Tree) -> Node:
        fields = self.fields(tree, required=("queue",), optional=())
        return QueueNode(name.text, self.name(fields.get("queue")), name.line)

    def _book_callback(self, name: Scalar, tree: Tree) -> Node:
        fields = self.fields(tree, required=("book_callback",), optional=())
        return QueueNode(name.text, self.name(fields.get("book_callback")), name.line, callback=True)

    def _menu(self, name: Scalar, tree: Tree) -> Node:
        inner = self.fields(tree, required=("menu",), optional=()).get("menu")
        fields = self.fields(
            inner, required=("prompt", "choices", "otherwise"), optional=("wait_seconds", "wrong", "silence")
        )
        choices = self.table(fields.get("choices"), self._choice, check_key=self._key)
        if not choices and "choices" in fields:
            self.problem(name.line, "no_choices", f"menu {name.text!r} has no choice")
        return MenuNode(
            name=name.text,
            prompt=self.name(fields.get("prompt")),
            wait_seconds=self.number(fields.get("wait_seconds"), 1, 30, default=5),
            choices=choices,
            wrong=self._retry(fields.get("wrong")),
            silence=self._retry(fields.get("silence")),
            otherwise=self.name(fields.get("otherwise")),
            line=name.line,
        )

    def _choice(self, key: Scalar, tree: Tree) -> Choice:
        fields = self.fields(tree, required=("next", "label"), optional=("language",))
        language = self.text(fields["language"]) if "language" in fields else None
        if language is not None and language not in LANGUAGES:
            self.problem(tree.line, "unknown_language", f"language {language!r:.20} is not one of en, zh")
        label = self._words(fields["label"]) if "label" in fields else _NO_WORDS
        return Choice(key.text, self.name(fields.get("next")), label, language, key.line)

    def _retry(self, tree: Tree | None) -> Retry:
        if tree is None:
            return Retry(None, 1)
        fields = self.fields(tree, required=("times",), optional=("prompt",))
        prompt = self.name(fields["prompt"]) if "prompt" in fields else None
        return Retry(prompt, self.number(fields.get("times"), 0, 5, default=1))

    def _languages(self, tree: Tree | None) -> tuple[str, ...]:
        if tree is None:
            return ()
        items = tree.items if isinstance(tree, Sequence) else []
        languages = tuple(self.text(item) for item in items)
        if not languages or len(set(languages)) != len(languages) or not set(languages) <= set(LANGUAGES):
            self.problem(tree.line, "unknown_language", "languages must be a list out of: en, zh")
        return languages

    def _words(self, tree: Tree) -> Words:
        if not isinstance(tree, Mapping) or not tree.entries:
            self.problem(tree.line, "missing_text", "texts must stand under their language (en, zh)")
            return _NO_WORDS
        words: dict[str, str] = {}
        for key, value in tree.entries.values():
            if key.text not in LANGUAGES:
                self.problem(key.line, "unknown_language", f"language {key.text!r:.20} is not one of en, zh")
            words[key.text] = self.text(value)
        return words

    def _key(self, key: Scalar) -> None:
        if key.text not in KEYS:
            self.problem(key.line, "unknown_key", f"{key.text!r:.20} is no key of a telephone")
