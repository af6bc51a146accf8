"""Telephony as a whole on a real Asterisk, PostgreSQL and Valkey; SIPp calls and answers, the test routes."""

from __future__ import annotations

import asyncio
import itertools
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text, update

from core import bus, clock
from core.agent import LegEndReason
from core.db import Database
from core.embedded import programs
from core.embedded.ports import any_free
from core.events import HangupRequested, ReservationCreated, ReservationExpired
from core.ids import new_id
from core.interaction import Channel, InteractionState
from core.interactions import advance
from core.settings import ROOT
from core.tables import agent_endpoints, agents, call_legs, entry_numbers, interactions, queues, reservations
from core.tasks import end
from crm_sync.identity import Directory
from telephony.asterisk import pbx
from telephony.asterisk.link import AmiAddress
from telephony.asterisk.service import Company, TelephonyService
from telephony.asterisk.shared import SharedPbx
from telephony.menu.load import load_directory
from tests.places import open_directory

CALLER_HOST, PHONE_HOST = "127.0.0.2", "127.0.0.3"
PHONES = ("one", "two", "three")
MENU_NUMBER, QUEUE_NUMBER = "+864008001234", "+864008005678"
_numbers = itertools.count(1)


@dataclass
class Exchange:
    """The running PBX and where its desk phones listen."""

    pbx: pbx.RunningPbx
    home: Path
    ports: dict[str, int]

    @contextmanager
    def sipp(self, scenario: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """One SIPp with a scenario of ours, once; killed when the block ends."""
        path = self.home / f"scenario-{next(_numbers)}.xml"
        path.write_text(scenario, encoding="utf-8")
        program = programs.sipp()
        traces = ("-trace_msg", "-message_file", f"{path}.messages", "-trace_err", "-error_file", f"{path}.errors")
        options = ("-sf", str(path), "-m", "1", "-nostdin", *traces)
        with open(f"{path}.out", "wb") as out:  # noqa: PTH123
            process = subprocess.Popen(
                program.command(*arguments, *options), env=program.environment(), cwd=self.home,
                stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            )  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            errors = Path(f"{path}.errors")
            print(Path(f"{path}.messages").read_text(errors="replace")[:9000])
            print("SIPp:", process.returncode, errors.read_text(errors="replace")[:3000] if errors.exists() else "")

    @contextmanager
    def calls(self, scenario: str, number: str) -> Iterator[subprocess.Popen[bytes]]:
        """A customer calls a number of ours."""
        target = f"127.0.0.1:{self.pbx.sip_port}"
        with self.sipp(scenario, target, "-s", number, "-i", CALLER_HOST) as process:
            yield process

    @contextmanager
    def phone(self, name: str, scenario: str) -> Iterator[subprocess.Popen[bytes]]:
        """An agent's desk phone."""
        with self.sipp(scenario, "-i", PHONE_HOST, "-p", str(self.ports[name])) as process:
            yield process


@pytest.fixture(scope="session")
def exchange() -> Iterator[Exchange]:
    """Asterisk with three desk phones."""
    with open_directory("hotline-live-test-") as home:
        config = pbx.PbxConfig.on_free_ports(home / "pbx", strict_rtp=False)
        running = pbx.start(config, pbx.locate())
        try:
            yield Exchange(running, home, {})
        finally:
            running.stop()


@dataclass
class Rows:
    """The rows that a call needs: queues, numbers, three agents with desk phones."""

    database: Database
    queue: UUID = field(default_factory=new_id)
    complaints: UUID = field(default_factory=new_id)
    agents: dict[str, UUID] = field(default_factory=lambda: {name: new_id() for name in PHONES})

    async def write(self, ports: dict[str, int]) -> None:
        async with self.database.engine.begin() as connection:
            for queue, code in ((self.queue, "shipments"), (self.complaints, "complaints")):
                row = {"id": queue, "domain": "main", "code": code, "name_en": code, "name_zh": code, "ring_seconds": 3}
                await connection.execute(insert(queues).values({**row, "priority": 5, "required_skills": {"en": 2}}))
            numbers = insert(entry_numbers)
            await connection.execute(numbers.values(number=MENU_NUMBER, domain="main", menu="main", language="en"))
            await connection.execute(
                numbers.values(number=QUEUE_NUMBER, domain="main", queue_id=self.queue, language="en")
            )
            for name, agent_id in self.agents.items():
                row = {"id": agent_id, "domain": "main", "code": name, "name": name}
                await connection.execute(insert(agents).values({**row, "voice_capacity": 1, "active": True}))
                contact = f"sip:{name}@{PHONE_HOST}:{ports[name]}"
                endpoint = {"agent_id": agent_id, "domain": "main", "endpoint": name, "kind": "sip", "secret": ""}
                await connection.execute(insert(agent_endpoints).values({**endpoint, "contact": contact}))


@dataclass
class Running:
    """Telephony at work, with the database to look into and a hand that routes."""

    exchange: Exchange
    database: Database
    company: Rows
    redis_url: str
    start: Callable[[], Awaitable[TelephonyService]]
    stop: Callable[[], Awaitable[None]]

    async def row(self, **where: Any) -> Any:
        """The newest interaction that looks like this, or None."""
        statement = select(interactions).order_by(interactions.c.created_at.desc()).limit(1)
        for name, value in where.items():
            statement = statement.where(interactions.c[name] == value)
        async with self.database.engine.connect() as connection:
            return (await connection.execute(statement)).one_or_none()

    async def wait_row(self, seconds: float = 12, **where: Any) -> Any:
        """The interaction once it looks like this."""
        return await self.eventually(lambda: self.row(**where), seconds)

    async def leg(self, leg_id: UUID) -> Any:
        async with self.database.engine.connect() as connection:
            return (await connection.execute(select(call_legs).where(call_legs.c.id == leg_id))).one_or_none()

    async def wait_leg(self, leg_id: UUID, state: str, reason: str | None = None, seconds: float = 12) -> Any:
        """The leg once it is in this state, with the reason of its end."""

        async def look() -> Any:
            row = await self.leg(leg_id)
            return row if row is not None and row.state == state else None

        row = await self.eventually(look, seconds)
        assert reason is None or row.end_reason == reason
        return row

    async def eventually(self, look: Callable[[], Awaitable[Any]], seconds: float = 12) -> Any:
        async with asyncio.timeout(seconds):
            while not (found := await look()):
                await asyncio.sleep(0.02)
        return found

    async def events(self, interaction_id: UUID) -> list[str]:
        """The names of an interaction's events, in order."""
        statement = text("select name from event_log where interaction_id = :id order by position")
        async with self.database.engine.connect() as connection:
            return [row.name for row in await connection.execute(statement, {"id": interaction_id})]

    async def offer(self, interaction_id: UUID, agent: str, ring_seconds: int = 3, announce: bool = True) -> UUID:
        """What routing does: reserve and say so."""
        reservation_id, now = new_id(), clock.now()
        deadline = now + timedelta(seconds=ring_seconds + 2)
        agent_id = self.company.agents[agent]
        async with self.database.unit_of_work("test") as work:
            row = await advance(
                work, interaction_id, InteractionState.OFFERED, because="test", reservation_id=None,
                agent_id=agent_id,
            )  # fmt: skip
            assert row is not None
            values = {
                "id": reservation_id, "domain": "main", "interaction_id": interaction_id, "agent_id": agent_id,
                "queue_id": row.queue_id, "channel": "voice", "state": "pending", "epoch": 1, "created_at": now,
                "deadline_at": deadline, "decision": {},
            }  # fmt: skip
            await work.execute(insert(reservations).values(values))
            created = ReservationCreated(
                reservation_id=reservation_id, interaction_id=interaction_id, agent_id=agent_id,
                queue_id=row.queue_id, channel=Channel.VOICE, customer_id=row.customer_id, ring_seconds=ring_seconds,
                deadline_at=deadline, queued_at=row.queued_at, version=row.version,
            )  # fmt: skip
            if announce:
                work.record(created)
        return reservation_id

    async def expire(self, reservation_id: UUID, announce: bool = False) -> None:
        """The offer is over, as routing says it."""
        async with self.database.unit_of_work("test") as work:
            now = clock.now()
            statement = (
                update(reservations)
                .where(reservations.c.id == reservation_id)
                .values(state="expired", decided_at=now, released_at=now)
                .returning(*reservations.c)
            )
            row = await work.one_or_none(statement)
            assert row is not None
            if announce:
                about = {"reservation_id": row.id, "interaction_id": row.interaction_id, "agent_id": row.agent_id}
                work.record(ReservationExpired(**about, queue_id=row.queue_id, reason=LegEndReason.NO_ANSWER))

    async def put_back(self, interaction_id: UUID, reservation_id: UUID) -> None:
        """What routing does when an agent was lost in the talk."""
        await self.expire(reservation_id)
        async with self.database.unit_of_work("test") as work:
            row = await advance(work, interaction_id, InteractionState.QUEUED, because="test")
            assert row is not None

    async def request_hangup(self, interaction_id: UUID) -> None:
        """What the desk's button does."""
        async with self.database.unit_of_work("test") as work:
            work.record(HangupRequested(interaction_id=interaction_id))

    async def fresh(self) -> TelephonyService:
        """Telephony anew, in the test's hand."""
        await self.stop()
        return await self.start()


@pytest.fixture
async def running(exchange: Exchange, database: Database, redis_url: str) -> AsyncIterator[Running]:
    """Telephony serves the PBX; at the end every call is hung up."""
    company = Rows(database)
    # each test's phones have addresses of their own: what an earlier leg still sends finds nobody
    exchange.ports = {name: any_free(PHONE_HOST) for name in PHONES}
    await company.write(exchange.ports)
    menus = load_directory(ROOT / "telephony/menu/demo")
    tasks: list[asyncio.Task[None]] = []

    async def start() -> TelephonyService:
        shared = SharedPbx(AmiAddress.parse(exchange.pbx.ami_url))
        company = Company(Directory(), menus, "CN", exchange.pbx.agents_file)
        service = TelephonyService(database, bus.connect(redis_url), shared, company)
        tasks.append(asyncio.create_task(service.run()))
        tasks.append(asyncio.create_task(shared.run()))
        async with asyncio.timeout(10):
            while not service.resync.rounds:
                await asyncio.sleep(0.01)
        return service

    async def stop() -> None:
        """As suddenly as a kill: nothing is tidied up."""
        while tasks:
            await end(tasks.pop())

    at_work = Running(exchange, database, company, redis_url, start, stop)
    await start()
    try:
        yield at_work
    finally:
        await stop()
        await asyncio.to_thread(_hang_up_all, exchange)


def _hang_up_all(exchange: Exchange) -> None:
    from telephony.asterisk.pbx.probe import Probe  # noqa: PLC0415

    with Probe.from_url(exchange.pbx.ami_url) as probe:
        probe.login()
        probe.action("Hangup", Channel="/^.*$/")
