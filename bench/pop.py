"""``./hotline bench pop``: how soon the agent sees who calls.

From Asterisk's own timestamp of the event with which a call arrives in the queue, to the websocket frame with the
customer's record at the agent's desk. Real SIP calls on a real Asterisk, phones that answer at once and hang up, a
million customers in PostgreSQL, hundreds of connected desks.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import text

from bench.arrivals import Arrivals
from bench.figures import keep, percentile, say, summary
from bench.load import Floor
from bench.million import clone, seeded
from bench.place import on_disk
from bench.wire_desk import WireDesk, connect_desk
from core.db import Database
from core.settings import ROOT
from tests.fakes.sip.call import IncomingCall
from tests.journeys.company import Team, make_team
from tests.journeys.stack import Plan, Stack, running
from tests.journeys.waiting import until

NUMBER = "4008880098"
_TALK_SECONDS = (0.5, 2.0)
_PING_SECONDS = 10.0
_MOMENTS = text(
    """
    select i.address, e.name, min(e.at) as at, min(pg_xact_commit_timestamp(e.xmin)) as committed_at
    from event_log e join interactions i on i.id = e.interaction_id
    where e.name in ('interaction.queued', 'reservation.created') and i.address = any(:addresses)
    group by i.address, e.name
    """
)


@dataclass
class PopBench:
    """The running product with its desks, and the moments of each call by the caller's number."""

    stack: Stack
    floor: Floor
    team: Team
    arrivals: Arrivals
    desks: list[WireDesk] = field(default_factory=list)
    clients: list[Any] = field(default_factory=list)
    popped: dict[str, float] = field(default_factory=dict)

    def on_pop(self, payload: bytes, at: float) -> None:
        """A desk shows a call; the first time counts."""
        address = orjson.loads(payload)["item"]["address"]
        self.popped.setdefault(address, at)

    async def open_desks(self) -> None:
        """Everybody comes to work, some at a time."""
        gate = asyncio.Semaphore(8)

        async def one(login: str, password: str) -> None:
            async with gate:
                desk, client = await connect_desk(self.stack.url, login, password, self.on_pop)
                self.desks.append(desk)
                self.clients.append(client)

        await asyncio.gather(*(one(person.login, person.password) for person in self.team.people))

    async def keep_alive(self) -> None:
        """Each desk pings every ten seconds, evenly spread."""
        while True:
            for desk in self.desks:
                desk.ping()
                await asyncio.sleep(_PING_SECONDS / len(self.desks))

    async def drive(self, numbers: list[str], per_second: float, seconds: float) -> list[str]:
        """Customers call at an even rate; returns the numbers that called."""
        began, called = time.perf_counter(), []
        for count in range(int(per_second * seconds)):
            await asyncio.sleep(max(0.0, began + count / per_second - time.perf_counter()))
            number = numbers[count % len(numbers)]
            self.floor.callers.dial(self.floor.pbx, NUMBER, caller=number)
            called.append(number)
        return called


def _answer(leg: IncomingCall) -> None:
    """A phone that answers at once and hangs up after a short talk."""
    loop = asyncio.get_running_loop()
    leg.on_answered = lambda: loop.call_later(random.uniform(*_TALK_SECONDS), _leave, leg)
    leg.answer()


def _leave(leg: IncomingCall) -> None:
    if not leg.ended.is_set():
        leg.hang_up()


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """The whole measurement."""
    async with AsyncExitStack() as exits:
        home = exits.enter_context(on_disk("pop"))
        bench = await _set_up(options, home, exits)
        numbers = await _numbers(bench.stack.database, int(options.rate * (options.seconds + options.warm_up)))
        pings = asyncio.create_task(bench.keep_alive())
        exits.callback(pings.cancel)
        warm = int(options.rate * options.warm_up)
        say(f"warming up for {options.warm_up:g} s")
        await bench.drive(numbers[:warm], options.rate, options.warm_up)
        say(f"{options.rate:g} calls/s for {options.seconds:g} s, {len(bench.desks)} desks")
        called = await bench.drive(numbers[warm:], options.rate, options.seconds)
        await _settle(bench, called)
        return await _results(bench, called)


