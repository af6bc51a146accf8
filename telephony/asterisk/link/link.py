"""One connection to the manager, for asyncio: answers are futures, events are called."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine

from core.ids import new_id
from telephony.asterisk.link.action import Action
from telephony.asterisk.link.address import AmiAddress
from telephony.asterisk.link.client import Client
from telephony.asterisk.link.errors import AmiLoginRefused, AmiLost, AmiNotBooted, AmiRefused, AmiTimeout
from telephony.asterisk.link.frame import Frame

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
LOGIN_SECONDS = 2.0
LIST_SECONDS = 10.0
BOOT_SECONDS = 20.0

EventHandler = Callable[[Frame], None]


class Link:
    """`await Link.open(...)`, then `send` and `collect`; `closed` is set when the connection is over."""

    def __init__(self, address: AmiAddress, wanted: frozenset[str], on_event: EventHandler) -> None:
        self._loop = asyncio.get_running_loop()
        self._address = address
        self._on_event = on_event
        self._client = Client(address, wanted | {"FullyBooted"}, self._arrived, self.close)
        self._prefix = new_id().hex[-12:]
        self._count = 0
        self._answers: dict[str, asyncio.Future[Frame]] = {}
        self._lists: dict[str, list[Frame]] = {}
        self._booted = asyncio.Event()
        self.closed = asyncio.Event()
        self.close_reason = ""
        self.frames_seen = 0

    @classmethod
    async def open(cls, address: AmiAddress, wanted: frozenset[str], on_event: EventHandler, mask: str = "on") -> Link:
        """Connect, log in, wait for FullyBooted. Raises an AmiError."""
        link = cls(address, wanted, on_event)
        try:
            await asyncio.to_thread(link._client.connect)
            link._client.listen()
            await link._log_in(mask)
        except OSError as error:
            link.close("never opened")
            raise AmiLost(f"cannot reach the PBX: {error}") from error
        except BaseException:
            link.close("never opened")
            raise
        return link

    async def send(self, action: Action, within: float = ANSWER_SECONDS) -> Frame:
        """Send and wait for the answer. Raises AmiRefused (with Asterisk's text), AmiTimeout, AmiLost."""
        return await self.begin(action, within)

    def begin(self, action: Action, within: float = ANSWER_SECONDS) -> Coroutine[None, None, Frame]:
        """Send at once; what is returned waits for the answer and must be awaited. Both raise as ``send``."""
        action_id = self._next_id()
        return self._understood(action_id, action, self._put(action_id, action), within)

    async def collect(self, action: Action, within: float = LIST_SECONDS) -> list[Frame]:
        """Send an action that answers with a list of events; its frames without start and end.

        An empty list may be an error text of Asterisk ("No ... found"): that gives []. Raises as `send`.
        """
        action_id = self._next_id()
        items = self._lists[action_id] = []
        try:
            answer = await self._answer(action_id, action, self._put(action_id, action), within)
        finally:
            self._lists.pop(action_id, None)
        if answer.kind == "response" and not answer.ok and not _means_empty(answer):
            raise AmiRefused(answer.get("Message", "refused"))
        return items

    def close(self, reason: str) -> None:
        """End the connection and fail everything that waits. Safe to call again."""
        if self.closed.is_set():
            return
        self.close_reason = reason
        self.closed.set()
        self._booted.set()
        self._client.close()
        for future in self._answers.values():
            if not future.done():
                future.set_exception(AmiLost(reason))
        self._answers.clear()

    async def _log_in(self, mask: str) -> None:
        fields = (("Username", self._address.user), ("Secret", self._address.secret), ("Events", mask))
        try:
            await self.send(Action("Login", fields), LOGIN_SECONDS)
        except AmiRefused as error:
            raise AmiLoginRefused(error.message) from None
        try:
            async with asyncio.timeout(BOOT_SECONDS):
                await self._booted.wait()
        except TimeoutError:
            raise AmiNotBooted("no FullyBooted event; may the user read the class `system`?") from None
        if self.closed.is_set():
            raise AmiLost(self.close_reason)

    async def _understood(self, action_id: str, action: Action, future: asyncio.Future[Frame], within: float) -> Frame:
        answer = await self._answer(action_id, action, future, within)
        if not answer.ok:
            raise AmiRefused(answer.get("Message", "refused"))
        return answer

    def _put(self, action_id: str, action: Action) -> asyncio.Future[Frame]:
        if self.closed.is_set():
            raise AmiLost(self.close_reason)
        future: asyncio.Future[Frame] = self._loop.create_future()
        self._transmit(action, action_id)
        self._answers[action_id] = future
        return future

    async def _answer(self, action_id: str, action: Action, future: asyncio.Future[Frame], within: float) -> Frame:
        try:
            async with asyncio.timeout(within):
                return await future
        except TimeoutError:
            raise AmiTimeout(f"{action.name}: no answer in {within:.0f} s") from None
        finally:
            self._answers.pop(action_id, None)

    def _transmit(self, action: Action, action_id: str) -> None:
        try:
            self._client.transmit(action, action_id)
        except AmiLost as error:
            self.close(error.message)
            raise

    def _next_id(self) -> str:
        self._count += 1
        return f"{self._prefix}-{self._count}"

    def _arrived(self, frame: Frame) -> None:
        if not self.closed.is_set():
            self.frames_seen += 1
            self._dispatch(frame)

    def _dispatch(self, frame: Frame) -> None:
        if frame.kind == "response":
            self._answered(frame)
        elif frame.action_id in self._lists:
            self._listed(frame)
        elif frame.name == "FullyBooted":
            self._booted.set()
        else:
            self._handle(frame)

    def _answered(self, frame: Frame) -> None:
        starts_list = frame.get("EventList").lower() == "start"
        if starts_list and frame.action_id in self._lists:
            return
        self._resolve(frame)

    def _listed(self, frame: Frame) -> None:
        if frame.get("EventList").lower() in ("complete", "cancelled"):
            self._resolve(frame)
        else:
            self._lists[frame.action_id].append(frame)

    def _resolve(self, frame: Frame) -> None:
        future = self._answers.get(frame.action_id)
        if future is not None and not future.done():
            future.set_result(frame)

    def _handle(self, frame: Frame) -> None:
        try:
            self._on_event(frame)
        except Exception:
            log.exception("ami event handler failed", extra={"event_name": frame.name})


def _means_empty(answer: Frame) -> bool:
    message = answer.get("Message").lower()
    return message.startswith("no ") and "found" in message
