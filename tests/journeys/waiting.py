"""Waiting is polling with a deadline, and says what it waited for."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

T = TypeVar("T")
_POLL_SECONDS = 0.02


async def until(
    look: Callable[[], T | None] | Callable[[], Awaitable[T | None]],
    seconds: float,
    what: str,
    *,
    alive: Callable[[], bool] | None = None,
) -> T:
    """Poll ``look`` until it gives something true and return that; fail with ``what`` when the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        seen = look()
        found = await cast("Awaitable[T | None]", seen) if inspect.isawaitable(seen) else cast("T | None", seen)
        if found:
            return found
        if alive is not None and not alive():
            raise AssertionError(f"ended before: {what}")
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what} (last look: {found!r})")
        await asyncio.sleep(_POLL_SECONDS)
