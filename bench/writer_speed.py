"""How fast the whole writer is, with its commits on PostgreSQL and its events in Valkey, both as ``up`` runs them.

The writer sits where it sits in production, in the process that knows the facts. Every agent talks, a tenth as many
calls wait. An agent hangs up (a fact): in one commit his call ends and the most urgent waiting one is reserved for him;
he answers (a fact), and a new call arrives (a fact). So each reservation is three facts and two commits.

First as fast as it can, with so many agents hanging up side by side as facts fit one commit; then at half of that pace,
at random moments: how long from a fact to the commit that follows from it.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
import uvloop

from bench.figures import keep, percentile, say, summary
from bench.place import servers
from core import clock
from core.agent import LegEndReason, LegRole
from core.bus import Bus, connect
from core.db import Database
from core.event import Event
from core.events import CallLegAnswered, CallLegEnded, InteractionActivated, InteractionQueued, ReservationCreated
from core.logs import set_up_logging
from core.migrate import migrate
from processes.precedence import Precedence, take_place
from routing.writer.service import RoutingService
from tests.fakes import crowd

SIZES = (100, 1_000, 10_000)
SIDE_BY_SIDE = 50
"""Agents who hang up and answer all the time while the writer shows what it can."""
WAITING = 0.1
"""Calls that wait, as a share of the agents."""
_OPENED_TOGETHER = 100
_SECONDS_READY = 60.0


class Told(Bus):
    """The bus of the process; it says when what was committed."""

    load: Load | None = None

    async def publish(self, events: Sequence[tuple[int, Event]]) -> None:
        """Take the time, then publish."""
        if self.load is not None:
            self.load.committed(time.perf_counter(), [event for _, event in events])
        await super().publish(events)


@dataclass
class Load:
    """Calls that come, are answered and end; the seconds from each fact to its commit."""

    bus: Told
    there: crowd.Crowd
    connection: asyncpg.Connection[Any]
    side_by_side: int = 0
    """How many agents to keep at hanging up and answering; 0: ``hang_up`` is called from outside."""
    dice: random.Random = field(default_factory=lambda: random.Random(11))
    talking: list[tuple[UUID, ReservationCreated]] = field(default_factory=list)
    offered: dict[UUID, ReservationCreated] = field(default_factory=dict)
    told_at: dict[UUID, float] = field(default_factory=dict)
    """By interaction, or by agent who becomes free."""
    to_reservation: list[float] = field(default_factory=list)
    to_answer: list[float] = field(default_factory=list)
    _opened: list[InteractionQueued] = field(default_factory=list)
    _opening: asyncio.Task[None] | None = None
    _owed: int = 0
    turning: int = 0

    async def open_calls(self, count: int) -> None:
        """Write calls that wait, to be told of later."""
        calls = [self.there.call(self.dice, clock.now()) for _ in range(count)]
        await self.connection.execute(crowd.OPEN_CALLS, crowd.rows_of(calls))
        self._opened += calls

    def arrive(self, count: int) -> None:
        """Tell the writer of more calls, as far as they are written; of the others when they are."""
        self._owed += count
        for call in self._opened[: self._owed]:
            self._tell(call.interaction_id, call)
        told = min(self._owed, len(self._opened))
        self._owed -= told
        del self._opened[:told]
        if len(self._opened) < _OPENED_TOGETHER // 2 and (self._opening is None or self._opening.done()):
            self._opening = asyncio.create_task(self._open_more())

    async def _open_more(self) -> None:
        await self.open_calls(_OPENED_TOGETHER)
        asyncio.get_running_loop().call_soon(self.arrive, 0)

    def hang_up(self) -> None:
        """Some agent ends his call, and another customer calls."""
        place = self.dice.randrange(len(self.talking))
        self.talking[place], self.talking[-1] = self.talking[-1], self.talking[place]
        agent_id, offer = self.talking.pop()
        self._tell(agent_id, CallLegEnded(**_leg_of(offer), reason=LegEndReason.HANGUP))
        self.arrive(1)

    def committed(self, now: float, events: list[Event]) -> None:
        """What the writer has decided."""
        for event in events:
            if isinstance(event, ReservationCreated):
                self._note(self.to_reservation, now, max(self._told(event.agent_id), self._told(event.interaction_id)))
                self.offered[event.reservation_id] = event
                self._tell(event.reservation_id, CallLegAnswered(**_leg_of(event)))
            elif isinstance(event, InteractionActivated):
                self._note(self.to_answer, now, self._told(event.reservation_id))
                self.talking.append((event.agent_id, self.offered.pop(event.reservation_id)))
                self.turning -= 1
                if self.side_by_side:
                    self.turn()

    def turn(self) -> None:
        """Keep so many agents at hanging up as there are to be."""
        while self.turning < self.side_by_side and self.talking:
            self.turning += 1
            self.hang_up()

    async def settled(self, calls: int) -> None:
        """Wait until so many talk."""
        deadline = time.perf_counter() + _SECONDS_READY
        while len(self.talking) < calls:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"only {len(self.talking)} of {calls} agents talk")
            await asyncio.sleep(0.02)

    def begin(self) -> None:
        """Forget what was measured."""
        self.to_reservation, self.to_answer = [], []

    def _tell(self, whom: UUID, fact: Event) -> None:
        self.told_at[whom] = time.perf_counter()
        self.bus.tell_beside(fact)

    def _told(self, whom: UUID) -> float:
        return self.told_at.pop(whom, 0.0)

    @staticmethod
    def _note(seconds: list[float], now: float, told: float) -> None:
        if told:
            seconds.append(now - told)


def _leg_of(offer: ReservationCreated) -> dict[str, Any]:
    return {
        "leg_id": offer.reservation_id, "interaction_id": offer.interaction_id, "reservation_id": offer.reservation_id,
        "agent_id": offer.agent_id, "role": LegRole.AGENT,
    }  # fmt: skip


@asynccontextmanager
async def fresh(cluster_url: str, agents: int) -> AsyncIterator[str]:
    """A migrated database of its own."""
    base, name = cluster_url.rpartition("/")[0], f"writer_{agents}"
    connection = await asyncpg.connect(cluster_url)
    await connection.execute(f"create database {name}")
    async with Database(f"{base}/{name}") as database:
        await migrate(database.engine)
    yield f"{base}/{name}"
    await connection.execute(f"drop database {name} with (force)")
    await connection.close()


@asynccontextmanager
async def writer(database_url: str, redis_url: str) -> AsyncIterator[Told]:
    """The elected writer beside whoever tells the facts."""
    client, reading = connect(redis_url), connect(redis_url)
    async with Told(client, "main") as bus, Database(database_url, pool_size=1) as database:
        service = RoutingService(database_url, "main", bus, reading, beside=True)
        tasks = [asyncio.create_task(service.run()), asyncio.create_task(bus.tend(database))]
        while not service.is_ready:
            await asyncio.sleep(0.02)
        yield bus
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await client.aclose()
    await reading.aclose()


async def measure(agents: int, cluster_url: str, redis_url: str, seconds: float) -> dict[str, Any]:
    """One size: reservations a second, and the way from a fact to its commit."""
    async with fresh(cluster_url, agents) as database_url:
        connection = await asyncpg.connect(database_url)
        there = await crowd.settle(connection, agents)
        async with writer(database_url, redis_url) as bus:
            load = bus.load = Load(bus, there, connection)
            found = {"agents": agents, **await _measured(load, agents, seconds)}
            bus.load = None
        await connection.close()
    say("  " + " ".join(f"{name}={value:,.1f}" for name, value in found.items() if not isinstance(value, dict)))
    return found


async def _measured(load: Load, agents: int, seconds: float) -> dict[str, Any]:
    calls = agents + max(10, int(agents * WAITING))
    began = time.perf_counter()
    await load.open_calls(calls)
    load.arrive(calls)
    await load.settled(agents)
    filled = time.perf_counter() - began
    per_second = await _as_fast_as_it_can(load, seconds)
    full = summary(load.to_reservation)
    await _at_pace(load, per_second / 2, seconds)
    both = [*load.to_reservation, *load.to_answer]
    return {
        "fill_s": filled, "reservations_per_s": per_second, "p50_ms": percentile(both, 0.5) * 1e3,
        "p99_ms": percentile(both, 0.99) * 1e3, "half_load_reservation": summary(load.to_reservation),
        "half_load_answer": summary(load.to_answer), "full_load_reservation": full,
    }  # fmt: skip


async def _as_fast_as_it_can(load: Load, seconds: float) -> float:
    load.side_by_side, load.turning = SIDE_BY_SIDE, 0
    load.turn()
    await asyncio.sleep(seconds / 4)
    load.begin()
    began = time.perf_counter()
    await asyncio.sleep(seconds)
    per_second = len(load.to_reservation) / (time.perf_counter() - began)
    load.side_by_side = 0
    await asyncio.sleep(0.5)
    return per_second


async def _at_pace(load: Load, per_second: float, seconds: float) -> None:
    load.begin()
    loop = asyncio.get_running_loop()
    due, until = loop.time(), loop.time() + seconds
    while due < until:
        await asyncio.sleep(max(0.0, due - loop.time()))
        if load.talking:
            load.hang_up()
        due += load.dice.expovariate(per_second)
    await asyncio.sleep(0.3)


def results(sizes: Sequence[int] = SIZES, seconds: float = 6.0) -> dict[str, Any]:
    """All sizes; what the last line names is of the largest. ``growth``: what a reservation costs there, against the
    smallest."""
    say(f"the whole writer, {seconds:g} s a pace; facts to commit at half of what it can")
    take_place(Precedence.PHONE)
    with servers("writer") as (home, cluster_url, redis_url), (home / "log").open("w") as log, redirect_stdout(log):
        set_up_logging("routing")
        found = [uvloop.run(measure(agents, cluster_url, redis_url, seconds)) for agents in sizes]
    return {
        "writer_per_s": found[-1]["reservations_per_s"], "writer_p99_ms": found[-1]["p99_ms"],
        "writer_growth": found[0]["reservations_per_s"] / found[-1]["reservations_per_s"], "writers": found,
    }  # fmt: skip


def main() -> None:
    """Measure the writer alone."""
    parser = argparse.ArgumentParser(prog="hotline bench writer-speed")
    parser.add_argument("--agents", type=int, nargs="+", default=SIZES, help="sizes of the floor")
    parser.add_argument("--seconds", type=float, default=6.0, help="how long each pace is kept")
    options = parser.parse_args()
    found = results(options.agents, options.seconds)
    say(f"raw figures: {keep('writer-speed', found)}")
    print(
        f"RESULT writer-speed writer_per_s={found['writer_per_s']:.0f} writer_p99_ms={found['writer_p99_ms']:.1f} "
        f"writer_growth={found['writer_growth']:.2f}"
    )


if __name__ == "__main__":
    main()
