"""Reading fields out of a YAML tree: what cannot be read is a problem with a line and an empty value.

So reading goes on, and all problems of a file are named at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import TypeVar

from core.yaml_tree import Mapping, Problem, Scalar, Tree

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}\Z")
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
T = TypeVar("T")


@dataclass(slots=True)
class FieldReader:
    """``noun`` begins the codes of the problems; ``longest_text`` counts characters."""

    noun: str
    longest_text: int = 1_000
    most_entries: int = 500
    problems: list[Problem] = field(default_factory=list)

    def problem(self, line: int, code: str, message: str) -> None:
        """Note what is wrong."""
        self.problems.append(Problem(line, f"{self.noun}.{code}", message))

    def fields(
        self, tree: Tree | None, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()
    ) -> MappingOf[str, Tree]:
        """The values of the keys that are known here."""
        if tree is None:
            return {}
        if not isinstance(tree, Mapping):
            self.problem(tree.line, "not_a_mapping", f"expected the keys {', '.join(required or optional)}")
            return {}
        for key, _ in tree.entries.values():
            if key.text not in required + optional:
                self.problem(key.line, "unknown_key", f"unknown key {key.text!r:.60}")
        for name in required:
            if name not in tree.entries:
                self.problem(tree.line, "missing_key", f"{name!r} is missing")
        return {name: value for name, (_, value) in tree.entries.items() if name in required + optional}

    def table(
        self, tree: Tree | None, read: Callable[[Scalar, Tree], T], check_key: Callable[[Scalar], object] | None = None
    ) -> dict[str, T]:
        """A mapping whose keys are names of our own (or pass ``check_key``)."""
        if tree is None:
            return {}
        if not isinstance(tree, Mapping) or len(tree.entries) > self.most_entries:
            self.problem(tree.line, "not_a_mapping", f"expected a mapping of at most {self.most_entries:,} entries")
            return {}
        for key, _ in tree.entries.values():
            (check_key or self.name)(key)
        return {key.text: read(key, value) for key, value in tree.entries.values()}

    def name(self, tree: Tree | None) -> str:
        """A name that people and programs use: small letters, digits, - and _, 40 at most."""
        if tree is None:
            return ""
        text = self.text(tree)
        if not _NAME.match(text):
            self.problem(tree.line, "bad_name", f"{text!r:.60}: small letters, digits, - and _ are allowed in a name")
        return text

    def text(self, tree: Tree) -> str:
        """Text that is not empty."""
        if not isinstance(tree, Scalar) or not tree.text.strip() or len(tree.text) > self.longest_text:
            self.problem(tree.line, "not_text", f"text of 1 to {self.longest_text} characters expected")
            return ""
        return tree.text.strip()

    def number(self, tree: Tree | None, low: int, high: int, *, default: int) -> int:
        """A whole number within bounds."""
        if tree is None:
            return default
        text = tree.text if isinstance(tree, Scalar) else ""
        if not _NUMBER.fullmatch(text) or not low <= int(text) <= high:
            self.problem(tree.line, "out_of_range", f"a whole number from {low} to {high} is expected")
            return default
        return int(text)