async def _settle(bench: PopBench, called: list[str]) -> None:
    try:
        await until(lambda: all(number in bench.popped for number in called), 10, "every pop")
    except AssertionError:
        missing = [number for number in called if number not in bench.popped]
        say(f"{len(missing)} pops are missing after 10 s, {len(bench.popped)} came, {len(bench.arrivals.at)} arrived")


async def _set_up(options: argparse.Namespace, home: Path, exits: AsyncExitStack) -> PopBench:
    floor = await Floor.open()
    exits.callback(floor.close)
    postgres_home = await seeded(ROOT / "var" / "bench", options.customers)
    plan = Plan(
        home, clone, postgres_home=postgres_home, postgres_options={"track_commit_timestamp": "on"}, by_cable=False
    )
    say("starting the product and Asterisk")
    stack = await exits.enter_async_context(running(plan))
    floor.pbx = stack.sip_address
    team = await make_team(stack.database, "pop", NUMBER, floor.agents.address, size=options.desks, wrap_up_seconds=0)
    floor.agents.phones.update({person.phone: _answer for person in team.people})
    arrivals = Arrivals(stack.pbx.ami_url)
    await arrivals.start()
    exits.callback(arrivals.stop)
    bench = PopBench(stack, floor, team, arrivals)
    say(f"{options.desks} agents sign in")
    await bench.open_desks()
    exits.push_async_callback(_close, bench)
    return bench


async def _close(bench: PopBench) -> None:
    for client in bench.clients:
        await client.aclose()


async def _numbers(database: Database, count: int) -> list[str]:
    """Numbers of so many known customers, in no order."""
    query = text("select value from customer_identities tablesample system (5) where kind = 'phone' limit :count")
    async with database.engine.connect() as connection:
        found = [row.value for row in await connection.execute(query, {"count": count})]
    random.shuffle(found)
    assert len(found) == count, f"only {len(found)} known numbers"
    return found


async def _results(bench: PopBench, called: list[str]) -> dict[str, Any]:
    async with bench.stack.database.engine.connect() as connection:
        rows = (await connection.execute(_MOMENTS, {"addresses": called})).all()
    moments: dict[str, dict[str, float]] = {number: {} for number in called}
    for row in rows:
        moments[row.address][f"{row.name} decided"] = row.at.timestamp()
        moments[row.address][f"{row.name} committed"] = row.committed_at.timestamp()
    for number in called:
        _note(moments[number], "arrived", bench.arrivals.at.get(number))
        _note(moments[number], "popped", bench.popped.get(number))
    taken = [seen["popped"] - seen["arrived"] for seen in moments.values() if {"arrived", "popped"} <= seen.keys()]
    steps = ("arrived", "interaction.queued decided", "interaction.queued committed", "reservation.created decided",
             "reservation.created committed", "popped")  # fmt: skip
    whole = [seen for seen in moments.values() if all(step in seen for step in steps)]
    return {
        "pop": summary(taken),
        "lost": len(called) - len(taken),
        "dropped_desks": sum(desk.is_lost for desk in bench.desks),
        "frames_to_desks": sum(desk.frames for desk in bench.desks),
        "steps": {f"{a} → {b}": summary([seen[b] - seen[a] for seen in whole]) for a, b in pairwise(steps)},
        "p50_ms": percentile(taken, 0.5) * 1000,
        "p95_ms": percentile(taken, 0.95) * 1000,
        "raw_seconds": taken,
    }


def _note(seen: dict[str, float], name: str, at: float | None) -> None:
    if at is not None:
        seen[name] = at


def main() -> None:
    """Measure, keep the raw figures, print the result."""
    parser = argparse.ArgumentParser(prog="hotline bench pop")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--desks", type=int, default=500)
    parser.add_argument("--rate", type=float, default=20.0, help="calls a second")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--warm-up", type=float, default=5.0)
    results = asyncio.run(run(parser.parse_args()))
    say(f"raw figures: {keep('pop', results)}")
    for step, found in results["steps"].items():
        print(f"{step}: {found}")
    print(f"pop {results['pop']} dropped_desks={results['dropped_desks']}")
    print(f"RESULT pop p50_ms={results['p50_ms']:.1f} p95_ms={results['p95_ms']:.1f} lost={results['lost']}")


if __name__ == "__main__":
    main()
