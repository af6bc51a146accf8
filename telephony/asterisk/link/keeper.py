"""Keeps one link alive: watchdog, fresh connection after every loss, resync hook after every connect."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine

from core.tasks import end
from telephony.asterisk.link.action import Action
from telephony.asterisk.link.address import AmiAddress
from telephony.asterisk.link.errors import AmiError, AmiLost
from telephony.asterisk.link.frame import Frame
from telephony.asterisk.link.link import Link

log = logging.getLogger(__name__)

PING_SECONDS = 2.0
SILENCE_SECONDS = 4.0
FIRST_DELAY_SECONDS = 0.1
LONGEST_DELAY_SECONDS = 1.0

_PING = Action("Ping")


class Keeper:
    """`run()` until cancelled. `on_connected` runs with the new link before and while events flow."""

    def __init__(
        self,
        address: AmiAddress,
        *,
        wanted: frozenset[str],
        on_event: Callable[[Frame], None],
        on_connected: Callable[[], Awaitable[None]],
        on_lost: Callable[[str], None],
        mask: str = "on",
    ) -> None:
        self._address, self._wanted, self._mask = address, wanted, mask
        self._on_event, self._on_connected, self._on_lost = on_event, on_connected, on_lost
        self._link: Link | None = None

    @property
    def connected(self) -> bool:
        return self._link is not None

    async def send(self, action: Action, within: float = 5.0) -> Frame:
        """`Link.send` on the present link; AmiLost when there is none."""
        return await self._present().send(action, within)

    def begin(self, action: Action, within: float = 5.0) -> Coroutine[None, None, Frame]:
        """`Link.begin` on the present link; AmiLost when there is none."""
        return self._present().begin(action, within)

    async def collect(self, action: Action, within: float = 10.0) -> list[Frame]:
        """`Link.collect` on the present link; AmiLost when there is none."""
        return await self._present().collect(action, within)

    def drop(self, reason: str) -> None:
        """Give the present link up; a fresh one follows with a resync."""
        if self._link is not None:
            self._link.close(reason)

    async def run(self) -> None:
        """Connect, serve, reconnect: for ever. Ends only by cancellation."""
        delay = FIRST_DELAY_SECONDS
        while True:
            try:
                link = await Link.open(self._address, self._wanted, self._on_event, self._mask)
            except AmiError as error:
                log.warning("ami not connected: %s", error.code, extra={"reason": error.message})
                await asyncio.sleep(delay * random.uniform(0.7, 1.0))  # noqa: S311 - spread, not secrecy
                delay = min(delay * 2, LONGEST_DELAY_SECONDS)
                continue
            delay = FIRST_DELAY_SECONDS
            await self._serve(link)

    async def _serve(self, link: Link) -> None:
        self._link = link
        log.info("ami connected")
        tasks = [asyncio.create_task(self._resync()), asyncio.create_task(_watch(link))]
        try:
            await link.closed.wait()
        finally:
            self._link = None
            link.close("stopped")
            await end(*tasks)
            log.warning("ami lost", extra={"reason": link.close_reason})
            self._on_lost(link.close_reason)

    async def _resync(self) -> None:
        try:
            await self._on_connected()
        except AmiError as error:
            self.drop(f"resync failed: {error.code}")
        except Exception:
            log.exception("resync failed")
            self.drop("resync failed")

    def _present(self) -> Link:
        if self._link is None:
            raise AmiLost("no link to the PBX")
        return self._link


async def _watch(link: Link) -> None:
    """Ping when nothing came for a while; no frame at all after that means that the link is dead."""
    seen = -1
    while True:
        await asyncio.sleep(PING_SECONDS)
        if link.frames_seen != seen:
            seen = link.frames_seen
            continue
        try:
            await link.send(_PING, SILENCE_SECONDS)
        except AmiError as error:
            link.close(f"watchdog: {error.code}")
            return
