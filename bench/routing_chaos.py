"""``./hotline bench routing-chaos``: routing processes that are killed and paused at random under a crowd of calls.

Three processes, 2,000 agents, 100,000 calls in fifteen minutes, unless said otherwise. Ends with 1 when anything was
offered twice, an agent had two calls, anything was left over, or pauses away from takeovers were a second or more.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import asdict, replace

import uvloop

from bench.figures import RESULTS, keep, percentile, say, summary
from bench.place import servers
from core.db import Database
from core.logs import set_up_logging
from core.migrate import migrate
from tests.routing.chaos.endure import endure
from tests.routing.chaos.plan import FULL, Plan
from tests.routing.chaos.verdict import Verdict

_LONGEST_PAUSE = 1.0
"""Seconds that 99 of 100 offers may take, away from takeovers."""


def main() -> int:
    """Live through it; print figures and the result."""
    plan = _plan()
    say(
        f"{plan.writers} routing processes, {plan.agents} agents, {plan.items} calls in {plan.seconds:g} s "
        f"({plan.per_second:.0f}/s, talks of {plan.talk_seconds:.1f} s)"
    )
    set_up_logging("chaos", level="WARNING")
    RESULTS.mkdir(exist_ok=True)
    log = RESULTS / "routing-chaos.log"
    log.unlink(missing_ok=True)
    with servers("chaos") as (_, database_url, redis_url):
        asyncio.run(_migrate(database_url))
        verdict = uvloop.run(endure(plan, database_url, redis_url, log, say))
    return _tell(plan, verdict)


async def _migrate(url: str) -> None:
    async with Database(url) as database:
        await migrate(database.engine)


def _tell(plan: Plan, verdict: Verdict) -> int:
    takeovers = [seconds for each in verdict.takeovers.values() for seconds in each]
    figures = {
        "plan": asdict(plan), "faults": verdict.faults, "calls": verdict.calls, "offers": verdict.offers,
        "hits": verdict.hits, "pauses": summary(verdict.pauses), "pauses_with_takeovers": summary(verdict.all_pauses),
        "takeovers": {kind: summary(seconds) for kind, seconds in verdict.takeovers.items()},
        "worked_off": summary(verdict.worked_off),
        "takeover_seconds": verdict.takeovers, "unprovoked_takeovers": verdict.unprovoked,
    }  # fmt: skip
    for name, value in figures.items():
        say(f"{name}: {value}")
    say(f"raw figures: {keep('routing-chaos', figures)}")
    p99 = percentile(verdict.pauses, 0.99) if verdict.pauses else float("inf")
    failed = bool(verdict.faults) or verdict.calls != plan.items or p99 >= _LONGEST_PAUSE
    print(
        f"RESULT routing-chaos faults={sum(verdict.faults.values())} calls={verdict.calls} offers={verdict.offers} "
        f"hits={sum(verdict.hits.values())} takeovers={len(takeovers)} "
        f"takeover_p50_s={percentile(takeovers or [0.0], 0.5):.2f} takeover_max_s={max(takeovers, default=0.0):.2f} "
        f"pause_p50_ms={percentile(verdict.pauses or [0.0], 0.5) * 1e3:.0f} pause_p99_ms={p99 * 1e3:.0f}"
    )
    return int(failed)


def _plan() -> Plan:
    parser = argparse.ArgumentParser(prog="hotline bench routing-chaos")
    for name, kind, text in (
        ("agents", int, "how many"), ("items", int, "calls in all"), ("seconds", float, "in which they arrive"),
        ("writers", int, "routing processes"), ("seed", int, "of the dice"),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", type=kind, default=getattr(FULL, name), help=text)
    return replace(FULL, **vars(parser.parse_args()))


if __name__ == "__main__":
    raise SystemExit(main())
