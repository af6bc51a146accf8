"""YAML as a tree that knows its lines. The file may come from anybody: what YAML can do to a reader is refused.

Aliases, anchors, tags, several documents, duplicate keys, deep nesting and large files are problems with a
line, found while reading the event stream, so nothing is ever expanded or constructed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

from core.errors import Refusal


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """What is wrong and where; ``line`` counts from 1."""

    line: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message} [{self.code}]"


class DocumentInvalid(Refusal):
    """A document is refused with the code ``<noun>.invalid``; ``problems`` names every line that is wrong."""

    def __init__(self, noun: str, problems: list[Problem]) -> None:
        self.problems = sorted(problems)
        super().__init__(f"{noun}.invalid", "\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may be at most; ``nodes`` counts keys, values and the ends of collections."""

    bytes: int = 65_536
    depth: int = 12
    nodes: int = 5_000


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
_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONTENT = (yaml.ScalarEvent, yaml.CollectionStartEvent, yaml.CollectionEndEvent)


def read_tree(text: str, noun: str, limits: Limits) -> Tree:
    """The tree of one YAML document; ``noun`` begins the codes of its problems. Raises DocumentInvalid."""
    events = _Events(noun, limits).read(text)
    body: list[yaml.Event] = [event for event in events if isinstance(event, _CONTENT)]
    if not body:
        raise DocumentInvalid(noun, [Problem(1, f"{noun}.empty", "the file is empty")])
    reader = _Reader(noun, body)
    tree = reader.tree()
    if reader.problems:
        raise DocumentInvalid(noun, reader.problems)
    return tree


@dataclass(slots=True)
class _Reader:
    noun: str
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
                self._problem(key.line, "key_not_text", "a key must be plain text")
            elif key.text in entries:
                self._problem(key.line, "duplicate_key", f"{key.text!r:.60} stands here twice")
            else:
                entries[key.text] = (key, value)
        self.next()
        return Mapping(entries, line)

    def _problem(self, line: int, code: str, message: str) -> None:
        self.problems.append(Problem(line, f"{self.noun}.{code}", message))


@dataclass(frozen=True, slots=True)
class _Events:
    """Reads the event stream and stops at the first thing that is not allowed."""

    noun: str
    limits: Limits

    def read(self, text: str) -> list[yaml.Event]:
        if len(text.encode(errors="replace")) > self.limits.bytes:
            raise self._refused(1, "too_large", f"more than {self.limits.bytes:,} bytes")
        events: list[yaml.Event] = []
        depth = documents = 0
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                documents += isinstance(event, yaml.DocumentStartEvent)
                self._guard(event, depth, documents, len(events))
                events.append(event)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            message = str(getattr(error, "problem", None) or "not readable as YAML")
            raise self._refused(mark.line + 1 if mark else 1, "not_yaml", message) from None
        except UnicodeEncodeError:
            raise self._refused(1, "not_yaml", "not text that can be written") from None
        except RecursionError:
            raise self._refused(1, "too_deep", f"nested deeper than {self.limits.depth}") from None
        return events

    def _guard(self, event: yaml.Event, depth: int, documents: int, count: int) -> None:
        line = _line(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._refused(line, "alias", "anchors and aliases are not allowed")
        if getattr(event, "tag", None):
            raise self._refused(line, "tag", "tags are not allowed")
        if depth > self.limits.depth:
            raise self._refused(line, "too_deep", f"nested deeper than {self.limits.depth}")
        if documents > 1 or count > self.limits.nodes:
            raise self._refused(line, "too_large", f"one document of at most {self.limits.nodes:,} parts is allowed")

    def _refused(self, line: int, code: str, message: str) -> DocumentInvalid:
        return DocumentInvalid(self.noun, [Problem(line, f"{self.noun}.{code}", message)])


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1
