"""Values of the policy as JSON and back: frozen dataclasses of numbers, words, pairs and sets."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

T = TypeVar("T")
_HINTS: dict[type[Any], dict[str, Any]] = {}
"""Names and kinds of the fields of each dataclass that was read once: working them out takes most of a reading."""


def as_json(value: Any) -> Any:
    """Dataclasses become objects, tuples lists, sets sorted lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: as_json(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [as_json(each) for each in value]
    if isinstance(value, frozenset):
        return sorted(value)
    return value


def from_json(kind: type[T], found: Mapping[str, Any]) -> T:
    """The dataclass that was told; what is not named keeps its default.

    Raises ``ValueError`` for an unknown name, ``TypeError`` for a value of a wrong kind.
    """
    hints = _HINTS.get(kind) or _HINTS.setdefault(kind, typing.get_type_hints(kind))
    unknown = set(found) - set(hints)
    if unknown:
        raise ValueError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return kind(**{name: _read(hints[name], value, name) for name, value in found.items()})


def _read(hint: Any, value: Any, name: str) -> Any:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _read(next(each for each in inner if each is not type(None)), value, name)
    if origin is tuple:
        return _tuple(inner, value, name)
    if origin is frozenset:
        return frozenset(_read(inner[0], each, name) for each in _list(value, name))
    if is_dataclass(hint) and isinstance(hint, type):
        if not isinstance(value, Mapping):
            raise TypeError(f"{name} must be an object")
        return from_json(hint, value)
    return _plain(hint, value, name)


def _tuple(inner: tuple[Any, ...], value: Any, name: str) -> tuple[Any, ...]:
    values = _list(value, name)
    if len(inner) == 2 and inner[1] is Ellipsis:
        return tuple(_read(inner[0], each, name) for each in values)
    if len(values) != len(inner):
        raise TypeError(f"{name} must have {len(inner)} parts")
    return tuple(_read(part, each, name) for part, each in zip(inner, values, strict=True))


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{name} must be a list")
    return list(value)


def _plain(hint: Any, value: Any, name: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise TypeError(f"{name} must be of kind {hint.__name__}")
    return value
