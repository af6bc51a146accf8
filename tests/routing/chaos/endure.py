"""The whole of it: a crowd, its calls, its routing processes, and somebody who hits them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from core import bus
from core.bus_reader import BusReader
from core.db import Database
from core.tasks import end
from tests.fakes import crowd
from tests.routing.chaos.exchange import HEEDED, Exchange
from tests.routing.chaos.faults import Troublemaker
from tests.routing.chaos.plan import Plan
from tests.routing.chaos.verdict import Verdict, judge, over
from tests.routing.company import until
from tests.routing.writer_process import WriterProcess, writer_of

_SAY_EVERY = 10.0
_WRAP_UP_SECONDS = (0, 0, 0, 1)
_RING_SECONDS = 3
_START_SECONDS = 60.0


async def endure(
    plan: Plan, database_url: str, redis_url: str, log: Path, say: Callable[[str], None] = print
) -> Verdict:
    """Fill an empty migrated database and live through the plan."""
    async with (
        bus.connect(redis_url) as client,
        bus.Bus(client, "main") as publisher,
        Database(database_url, publisher=publisher) as database,
    ):
        connection = await asyncpg.connect(database_url)
        there = await crowd.settle(
            connection, plan.agents, wrap_up_seconds=_WRAP_UP_SECONDS, ring_seconds=_RING_SECONDS
        )
        await connection.close()
        exchange = Exchange(database, there, plan)
        trouble = Troublemaker(database, plan, lambda: WriterProcess(database_url, redis_url, log))
        reader = BusReader(client, "main", exchange.handle, exchange.after_gap, wanted=HEEDED)
        async with _running(reader.run(), exchange.ledger.run(), publisher.tend(database)), _writers(trouble, plan):
            return await _live_through(plan, database, exchange, trouble, say)


async def _live_through(
    plan: Plan, database: Database, exchange: Exchange, trouble: Troublemaker, say: Callable[[str], None]
) -> Verdict:
    async def elected() -> bool:
        return (await writer_of(database))[1] > 0

    await until(elected, _START_SECONDS, "the first writer")
    async with _running(_report(exchange, trouble, say)):
        async with _running(trouble.run()):
            await exchange.arrivals()
        await trouble.mended()
        is_over = await over(database, plan.patience)
    say(f"{exchange.closed} calls closed, {exchange.open_calls} not; slowest write {exchange.ledger.slowest:.2f} s")
    await exchange.end()
    if is_over:
        await asyncio.sleep(1.0)
    return await judge(database, trouble.faults, exchange.offers, exchange.double)


@asynccontextmanager
async def _writers(trouble: Troublemaker, plan: Plan) -> AsyncIterator[None]:
    try:
        for _ in range(plan.writers):
            trouble.begin()
        yield
    finally:
        for process in trouble.processes:
            await process.end()


@asynccontextmanager
async def _running(*parts: object) -> AsyncIterator[None]:
    """Run coroutines beside; one that fails is heard of at the end."""
    tasks = [asyncio.create_task(part) for part in parts]  # type: ignore[arg-type]
    try:
        yield
        for task in tasks:
            if task.done():
                task.result()
    finally:
        await end(*tasks)


async def _report(exchange: Exchange, trouble: Troublemaker, say: Callable[[str], None]) -> None:
    while True:
        await asyncio.sleep(_SAY_EVERY)
        late = sorted(each.at - each.since for each in exchange.offers[-2000:])
        slow = late[int(0.99 * len(late))] if late else 0.0
        say(
            f"  {len(exchange.offers)} offers, {exchange.closed} calls closed, {exchange.open_calls} open, "
            f"{len(trouble.faults)} faults, pause p99 lately {slow:.2f} s"
        )
