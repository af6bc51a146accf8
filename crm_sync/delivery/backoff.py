"""When to try again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Waits double from ``first_seconds`` to ``longest_seconds``; after ``max_attempts`` the delivery is dead.

    The defaults give a receiver about 16 hours to come back.
    """

    max_attempts: int = 28
    first_seconds: float = 2.0
    longest_seconds: float = 3600.0

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> RetryPolicy:
        """A connector's own policy from its options of the same names; what is no sane number counts as not given."""
        return cls(
            max_attempts=int(_number(options, "max_attempts", cls().max_attempts, 1, 100)),
            first_seconds=_number(options, "first_seconds", cls().first_seconds, 0.05, 3600),
            longest_seconds=_number(options, "longest_seconds", cls().longest_seconds, 0.05, 86_400),
        )

    def wait_seconds(self, attempts: int, spread: float, wished: float | None = None) -> float:
        """The wait after ``attempts`` failures; ``spread`` in 0..1 is chance, so that not all come back at once.

        ``wished``: the least that the receiver asked for.
        """
        whole = min(self.longest_seconds, self.first_seconds * 2.0 ** min(attempts - 1, 40))
        return max(whole * (0.5 + spread / 2), wished or 0.0)


def _number(options: Mapping[str, Any], key: str, default: float, least: float, most: float) -> float:
    value = options.get(key, default)
    usable = isinstance(value, int | float) and not isinstance(value, bool)
    return min(max(value, least), most) if usable else default
