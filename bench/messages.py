"""``./hotline bench messages``: what a message costs, from the webhook to the agent's screen.

Signed webhooks, as Twilio sends them, to the running product: real PostgreSQL on disk, Valkey, the processes web,
messages and routing, a million customers, connected desks whose agents serve several conversations each. Some webhooks
are delivered again. Then the same transaction among ten thousand conversations and among a million.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import orjson
from sqlalchemy import text

from bench import conversation_growth as growth
from bench.figures import keep, percentile, say, summary
from bench.million import clone, seeded
from bench.place import on_disk
from bench.webhooks import WebhookSource
from bench.wire_desk import WireDesk, connect_desk
from core.db import Database
from core.events import ConfigurationChanged
from core.ids import new_id
from core.logs import set_up_logging
from core.settings import ROOT
from tests.journeys.company import Team, make_team
from tests.journeys.stack import Plan, Stack, running
from tests.journeys.waiting import until

OURS = "+15005550006"
_SECRET = "bench-only"
_PUBLIC = "http://hotline.example"
_PATH = "/api/twilio/messages"
_MARK = re.compile(rb"mark-(\d+)\b")
_AT_ONCE = 3
_AGAIN = 0.05
"""The share of webhooks that come twice."""


@dataclass
class Floor:
    """The desks, and when each marked message was seen first."""

    stack: Stack
    team: Team
    source: WebhookSource
    desks: list[WireDesk] = field(default_factory=list)
    clients: list[httpx.AsyncClient] = field(default_factory=list)
    seen: dict[int, float] = field(default_factory=dict)
    offered: asyncio.Queue[tuple[httpx.AsyncClient, str]] = field(default_factory=asyncio.Queue)

    def on_frame(self, owner: list[httpx.AsyncClient], payload: bytes, at: float) -> None:
        """A frame with work or a message came to somebody's desk."""
        for mark in _MARK.findall(payload):
            self.seen.setdefault(int(mark), at)
        if b'"type":"work.changed"' in payload[:200]:
            item = orjson.loads(payload)["item"]
            if item.get("state") == "offered" and owner:
                self.offered.put_nowait((owner[0], item["interaction_id"]))

    async def sign_in(self) -> None:
        """Everybody comes to work."""
        gate = asyncio.Semaphore(8)

        async def one(login: str, password: str) -> None:
            owner: list[httpx.AsyncClient] = []
            async with gate:
                desk, client = await connect_desk(
                    self.stack.url, login, password, lambda payload, at: self.on_frame(owner, payload, at),
                    wanted=(b'"type":"work.changed"', b'"type":"message.changed"'),
                )  # fmt: skip
            owner.append(client)
            self.desks.append(desk)
            self.clients.append(client)

        await asyncio.gather(*(one(person.login, person.password) for person in self.team.people))

    async def accept(self) -> None:
        """Agents take whatever is offered, for ever."""
        while True:
            client, interaction_id = await self.offered.get()
            await client.post(f"/api/interactions/{interaction_id}/accept")

    async def keep_alive(self) -> None:
        """Each desk pings every ten seconds."""
        while True:
            for desk in self.desks:
                desk.ping()
                await asyncio.sleep(10.0 / max(1, len(self.desks)))


def _form(sender: str, mark: int) -> dict[str, str]:
    return {
        "MessageSid": f"SM{mark:032x}", "SmsSid": f"SM{mark:032x}", "AccountSid": "AC" + "0" * 32, "From": sender,
        "To": OURS, "Body": f"mark-{mark} Where is my parcel?", "NumMedia": "0", "NumSegments": "1",
        "ApiVersion": "2010-04-01",
    }  # fmt: skip


async def _send(floor: Floor, sender: str, mark: int, answered: list[float], refused: list[int]) -> float:
    found = await floor.source.post(_PATH, _form(sender, mark))
    if found.status == 200:
        answered.append(found.at - found.sent_at)
    else:
        refused.append(found.status)
    if random.random() < _AGAIN:
        await floor.source.post(_PATH, _form(sender, mark))
    return found.sent_at


