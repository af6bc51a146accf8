"""How fast the engine decides, alone in memory, with its explanations on; against a scan; how that grows. Then how fast
the whole writer is (``bench.writer_speed``).

One step is an arrival (put, asked for, and given where somebody is free), an agent who becomes free (put, asked for an
item, which is taken) and what the clock brings. A decision is a freed agent's item or an arrived item's agent, with
its record written: on a full floor one a step. That an item finds nobody is not counted, though it was asked too.
"""

from __future__ import annotations

import argparse
import gc
import random
import time
import timeit
from dataclasses import replace
from typing import Any

from bench import writer_speed
from bench.engine_floor import STEP_SECONDS, Scan, Shape, built, furnish, more_items
from bench.figures import keep, percentile, say
from routing.engine.matcher import Engine

NOW = 1_000_000.0
SIZES = ((100, 1_000), (100, 100_000), (1_000, 100_000), (10_000, 1_000), (10_000, 100_000))
LARGE = (10_000, 100_000)


class Run:
    """Steps on one floor, timed one by one."""

    def __init__(self, shape: Shape, steps: int) -> None:
        self.shape = furnish(shape, NOW)
        self.engine = built(self.shape, NOW)
        self.now = NOW
        self._dice = random.Random(shape.seed + 2)
        self._arrivals = iter(more_items(self.shape, steps))
        self.seconds: list[float] = []
        self.core_seconds = 0.0
        self.decisions = 0

    def go(self, steps: int) -> None:
        """Take so many steps."""
        for _ in range(steps):
            self.now += STEP_SECONDS
            item = replace(next(self._arrivals), queued_at=self.now)
            person = replace(self._dice.choice(self.shape.people), idle_since=self.now)
            core, started = time.process_time(), time.perf_counter()
            self._step(item, person)
            self.seconds.append(time.perf_counter() - started)
            self.core_seconds += time.process_time() - core

    def _step(self, item: Any, person: Any) -> None:
        engine, now = self.engine, self.now
        engine.put_item(item)
        self._carry_out(engine, engine.choose_agent(item.id, now))
        engine.put_agent(person)
        self._carry_out(engine, engine.choose_item(person.id, now))
        while named := engine.relax(now):
            for item_id in named:
                self._carry_out(engine, engine.choose_agent(item_id, now))

    def _carry_out(self, engine: Engine, decision: Any) -> None:
        if decision is not None:
            engine.take(decision)
            self.decisions += bool(decision.explanation)  # reading the record is what writes it

    def scan(self, times: int) -> float:
        """Seconds of one step by a scan; asserts that it decides the same."""
        scan, spent = Scan(self.engine), 0.0
        for _ in range(times):
            self.now += STEP_SECONDS
            person = replace(self._dice.choice(self.shape.people), idle_since=self.now)
            self.engine.put_agent(person)
            decision = self.engine.choose_item(person.id, self.now)
            started = time.perf_counter()
            found = scan.freed(person.id, self.now)
            spent += time.perf_counter() - started
            assert (decision and decision.item_id) == found
            self.engine.drop_agent(person.id)
            item = replace(next(self._arrivals), queued_at=self.now)
            self.engine.put_item(item)
            started = time.perf_counter()
            scan.arrived(item.id, self.now)
            spent += time.perf_counter() - started
        return spent / times


def measure(agents: int, waiting: int, options: argparse.Namespace) -> dict[str, Any]:
    """One floor: decisions a second, and the spread of a step."""
    run = Run(Shape(agents, waiting, profiles=options.profiles), options.steps + 600)
    gc.collect()
    gc.freeze()  # as the product does: what stands is not looked at again
    run.go(300)
    run.seconds, run.core_seconds, run.decisions = [], 0.0, 0
    is_large, scanned = (agents, waiting) == LARGE, 0.0
    for _ in range(options.scans):  # in turns, so that both meet the machine in the same state
        run.go(options.steps // options.scans)
        scanned += run.scan(1) if is_large else 0.0
    steps, spent = len(run.seconds), sum(run.seconds)
    found: dict[str, Any] = {
        "bare_call_ns": bare_call_ns(), "agents": agents, "waiting": waiting, "steps_per_s": steps / spent,
        "decisions_per_s": run.decisions / spent, "decisions_per_core_s": run.decisions / run.core_seconds,
        "p50_us": percentile(run.seconds, 0.5) * 1e6, "p99_us": percentile(run.seconds, 0.99) * 1e6,
        "max_us": max(run.seconds) * 1e6,
    }  # fmt: skip
    if is_large:
        found["scan_ratio"] = (scanned / options.scans) / (spent / steps)
        found["rebuild_s"] = rebuild(run.shape)
    gc.unfreeze()
    say("  " + " ".join(f"{name}={value:,.1f}" for name, value in found.items()))
    return found


def bare_call_ns() -> float:
    """What a call of an empty function costs here and now: how busy or slow the machine is."""

    def nothing() -> None:
        pass

    return min(timeit.repeat(nothing, number=20_000, repeat=5)) / 20_000 * 1e9


def rebuild(shape: Shape) -> float:
    """Seconds from nothing to the first decision, with everything waiting and everybody at work but one."""
    started = time.perf_counter()
    engine = built(shape, NOW)
    engine.put_agent(shape.people[0])
    assert engine.choose_item(shape.people[0].id, NOW) is not None
    return time.perf_counter() - started


def results(options: argparse.Namespace) -> dict[str, Any]:
    """All floors, and how a step grows between them."""
    say(f"engine alone: {options.profiles} kinds of agents, 50 needs, 4 tiers, explanations on")
    found = {(agents, waiting): measure(agents, waiting, options) for agents, waiting in SIZES}
    step = {size: 1.0 / each["steps_per_s"] for size, each in found.items()}
    return {
        **{
            name: found[LARGE][name] for name in ("decisions_per_s", "steps_per_s", "p99_us", "scan_ratio", "rebuild_s")
        },
        "growth_waiting": max(step[n, 100_000] / step[n, 1_000] for n in (100, 10_000)),
        "growth_agents": step[LARGE] / step[100, 100_000],
        "floors": list(found.values()),
    }


def main() -> None:
    """Measure, keep the raw figures, print the result."""
    parser = argparse.ArgumentParser(prog="hotline bench routing-speed")
    parser.add_argument("--steps", type=int, default=20_000, help="timed steps a floor")
    parser.add_argument("--scans", type=int, default=20, help="steps decided by the scan")
    parser.add_argument("--profiles", type=int, default=50, help="kinds of agents")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long the writer keeps each pace")
    options = parser.parse_args()
    found = results(options) | writer_speed.results(seconds=options.seconds)
    say(f"raw figures: {keep('routing-speed', found)}")
    print(
        f"RESULT routing-speed decisions_per_s={found['decisions_per_s']:.0f} p99_us={found['p99_us']:.0f} "
        f"scan_ratio={found['scan_ratio']:.0f} growth_waiting={found['growth_waiting']:.1f} "
        f"growth_agents={found['growth_agents']:.1f} rebuild_s={found['rebuild_s']:.2f} "
        f"writer_per_s={found['writer_per_s']:.0f} writer_p99_ms={found['writer_p99_ms']:.1f}"
    )


if __name__ == "__main__":
    main()
