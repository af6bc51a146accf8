"""Two domains on one PBX, served by one telephony process: each call belongs to the domain of its number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
import redis.asyncio as redis
from sqlalchemy import insert, select, text, update

from core.agent import EndpointKind
from core.bus import Bus
from core.db import Database
from core.events import EndpointProvisioned
from core.settings import Settings
from core.tables import agent_endpoints, customer_identities, domains, entry_numbers, interactions
from processes import telephony
from tests.fakes.pbx import FakePbx, fake_pbx
from tests.routing.company import Company, until
from tests.routing.writer_process import writer_of

CALLER = "+8613900001111"
NUMBERS = {"main": "+864008000001", "other": "+864008000002"}


@dataclass(eq=False)
class Domain:
    """A company with a number that leads into its queue."""

    company: Company
    number: str

    async def settle(self) -> None:
        await self.company.found()
        async with self.company.database.unit_of_work("test") as work:
            row = {"number": self.number, "domain": self.company.domain, "queue_id": self.company.queue_id}
            await work.execute(insert(entry_numbers).values(**row, language="en", name=""))

    async def hire(self, pbx: FakePbx) -> UUID:
        """An agent who is available, with a phone that is registered."""
        agent = await self.company.add_agent()
        phone = f"{self.company.domain}-{agent.hex[-6:]}"
        pbx.phones.add(phone)
        async with self.company.database.unit_of_work("test") as work:
            await work.execute(
                update(agent_endpoints).where(agent_endpoints.c.agent_id == agent).values(endpoint=phone)
            )
            work.record(EndpointProvisioned(agent_id=agent, kind=EndpointKind.WEBRTC))
        return agent

    async def calls(self) -> list[Any]:
        """What was opened here, in order."""
        own = select(interactions).where(interactions.c.domain == self.company.domain)
        return await self.company.rows(own.order_by(interactions.c.created_at))

    async def call_in(self, state: str, count: int = 1) -> Any:
        """The newest of ``count`` calls, once it stands so."""

        async def there() -> Any:
            found = await self.calls()
            return found[-1] if len(found) == count and found[-1].state == state else None

        return await until(there, 10, f"call {count} of {self.company.domain} to be {state}")


@pytest.fixture
async def pbx() -> AsyncIterator[FakePbx]:
    async with fake_pbx() as running:
        yield running


@pytest.fixture
async def home(database: Database) -> Domain:
    """The domain that takes unknown numbers."""
    made = Domain(Company(database), NUMBERS["main"])
    await made.settle()
    return made


@pytest.fixture
async def other(database: Database, valkey_client: redis.Redis) -> AsyncIterator[Domain]:
    """Another one."""
    async with Bus(valkey_client, "other") as publisher:
        made = Domain(Company(database.of("other", publisher)), NUMBERS["other"])
        async with database.engine.begin() as connection:
            await connection.execute(insert(domains).values(id="other", name="The others"))
        await made.settle()
        yield made


Start = Callable[[], Any]


@pytest.fixture
async def start(database: Database, database_url: str, redis_url: str, pbx: FakePbx) -> Start:
    """Runs the telephony process for the length of a block; from when it has looked at the PBX for both domains."""

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        config = Settings(database_url=database_url, redis_url=redis_url, ami_url=pbx.manager.url)
        stopped = asyncio.Event()
        legs = text("select count(*) from call_legs where role = 'agent'")
        looked = len(pbx.manager.named("PJSIPShowContacts"))
        process = asyncio.create_task(telephony.run(config, stopped))

        async def all_written() -> bool:
            async with database.reading() as connection:
                written = (await connection.execute(legs)).scalar_one()
            return bool(written == len(pbx.manager.named("Originate")))

        try:
            await pbx.looked_at(looked + 1)
            yield
            await until(all_written, 5, "the legs' rows")
        finally:
            stopped.set()
            await process

    return running


async def _ready(*those: Domain) -> None:
    """Until each has a writer, and its phones are known to be registered."""
    for each in those:

        async def ready(database: Database = each.company.database) -> bool:
            return (await writer_of(database))[1] > 0

        await until(ready, 10, "the writer")
        unreachable = text("select 1 from agent_endpoints where domain = :domain and not reachable")

        async def registered(company: Company = each.company, statement: Any = unreachable) -> bool:
            return not await company.rows(statement, domain=company.domain)

        await until(registered, 10, "the phones")


@pytest.mark.long
async def test_one_customer_calls_both_and_is_two(home: Domain, other: Domain, pbx: FakePbx, start: Start) -> None:
    agents = {each: await each.hire(pbx) for each in (home, other)}
    async with start():
        await _ready(home, other)
        rung: dict[Domain, UUID] = {}
        for each in (home, other):
            await pbx.call(each.number, CALLER)
            call = await each.call_in("offered")
            offer = await each.company.offer_of(call.id)
            await until(lambda wanted=str(offer.id): _true(wanted in pbx.ringing()), 5, "the phone")
            await pbx.answer(offer.id)
            await each.call_in("active")
            rung[each] = offer.agent_id
        phones = {phone.partition("-")[0] for phone in pbx.ringing().values()}
        mine, theirs = (await home.calls())[0], (await other.calls())[0]

    assert rung == agents
    assert phones == {"main", "other"}
    assert mine.customer_id != theirs.customer_id
    assert mine.address == theirs.address == CALLER
    rows = await home.company.rows(select(customer_identities).where(customer_identities.c.value == CALLER))
    assert {(row.domain, row.customer_id) for row in rows} == {
        ("main", mine.customer_id), ("other", theirs.customer_id)
    }  # fmt: skip
    assert await home.company.faults() == []


@pytest.mark.long
async def test_a_call_waits_rather_than_going_to_another_domain(
    home: Domain, other: Domain, pbx: FakePbx, start: Start
) -> None:
    await home.hire(pbx)
    async with start():
        await _ready(home, other)
        await pbx.call(other.number, CALLER)
        waiting = await other.call_in("queued")
        await pbx.call(home.number, CALLER)
        await home.call_in("offered")
        late = await other.hire(pbx)
        assert (await other.company.offer_of(waiting.id, seconds=10)).agent_id == late
    assert len(await home.calls()) == 1
    assert await home.company.faults() == []


@pytest.mark.long
async def test_a_number_that_nobody_has_comes_to_the_home_domain(
    home: Domain, other: Domain, pbx: FakePbx, start: Start
) -> None:
    async with start():
        await _ready(home, other)
        await pbx.call("+864007777777", CALLER)
        await home.call_in("in_menu")
    assert await other.calls() == []


@pytest.mark.long
async def test_each_domain_finds_its_own_calls_again_and_leaves_those_of_others(
    home: Domain, other: Domain, pbx: FakePbx, start: Start
) -> None:
    both = (home, other)
    for each in both:
        await each.hire(pbx)
    async with start():
        await _ready(*both)
        for each in both:
            await pbx.call(each.number, CALLER)
            offer = await each.company.offer_of((await each.call_in("offered")).id)
            await until(lambda wanted=str(offer.id): _true(wanted in pbx.ringing()), 5, "the phone")
            await pbx.answer(offer.id)
            await each.call_in("active")
            await pbx.call(each.number, "+8613900002222")
            await each.call_in("queued", 2)
    before = dict(pbx.channels)
    for number in range(2):
        async with start():
            await _ready(*both)
            await pbx.call(home.number, f"+861390000333{number}")
            await home.call_in("queued", 3 + number)
            looked = len(pbx.manager.named("PJSIPShowContacts"))
            pbx.manager.cut()
            await pbx.looked_at(looked + 2)
            await pbx.call(other.number, f"+861390000333{number}")
            await other.call_in("queued", 3 + number)

    assert before.keys() <= pbx.channels.keys()
    assert [call.state for call in await home.calls()] == ["active", "queued", "queued", "queued"]
    assert [call.state for call in await other.calls()] == ["active", "queued", "queued", "queued"]
    assert await home.company.faults() == []


@pytest.mark.long
async def test_a_domain_added_while_calls_go_on_is_served(
    home: Domain, database: Database, valkey_client: redis.Redis, pbx: FakePbx, start: Start
) -> None:
    await home.hire(pbx)
    async with start(), Bus(valkey_client, "late") as publisher:
        await _ready(home)
        await pbx.call(home.number, CALLER)
        await home.call_in("offered")
        late = Domain(Company(database.of("late", publisher)), "+864008000003")
        async with database.engine.begin() as connection:
            await connection.execute(insert(domains).values(id="late"))
        await late.settle()
        agent = await late.hire(pbx)
        await _ready(late)
        await pbx.call(late.number, CALLER)
        offer = await late.company.offer_of((await late.call_in("offered")).id)
    assert offer.agent_id == agent
    assert len(await home.calls()) == 1


async def _true(value: object) -> bool:
    return bool(value)
