"""A small loop that does something again and again, sooner when it is woken."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from core.logs import logger

log = logger(__name__)


class Rhythm:
    """Repeats ``action`` at least every ``every_seconds`` and at once when woken.

    ``action`` returns how much it did; while that is a whole ``batch`` it is repeated without a pause. Whatever it
    raises is logged and forgotten: the next round looks again.
    """

    def __init__(self, name: str, action: Callable[[], Awaitable[int]], every_seconds: float, batch: int) -> None:
        self._name = name
        self._action = action
        self._every = every_seconds
        self._batch = batch
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Do it now; only from the loop's own thread."""
        self._woken.set()

    async def run(self) -> None:
        """Run until cancelled."""
        while True:
            self._woken.clear()
            if await self._once() < self._batch:
                await self._pause()

    async def _once(self) -> int:
        try:
            return await self._action()
        except Exception as error:
            log.warning("round failed", rhythm=self._name, error=f"{type(error).__name__}: {error}"[:300])
            return 0

    async def _pause(self) -> None:
        # asyncio.wait_for of Python 3.11 loses a cancellation that comes together with the wake.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._every):
                await self._woken.wait()
