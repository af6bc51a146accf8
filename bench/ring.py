"""``./hotline bench ring``: how soon an agent's phone rings, against Asterisk's own app_queue on the same Asterisk.

Two cases, both read off the wire of one process on one clock: an agent is idle when the customer calls (caller's
INVITE to agent's INVITE), and an agent becomes free while about 90 customers wait (the agent's BYE to his next
INVITE). The product is the whole one, with its commits. Rounds of both sides alternate.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import peer
from bench.figures import keep, percentile, say, summary
from bench.load import Floor, Freed, Ring, idle_round
from bench.place import on_disk
from bench.steps import steps_of
from processes import seed
from tests.journeys.company import Team, make_team
from tests.journeys.desk import Desk
from tests.journeys.probe import Probe
from tests.journeys.stack import Plan, Stack, running

NUMBER = "4008880099"


@dataclass
class Bench:
    """Both sides on one Asterisk, and what was measured."""

    stack: Stack
    floor: Floor
    team: Team
    desks: list[Desk] = field(default_factory=list)
    idle: dict[str, list[Ring]] = field(default_factory=lambda: {"app_queue": [], "hotline": []})
    freed: dict[str, list[float]] = field(default_factory=lambda: {"app_queue": [], "hotline": []})
    waiting: dict[str, list[int]] = field(default_factory=lambda: {"app_queue": [], "hotline": []})

    async def staff(self, count: int) -> None:
        """Exactly so many of our agents are available."""
        for number, desk in enumerate(self.desks):
            await desk.be(*(("available",) if number < count else ("away", "break")))
        probe = Probe(self.stack.database)
        for desk in self.desks[:count]:
            await probe.agent_is(desk.agent_id, presence="available", work_state="idle", reachable=True)

    @property
    def phones(self) -> list[str]:
        """Our agents' phones."""
        return [person.phone for person in self.team.people]

    async def idle_rounds(self, rounds: int, calls: int) -> None:
        """Customers meet an idle agent; one of ten is available on either side."""
        await self.staff(1)
        say("warming up: both sides see every customer once")
        await idle_round(self.floor, peer.IDLE_NUMBER, peer.phones("idle"), 20)
        await idle_round(self.floor, NUMBER, self.phones, 120, every=0.0)
        for number in range(1, rounds + 1):
            theirs = await idle_round(self.floor, peer.IDLE_NUMBER, peer.phones("idle"), calls)
            ours = await idle_round(self.floor, NUMBER, self.phones, calls)
            self.idle["app_queue"] += theirs
            self.idle["hotline"] += ours
            say(f"idle, round {number}: app_queue {_line([r.seconds for r in theirs])}"
                f", hotline {_line([r.seconds for r in ours])}")  # fmt: skip

    async def freed_rounds(self, rounds: int, seconds: float) -> None:
        """Agents become free while customers wait."""
        await self.staff(len(self.desks))
        for number in range(1, rounds + 1):
            for side, called, phones in (
                ("app_queue", peer.FREED_NUMBER, peer.phones("freed")),
                ("hotline", NUMBER, self.phones),
            ):
                pressure = Freed(self.floor, called)
                await pressure.run(phones, seconds)
                self.freed[side] += pressure.gaps
                self.waiting[side] += pressure.waiting_seen
                say(f"freed, round {number}: {side} {_line(pressure.gaps)}")
                await self._rest()

    async def _rest(self) -> None:
        probe = Probe(self.stack.database)
        for desk in self.desks:
            await probe.agent_is(desk.agent_id, seconds=30, work_state="idle")


def _line(values: list[float]) -> str:
    found = summary(values)
    return f"n={found['n']} p50={found.get('p50_ms')} p99={found.get('p99_ms')} ms"


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """The whole measurement."""
    async with AsyncExitStack() as exits:
        home = exits.enter_context(on_disk("ring"))
        bench = await _set_up(home, exits)
        await bench.idle_rounds(options.rounds, options.calls)
        shares = await steps_of(bench.stack.database, bench.idle["hotline"], time.time() - time.perf_counter())
        await bench.freed_rounds(options.freed_rounds, options.freed_seconds)
        for step, found in shares.items():
            say(f"  {step}: {found}")
        return _results(bench, shares)


async def _set_up(home: Path, exits: AsyncExitStack) -> Bench:
    floor = await Floor.open()
    exits.callback(floor.close)

    async def prepare(database_url: str) -> str:
        await seed.demo_company(database_url, home / "sign-ins.json")
        return database_url

    plan = Plan(
        home, prepare, pbx_extra=peer.configuration(floor.agents.address), pbx_modules=peer.MODULES, by_cable=False
    )
    say("starting the product and Asterisk")
    stack = await exits.enter_async_context(running(plan))
    floor.pbx = stack.sip_address
    team = await make_team(stack.database, "bench", NUMBER, floor.agents.address, size=10, wrap_up_seconds=0)
    bench = Bench(stack, floor, team)
    for person in team.people:
        bench.desks.append(await Desk.open(stack.url, person))
    exits.push_async_callback(_close, bench)
    return bench


async def _close(bench: Bench) -> None:
    for desk in bench.desks:
        await desk.close()


def _results(bench: Bench, shares: dict[str, Any]) -> dict[str, Any]:
    idle = {side: [ring.seconds for ring in rings] for side, rings in bench.idle.items()}
    return {
        "idle": {side: summary(values) for side, values in idle.items()},
        "freed": {side: summary(values) for side, values in bench.freed.items()},
        "waiting_mean": {side: sum(seen) / max(1, len(seen)) for side, seen in bench.waiting.items()},
        "steps": shares,
        "idle_ratio_p50": percentile(idle["hotline"], 0.5) / percentile(idle["app_queue"], 0.5),
        "freed_speedup_p50": percentile(bench.freed["app_queue"], 0.5) / percentile(bench.freed["hotline"], 0.5),
        "freed_speedup_p99": percentile(bench.freed["app_queue"], 0.99) / percentile(bench.freed["hotline"], 0.99),
        "raw_seconds": {"idle": idle, "freed": bench.freed},
    }


def main() -> None:
    """Measure, keep the raw figures, print the result."""
    parser = argparse.ArgumentParser(prog="hotline bench ring")
    parser.add_argument("--rounds", type=int, default=4, help="interleaved rounds with an idle agent")
    parser.add_argument("--calls", type=int, default=80, help="calls a round and side")
    parser.add_argument("--freed-rounds", type=int, default=2)
    parser.add_argument("--freed-seconds", type=float, default=25.0, help="length of a round under pressure, a side")
    results = asyncio.run(run(parser.parse_args()))
    say(f"raw figures: {keep('ring', results)}")
    for case in ("idle", "freed"):
        for side, found in results[case].items():
            print(f"{case:6} {side:10} {found}")
    print(
        f"RESULT ring idle_ratio_p50={results['idle_ratio_p50']:.2f} "
        f"freed_speedup_p50={results['freed_speedup_p50']:.1f} freed_speedup_p99={results['freed_speedup_p99']:.1f}"
    )


if __name__ == "__main__":
    main()
