"""One event loop in a thread of its own, for processes whose main thread belongs to somebody else."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from core.logs import logger

log = logger(__name__)

_RESTART_SECONDS = 1.0
_CANCEL_TIMES = 3
_CANCEL_SECONDS = 1.0
_T = TypeVar("_T")


class TaskLoop:
    """Start it after every fork: a loop and its connections never survive one."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._serve,), name="task-loop", daemon=True)
        self._background: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run it on the loop and wait for its result; from any thread but the loop's."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    async def keep(self, name: str, action: Callable[[], Awaitable[None]]) -> None:
        """Keep an endless action running beside everything else; on the loop's thread."""
        task = asyncio.create_task(_keep_running(name, action))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def stop_background(self) -> None:
        """Cancel what was kept running and wait for it, again for those that overheard it."""
        for _ in range(_CANCEL_TIMES):
            for task in self._background:
                task.cancel()
            if self._background:
                await asyncio.wait(self._background, timeout=_CANCEL_SECONDS)

    def stop(self) -> None:
        """End the loop and its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()


async def _keep_running(name: str, action: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await action()
        except Exception as error:
            log.warning("background action failed", action=name, error=f"{type(error).__name__}: {error}"[:300])
        await asyncio.sleep(_RESTART_SECONDS)
