"""The heartbeat, in a thread with a connection of its own.

A writer that works hard, or that gets little of the processor, must not be taken for dead: whoever takes over then has
the same work to do, and everything to read before it. A thread is heard within milliseconds whatever the event loop
does; a paused process has no thread that runs. An event loop that stands still for long is dead, too.
"""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Self

from routing.writer.election import beat
from routing.writer.session import SessionLostError, WriterSession

STANDSTILL_SECONDS = 10.0
_TICK_SECONDS = 1.0


class Heart:
    """``await Heart.open(url)`` while there is time; ``beat`` once elected; ``close`` at the end."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="heart", daemon=True)
        self._thread.start()
        self._session: WriterSession | None = None
        self._ticked_at = time.monotonic()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect. Raises ``SessionLostError``."""
        heart = cls()
        try:
            opening = asyncio.run_coroutine_threadsafe(WriterSession.open(url, watch=True), heart._loop)
            heart._session = await asyncio.wrap_future(opening)
        except BaseException:
            await heart.close()
            raise
        return heart

    async def beat(self, domain: str, epoch: int) -> None:
        """Tell for ever that this writer is alive. Raises ``DeposedError`` or ``SessionLostError``."""
        assert self._session is not None
        self._ticked_at = time.monotonic()
        beating = asyncio.run_coroutine_threadsafe(self._while_it_ticks(self._session, domain, epoch), self._loop)
        ended = asyncio.wrap_future(beating)
        try:
            while not ended.done():
                await asyncio.wait([ended], timeout=_TICK_SECONDS)
                self._ticked_at = time.monotonic()
            ended.result()
        finally:
            ended.cancel()

    async def _while_it_ticks(self, session: WriterSession, domain: str, epoch: int) -> None:
        beating = asyncio.create_task(beat(session, domain, epoch))
        try:
            while not beating.done():
                await asyncio.wait([beating], timeout=_TICK_SECONDS)
                if time.monotonic() - self._ticked_at > STANDSTILL_SECONDS:
                    raise SessionLostError("the event loop stands still")
            beating.result()
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def close(self) -> None:
        """Let go of connection and thread."""
        if self._session is not None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._end(self._session), self._loop))
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()

    @staticmethod
    async def _end(session: WriterSession) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await session.close()
        await asyncio.sleep(0)  # the transport says good-bye in the next turn
