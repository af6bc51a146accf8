"""Callers and agents' phones for the benches: one process, one clock, answers at once.

Both loops take what is to be measured from the wire: ``perf_counter`` seconds at which a datagram left or came.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from bench import peer
from tests.fakes.sip.call import IncomingCall, OutgoingCall
from tests.fakes.sip.endpoint import Endpoint

CALLER_HOST = "127.0.0.2"
AGENT_HOST = "127.0.0.3"
_numbers = itertools.cycle(range(13_800_000_000, 13_800_000_120))
"""A hundred and twenty customers who call again and again."""


@dataclass
class Floor:
    """Both ends of the load: ``callers`` (and ``peers``, the rival's) dial ``pbx``, ``agents`` are rung."""

    callers: Endpoint
    peers: Endpoint
    agents: Endpoint
    pbx: tuple[str, int]

    @classmethod
    async def open(cls) -> Floor:
        """Open the sockets; set ``pbx`` when it runs."""
        callers, peers, agents = [await Endpoint.open(host) for host in (CALLER_HOST, peer.HOST, AGENT_HOST)]
        return cls(callers, peers, agents, ("", 0))

    def dial(self, number: str) -> OutgoingCall:
        """A new customer calls ``number``."""
        side = self.peers if number in (peer.IDLE_NUMBER, peer.FREED_NUMBER) else self.callers
        return side.dial(self.pbx, number, caller=str(next(_numbers)))

    def close(self) -> None:
        """Close the sockets."""
        for side in (self.callers, self.peers, self.agents):
            side.close()


@dataclass(frozen=True)
class Ring:
    """One call on the wire: who called, when the INVITE left the caller and when one reached the agent."""

    caller: str
    dialled_at: float
    rung_at: float

    @property
    def seconds(self) -> float:
        """From the caller's INVITE to the agent's."""
        return self.rung_at - self.dialled_at


async def idle_round(
    floor: Floor, number: str, phones: Iterable[str], calls: int, *, talk_seconds: float = 0.05, every: float = 0.125
) -> list[Ring]:
    """Place calls one after the other, each answered at once."""
    rung: asyncio.Queue[IncomingCall] = asyncio.Queue()

    def ring(call: IncomingCall) -> None:
        rung.put_nowait(call)
        call.answer()

    floor.agents.phones.update(dict.fromkeys(phones, ring))
    taken: list[Ring] = []
    for _ in range(calls):
        began = time.perf_counter()
        call = floor.dial(number)
        leg = await asyncio.wait_for(rung.get(), 20)
        taken.append(Ring(call.caller, call.invited_at, leg.invited_at))
        await asyncio.wait_for(asyncio.gather(call.answered.wait(), leg.answered.wait()), 10)
        await asyncio.sleep(talk_seconds)
        call.hang_up()
        await asyncio.wait_for(leg.ended.wait(), 10)
        await asyncio.sleep(max(0.02, began + every * random.uniform(0.9, 1.3) - time.perf_counter()))
    return taken


@dataclass
class Freed:
    """A floor under pressure: agents hang up after 200 to 1,400 ms, ``limit`` calls are kept in the house."""

    floor: Floor
    number: str
    limit: int = 100
    talk: Callable[[], float] = lambda: random.uniform(0.2, 1.4)
    gaps: list[float] = field(default_factory=list)
    answered: int = 0
    _freed_at: dict[str, float] = field(default_factory=dict)
    _calls: set[OutgoingCall] = field(default_factory=set)
    _talking: set[IncomingCall] = field(default_factory=set)
    _stopped: bool = False
    waiting_seen: list[int] = field(default_factory=list)

    def _ring(self, name: str) -> Callable[[IncomingCall], None]:
        def ring(leg: IncomingCall) -> None:
            freed_at = self._freed_at.pop(name, None)
            if freed_at is not None and not self._stopped:
                self.gaps.append(leg.invited_at - freed_at)
                self.waiting_seen.append(len(self._calls) - len(self._talking))

            def answered() -> None:
                self.answered += 1
                self._talking.add(leg)
                asyncio.get_running_loop().call_later(self.talk(), self._conclude, leg)

            def ended() -> None:
                self._talking.discard(leg)
                self._freed_at[name] = leg.ended_at

            leg.on_answered, leg.on_ended = answered, ended
            leg.answer()

        return ring

    @staticmethod
    def _conclude(leg: IncomingCall) -> None:
        """The agent hangs up; that moment frees him."""
        if not leg.ended.is_set():
            leg.hang_up()

    def _place(self) -> None:
        if self._stopped:
            return
        call = self.floor.dial(self.number)
        self._calls.add(call)

        def ended() -> None:
            self._calls.discard(call)
            asyncio.get_running_loop().call_soon(self._place)

        call.on_ended = ended

    async def run(self, phones: Iterable[str], seconds: float, *, per_second: float = 60.0) -> None:
        """Fill the house, let it work for ``seconds``, empty it."""
        self.floor.agents.phones.update({name: self._ring(name) for name in phones})
        for _ in range(self.limit):
            self._place()
            await asyncio.sleep(1 / per_second)
        self.gaps.clear()
        self.waiting_seen.clear()
        await asyncio.sleep(seconds)
        await self._empty()

    async def _empty(self) -> None:
        self._stopped = True
        while self._calls:
            for call in list(self._calls):
                call.leave()
                await asyncio.sleep(0.002)
            await asyncio.sleep(0.2)
