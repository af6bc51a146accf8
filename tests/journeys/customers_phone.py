"""A customer's phone in the telephone network, which we call."""

from __future__ import annotations

from tests.fakes.rtp import Sound
from tests.fakes.sip.call import IncomingCall
from tests.fakes.sip.endpoint import Endpoint
from tests.journeys.waiting import until

TONE = 700.0


class Phone:
    """A customer's phone behind the trunk: it rings until a journey lets it be answered."""

    def __init__(self, carrier: Endpoint, number: str) -> None:
        self.calls: list[IncomingCall] = []
        self.sound: Sound | None = None
        self._endpoint, self.number = carrier, number
        carrier.phones[number] = self._ring

    def _ring(self, call: IncomingCall) -> None:
        self.calls.append(call)
        call.ring()

    async def rings(self, seconds: float = 25, *, after: int = 0) -> IncomingCall:
        await until(lambda: len(self.calls) > after, seconds, f"the phone {self.number} rings")
        return self.calls[-1]

    async def answer(self) -> None:
        self.sound = await Sound.open(self._endpoint.address[0], TONE)
        call = self.calls[-1]
        call.media_port = self.sound.port
        call.answer()
        assert call.remote_media is not None
        self.sound.send_to(call.remote_media)

    async def close(self) -> None:
        self._endpoint.phones.pop(self.number, None)
        if self.calls and not self.calls[-1].ended.is_set() and self.calls[-1].answered.is_set():
            self.calls[-1].hang_up()
        if self.sound:
            await self.sound.aclose()