async def _pace(floor: Floor, senders: list[str], first: int, rate: float, seconds: float) -> dict[str, Any]:
    """So many messages a second; ``first``: the number of the first mark."""
    answered: list[float] = []
    refused: list[int] = []
    began = time.perf_counter()
    marks = range(first, first + int(rate * seconds))
    tasks = []
    for mark in marks:
        await asyncio.sleep(max(0.0, began + (mark - first) / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(_send(floor, random.choice(senders), mark, answered, refused)))
    sent = dict(zip(marks, await asyncio.gather(*tasks), strict=True))
    took = time.perf_counter() - began
    try:
        await until(lambda: all(mark in floor.seen for mark in marks), 20, "every message on a screen")
    except AssertionError:
        say(f"  {sum(mark not in floor.seen for mark in marks)} of {len(marks)} are on no screen")
    pops = [floor.seen[mark] - at for mark, at in sent.items() if mark in floor.seen]
    figures = {
        "rate": rate, "durable": summary(answered), "pop": summary(pops), "refused": len(refused),
        "unseen": len(marks) - len(pops), "durable_per_s": len(answered) / took,
    }  # fmt: skip
    say(f"  {figures}")
    return figures | {"raw_durable": answered, "raw_pop": pops}


async def _kept(database: Database, first: int, last: int) -> tuple[int, int]:
    """Of so many marks: how many are nowhere, and how many stand twice."""
    query = text("select (regexp_match(body, 'mark-(\\d+)'))[1]::int as mark, count(*) from messages"
                 " where body like 'mark-%' group by 1")  # fmt: skip
    async with database.glance() as connection:
        found = {row.mark: row.count for row in await connection.execute(query)}
    return sum(mark not in found for mark in range(first, last)), sum(count > 1 for count in found.values())


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """The whole measurement."""
    async with AsyncExitStack() as exits:
        home = exits.enter_context(on_disk("messages"))
        floor = await _set_up(options, home, exits)
        senders = await _senders(floor.stack.database, options.desks * _AT_ONCE * 2 // 3)
        say(f"{len(senders)} customers write first")
        for mark, sender in enumerate(senders):
            await floor.source.post(_PATH, _form(sender, mark))
        await _all_served(floor.stack.database, len(senders))
        first, paces = 10_000_000, []
        for rate in options.rates:
            say(f"{rate:g} messages/s for {options.seconds:g} s, {len(floor.desks)} desks")
            paces.append(await _pace(floor, senders, first, rate, options.seconds))
            first += int(rate * options.seconds)
        lost, twice = await _kept(floor.stack.database, 10_000_000, first)
        unseen = sum(pace["unseen"] for pace in paces)
    grown = await _growth(options)
    return {"paces": paces, "lost": lost + unseen, "twice": twice, "growth": grown}


async def _set_up(options: argparse.Namespace, home: Path, exits: AsyncExitStack) -> Floor:
    postgres_home = await seeded(ROOT / "var" / "bench", options.customers)
    environment = {
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": _SECRET, "HOTLINE_PUBLIC_URL": _PUBLIC,
    }  # fmt: skip
    plan = Plan(
        home, clone, postgres_home=postgres_home, by_cable=False, environment=environment,
        processes=("messages", "routing", "web"),
    )  # fmt: skip
    say("starting the product")
    stack = await exits.enter_async_context(running(plan))
    team = await make_team(stack.database, "msg", "4008880097", None, size=options.desks, wrap_up_seconds=0)
    await _open_account(stack.database, team)
    source = WebhookSource(stack.url, _PUBLIC, _SECRET)
    await source.open()
    exits.push_async_callback(source.close)
    floor = Floor(stack, team, source)
    say(f"{options.desks} agents sign in")
    await floor.sign_in()
    beside = [asyncio.create_task(part) for part in (floor.keep_alive(), *(floor.accept() for _ in range(4)))]
    for task in beside:
        exits.callback(task.cancel)
    return floor


async def _open_account(database: Database, team: Team) -> None:
    account_id: UUID = new_id()
    async with database.unit_of_work("bench") as work:
        await work.fetch(
            "insert into channel_accounts (id, domain, channel, address, queue_id, provider)"
            " values ($1, 'main', 'sms', $2, $3, 'twilio')", account_id, OURS, team.queue_id,
        )  # fmt: skip
        await work.fetch(
            "update agents set capacity = $2::text::jsonb where code = any($1)",
            [person.login for person in team.people], orjson.dumps({"sms": _AT_ONCE}).decode(),
        )  # fmt: skip
        work.record(ConfigurationChanged(what="agents"))


async def _senders(database: Database, count: int) -> list[str]:
    query = text("select value from customer_identities tablesample system (5) where kind = 'phone' limit :count")
    async with database.glance() as connection:
        return [row.value for row in await connection.execute(query, {"count": count})]


async def _all_served(database: Database, count: int) -> None:
    async def served() -> bool:
        query = text("select count(*) from interactions where channel = 'sms' and state = 'active'")
        async with database.glance() as connection:
            return int((await connection.execute(query)).scalar_one()) >= count

    await until(served, 120, "every conversation is served")


async def _growth(options: argparse.Namespace) -> dict[str, Any]:
    """Medians among the few and among the many, in turns."""
    postgres_home = await seeded(ROOT / "var" / "bench", options.customers)
    with on_disk("growth") as home:
        async with running(Plan(home, clone, postgres_home=postgres_home, processes=(), by_cable=False)) as stack:
            account_id = await growth.open_account(stack.database_url)
            dice, found, has = random.Random(1), {}, 0
            for want in (options.few, options.many):
                say(f"filling up to {want} conversations")
                await growth.fill(stack.database_url, account_id, has, want, say)
                has = want
                await growth.cost(stack.database, account_id, 200, dice)
                found[want] = await growth.cost(stack.database, account_id, options.times, dice)
                say(f"  {summary(found[want])}")
    return {str(size): {**summary(taken), "raw": taken} for size, taken in found.items()} | {
        "ratio": percentile(found[options.many], 0.5) / percentile(found[options.few], 0.5)
    }


def main() -> None:
    """Measure, keep the raw figures, print the result."""
    parser = argparse.ArgumentParser(prog="hotline bench messages")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--desks", type=int, default=300)
    parser.add_argument("--rates", type=float, nargs="+", default=[50.0, 300.0], help="messages a second")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--few", type=int, default=10_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=2_000, help="messages whose cost is measured")
    options = parser.parse_args()
    set_up_logging("bench", level="WARNING")
    results = asyncio.run(run(options))
    say(f"raw figures: {keep('messages', results)}")
    for pace in results["paces"]:
        print({name: value for name, value in pace.items() if not name.startswith("raw")})
    fast = results["paces"][-1]
    print(
        f"RESULT messages durable_per_s={fast['durable_per_s']:.0f} durable_p99_ms={fast['durable']['p99_ms']:.1f} "
        f"pop_p99_ms={fast['pop'].get('p99_ms', -1):.1f} growth={results['growth']['ratio']:.2f} "
        f"lost={results['lost']} twice={results['twice']}"
    )


if __name__ == "__main__":
    main()
