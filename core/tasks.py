"""Ending asyncio tasks for certain."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

_AGAIN_SECONDS = 0.5
"""A task that tidies up must not be disturbed at once by the next cancel."""


async def end(*tasks: asyncio.Task[object]) -> None:
    """Cancel tasks and wait until they are over; their own errors are not raised here.

    One cancel is not enough on Python 3.11: its ``asyncio.wait_for`` (which the Valkey client uses) swallows a
    cancellation that arrives in the moment in which the awaited thing completes.
    """
    running = {task for task in tasks if not task.done()}
    while running:
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_AGAIN_SECONDS)


async def together(*parts: Coroutine[Any, Any, object]) -> None:
    """Run endless parts side by side; the first that ends, by its error or without one, ends the others."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await end(*tasks)
