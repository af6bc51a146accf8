"""A process's whole work, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine


async def until_signalled(work: Coroutine[object, object, None]) -> None:
    """Do it until SIGTERM or SIGINT ends it; raises what it raises."""
    serving = asyncio.create_task(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, serving.cancel)
    await asyncio.wait([serving])
    if not serving.cancelled():
        serving.result()
