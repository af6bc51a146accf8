"""Ending asyncio tasks for certain."""

from __future__ import annotations

import asyncio

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
