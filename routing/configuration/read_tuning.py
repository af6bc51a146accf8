"""The engine's weights from YAML: names that its policy has, numbers within reason. Pure."""

from __future__ import annotations

import re

from core.yaml_tree import Scalar, Tree
from routing.configuration.model import Tuning
from routing.configuration.source import SectionReader
from routing.engine.policy import Policy

FACTORS = ("steepness", "relax", "head_start", "cap", "scarce_wait", "kept_wait", "blend_wait", "preferred_wait")
"""What of every channel's and tier's service can be multiplied (the slope: raised to a power)."""
PARTS = ("service", "order", "choice", "reserves")
_FLOAT = re.compile(r"\d{1,5}(\.\d{1,4})?\Z", re.ASCII)


def weights_of(part: str) -> dict[str, float]:
    """The weights that a part of the policy has, with their usual values."""
    if part == "service":
        return dict.fromkeys(FACTORS, 1.0)
    found = Policy().as_json()[part]
    return {name: value for name, value in found.items() if isinstance(value, int | float)}


def read_tuning(reader: SectionReader, tree: Tree) -> Tuning:
    """Weights by part; what is not named stays as the formula has it."""

    def part(key: Scalar) -> str:
        return reader.choice(key, PARTS)

    return reader.table(tree, lambda key, value: _part(reader, key, value), check_key=part)


def _part(reader: SectionReader, key: Scalar, tree: Tree) -> dict[str, float]:
    known = weights_of(key.text if key.text in PARTS else PARTS[0])
    fields = reader.fields(tree, optional=tuple(known))
    return {name: _weight(reader, value, known[name]) for name, value in fields.items()}


def _weight(reader: SectionReader, tree: Tree, usual: float) -> float:
    text = tree.text if isinstance(tree, Scalar) else ""
    if not _FLOAT.match(text) or (isinstance(usual, int) and "." in text):
        kind = "whole number" if isinstance(usual, int) else "number"
        reader.problem(tree.line, "out_of_range", f"a {kind} from 0 to 99999 is expected")
        return usual
    return int(text) if isinstance(usual, int) else float(text)
