"""The limits of a menu's file, and its refusal. The reading is in ``core.yaml_tree``."""

from __future__ import annotations

from core import yaml_tree
from core.yaml_tree import DocumentInvalid, Limits, Problem, Tree

NOUN = "menu"
_LIMITS = Limits(bytes=65_536, depth=12, nodes=5_000)


class MenuInvalid(DocumentInvalid):
    """The definition is refused; ``problems`` names every line that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(NOUN, problems)


def read_tree(text: str) -> Tree:
    """The tree of one YAML document. Raises MenuInvalid."""
    try:
        return yaml_tree.read_tree(text, NOUN, _LIMITS)
    except DocumentInvalid as refused:
        raise MenuInvalid(refused.problems) from None
