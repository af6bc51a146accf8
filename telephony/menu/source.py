"""YAML as a tree that knows its lines. The file may come from anybody: what YAML can do to a reader is refused.

Aliases, anchors, tags, several documents, duplicate keys, deep nesting and large files are problems with a
line, found while reading the event stream, so nothing is ever expanded or constructed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

from core.errors import Refusal

MAX_BYTES = 65_536
MAX_DEPTH = 12
MAX_NODES = 5_000


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong and where; ``line`` counts from 1."""

    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message} [{self.code}]"


class MenuInvalid(Refusal):
    """The definition is refused; ``problems`` names every line that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__("menu.invalid", "\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Scalar:
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Sequence:
    items: list[Tree]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    entries: dict[str, tuple[Scalar, Tree]]
    line: int


Tree = Scalar | Sequence | Mapping


@dataclass(slots=True)
class _Reader:
    events: list[yaml.Event]
    problems: list[Problem] = field(default_factory=list)
    at: int = 0

    def next(self) -> yaml.Event:
        event = self.events[self.at]
        self.at += 1
        return event

    def tree(self) -> Tree:
        event = self.next()
        line = _line(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return Sequence(self._items(), line)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(line)
        return Scalar(getattr(event, "value", ""), line)

    def _items(self) -> list[Tree]:
        items: list[Tree] = []
        while not isinstance(self.events[self.at], yaml.SequenceEndEvent):
            items.append(self.tree())
        self.next()
        return items

    def _mapping(self, line: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Tree]] = {}
        while not isinstance(self.events[self.at], yaml.MappingEndEvent):
            key, value = self.tree(), self.tree()
            if not isinstance(key, Scalar):
                self.problems.append(Problem(key.line, "menu.key_not_text", "a key must be plain text"))
            elif key.text in entries:
                self.problems.append(Problem(key.line, "menu.duplicate_key", f"{key.text!r:.60} stands here twice"))
            else:
                entries[key.text] = (key, value)
        self.next()
        return Mapping(entries, line)


def read_tree(text: str) -> Tree:
    """The tree of one YAML document. Raises MenuInvalid."""
    events = _safe_events(text)
    body: list[yaml.Event] = [event for event in events if isinstance(event, _CONTENT)]
    if not body:
        raise MenuInvalid([Problem(1, "menu.empty", "the file is empty")])
    reader = _Reader(body)
    tree = reader.tree()
    if reader.problems:
        raise MenuInvalid(reader.problems)
    return tree


_CONTENT = (yaml.ScalarEvent, yaml.CollectionStartEvent, yaml.CollectionEndEvent)


def _safe_events(text: str) -> list[yaml.Event]:
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise MenuInvalid([Problem(1, "menu.too_large", f"more than {MAX_BYTES} bytes")])
    events: list[yaml.Event] = []
    depth = documents = 0
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            documents += isinstance(event, yaml.DocumentStartEvent)
            _guard(event, depth, documents, len(events))
            events.append(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        message = str(getattr(error, "problem", None) or "not readable as YAML")
        raise MenuInvalid([Problem(line, "menu.not_yaml", message)]) from None
    except RecursionError:
        raise MenuInvalid([Problem(1, "menu.too_deep", f"nested deeper than {MAX_DEPTH}")]) from None
    return events


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _guard(event: yaml.Event, depth: int, documents: int, count: int) -> None:
    line = _line(event)
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise MenuInvalid([Problem(line, "menu.alias", "anchors and aliases are not allowed")])
    if getattr(event, "tag", None):
        raise MenuInvalid([Problem(line, "menu.tag", "tags are not allowed")])
    if depth > MAX_DEPTH:
        raise MenuInvalid([Problem(line, "menu.too_deep", f"nested deeper than {MAX_DEPTH}")])
    if documents > 1 or count > MAX_NODES:
        raise MenuInvalid([Problem(line, "menu.too_large", "one document of at most 5,000 parts is allowed")])
