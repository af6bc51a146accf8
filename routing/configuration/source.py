"""The file: its limits, its refusal, where each part of it stands, and the fields that all sections have. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from core.yaml_fields import FieldReader
from core.yaml_tree import DocumentInvalid, Limits, Mapping, Problem, Scalar, Sequence, Tree

NOUN = "configuration"
LIMITS = Limits(bytes=4_194_304, depth=8, nodes=500_000)
MOST_ENTRIES = 20_000
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}\Z")
_DECIMAL = re.compile(r"\d{1,2}(\.\d{1,3})?\Z", re.ASCII)

Path = tuple[str | int, ...]


class ConfigurationInvalid(DocumentInvalid):
    """The configuration is refused, nothing is applied; ``problems`` names every line that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(NOUN, problems)


@dataclass(slots=True)
class Lines:
    """Where in the file each part stands."""

    _known: dict[Path, int] = field(default_factory=dict)

    def note(self, line: int, *path: str | int) -> None:
        """Remember the line of a part."""
        self._known[path] = line

    def at(self, *path: str | int) -> int:
        """The line of a part, or of the smallest part around it that the file has; 1 when there is none."""
        while path and path not in self._known:
            path = path[:-1]
        return self._known.get(path, 1)

    def has(self, *path: str | int) -> bool:
        """Whether the file has that part."""
        return path in self._known


@dataclass(slots=True)
class SectionReader(FieldReader):
    """Fields of the configuration. Notes the lines of what it reads."""

    noun: str = NOUN
    longest_text: int = 200
    most_entries: int = MOST_ENTRIES
    lines: Lines = field(default_factory=Lines)

    def note_keys(self, tree: Tree, *path: str | int) -> None:
        """Remember the lines of the keys of a mapping."""
        for key, _ in tree.entries.values() if isinstance(tree, Mapping) else ():
            self.lines.note(key.line, *path, key.text)

    def code(self, tree: Tree) -> str:
        """The code of a queue, a skill, an agent …: letters, digits, ``. _ @ -``, 64 at most."""
        text = self.text(tree)
        if text and not _CODE.match(text):
            self.problem(tree.line, "bad_code", f"{text!r:.80}: letters, digits, . _ @ - are allowed in a code")
        return text

    def text(self, tree: Tree) -> str:
        """Text without control characters: it is shown on screens and terminals."""
        text = FieldReader.text(self, tree)
        if not text.isprintable():
            self.problem(tree.line, "not_text", "text must not contain control characters")
            return ""
        return text

    def title(self, tree: Tree | None) -> str:
        """A name for people; it may be empty."""
        if tree is None or (isinstance(tree, Scalar) and not tree.text):
            return ""
        return self.text(tree)

    def choice(self, tree: Tree, allowed: tuple[str, ...]) -> str:
        """One of some words; the first when it is another."""
        text = tree.text if isinstance(tree, Scalar) else ""
        if text not in allowed:
            self.problem(tree.line, "unknown_word", f"one of {', '.join(allowed)} is expected")
            return allowed[0]
        return text

    def decimal(self, tree: Tree | None, default: Decimal | None) -> Decimal | None:
        """A number above 0 and below 100 with at most three decimals."""
        if tree is None:
            return default
        text = tree.text if isinstance(tree, Scalar) else ""
        if not _DECIMAL.match(text) or not Decimal(text):
            self.problem(tree.line, "out_of_range", "a number above 0 and below 100, three decimals at most, expected")
            return default
        return Decimal(text).normalize()

    def counts(self, tree: Tree | None, low: int, high: int, *path: str | int) -> dict[str, int]:
        """A mapping of codes to whole numbers."""

        def one(key: Scalar, value: Tree) -> int:
            self.lines.note(key.line, *path, key.text)
            return self.number(value, low, high, default=low)

        return self.table(tree, one, check_key=self.code)

    def items(self, tree: Tree | None, most: int) -> list[Tree]:
        """A list."""
        if tree is None:
            return []
        if not isinstance(tree, Sequence) or len(tree.items) > most:
            self.problem(tree.line, "not_a_list", f"a list of at most {most:,} entries is expected")
            return []
        return tree.items
