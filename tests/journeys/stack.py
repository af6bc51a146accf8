"""The real product on free ports in a directory of its own, under its own supervisor: any part may be killed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from core import bus
from core.db import Database
from core.embedded.ports import any_free
from core.embedded.postgres import PostgresCluster
from core.embedded.process import ServerCommand
from core.embedded.valkey import ValkeyServer
from core.migrate import migrate
from processes.child import Child
from processes.supervisor import Supervisor, Tier
from processes.up import HEALTH_PATH, answers, process_command
from telephony.asterisk import pbx
from telephony.asterisk.pbx.probe import Probe as AmiProbe
from tests.fakes.cable import Cable
from tests.fakes.http_client import http_client
from tests.journeys.waiting import until

CUSTOMER_HOST = "127.0.0.2"
WORK = ("telephony", "routing", "worker", "beat")


@dataclass
class Stack:
    """A running product. ``kill`` and ``wait_back`` are for faults; everything else is where its parts are."""

    home: Path
    supervisor: Supervisor
    database: Database
    database_url: str
    redis_url: str
    url: str
    pbx: pbx.RunningPbx
    cable: Cable
    children: dict[str, Child] = field(default_factory=dict)
    cluster: PostgresCluster | None = None
    valkey: ValkeyServer | None = None

    @property
    def sip_address(self) -> tuple[str, int]:
        """Where customers' calls enter."""
        return ("127.0.0.1", self.pbx.sip_port)

    def log(self, name: str) -> str:
        """What a part has written so far."""
        return (self.home / "logs" / f"{name}.log").read_text(errors="replace")

    def send_signal(self, name: str, number: signal.Signals) -> None:
        """Signal one part."""
        os.kill(self.children[name].pid, number)

    def kill(self, name: str) -> int:
        """``kill -9`` of one part with what it has started; the supervisor brings it back. Returns the old pid."""
        pid = self.children[name].pid
        os.killpg(pid, signal.SIGKILL)
        return pid

    async def back(self, name: str, old_pid: int, seconds: float = 20) -> float:
        """Wait until a killed part serves again; returns the moment (``time.monotonic()``)."""
        child = self.children[name]
        await until(lambda: child.pid not in (0, old_pid), seconds, f"{name} is started again")
        ready = self._readiness(name)
        if ready is not None:
            await until(lambda: asyncio.to_thread(ready), seconds, f"{name} serves again")
        return time.monotonic()

    def _readiness(self, name: str) -> Callable[[], bool] | None:
        if name == "web":
            return lambda: answers(self.url + HEALTH_PATH)
        if name == "postgres" and self.cluster:
            return self.cluster.is_ready
        if name == "valkey" and self.valkey:
            return self.valkey.is_ready
        return None

    def clear_lines(self) -> None:
        """Hang up every customer's call that is still there (blocks; for the end of a journey that failed)."""
        with AmiProbe.from_url(self.pbx.ami_url) as probe:
            probe.login(events="off")
            probe.action("Hangup", Channel="/^PJSIP\\/hotline-trunk-/")

    async def wipe_valkey(self) -> None:
        """Valkey forgets everything."""
        client = bus.connect(self.redis_url)
        await client.flushall()
        await client.aclose()


@dataclass(frozen=True)
class Plan:
    """What a stack is made for. ``prepare`` fills the migrated database before the processes start, and names it."""

    home: Path
    prepare: Callable[[str], Awaitable[str]] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    processes: tuple[str, ...] = (*WORK, "web")
    postgres_home: Path | None = None
    postgres_options: dict[str, str] = field(default_factory=dict)
    pbx_extra: dict[str, str] = field(default_factory=dict)
    pbx_modules: tuple[str, ...] = ()
    carrier: tuple[str, int] | None = None
    """Where calls to customers go out."""
    by_cable: bool = True
    """AMI goes by a cable that can be cut; a measurement goes without, since the cable's other end is busy there."""


@asynccontextmanager
async def running(plan: Plan) -> AsyncIterator[Stack]:
    """Start everything, and leave nothing behind."""
    async with AsyncExitStack() as exits:
        supervisor = Supervisor(plan.home, lambda line: _note(plan.home, line))
        exits.push_async_callback(supervisor.stop)
        stack = await _stores(plan, supervisor, exits)
        await _processes(plan, stack)
        yield stack


def _note(home: Path, line: str) -> None:
    with (home / "supervisor.log").open("a") as log:
        log.write(line + "\n")


async def _stores(plan: Plan, supervisor: Supervisor, exits: AsyncExitStack) -> Stack:
    cluster = PostgresCluster(plan.postgres_home or plan.home / "postgres", any_free())
    valkey = ValkeyServer(plan.home / "valkey", any_free())
    await asyncio.gather(asyncio.to_thread(cluster.prepare), asyncio.to_thread(valkey.prepare))
    command = cluster.command()
    options = [part for name, value in plan.postgres_options.items() for part in ("-c", f"{name}={value}")]
    command = replace(command, argv=(*command.argv, *options))
    children = {
        "postgres": await supervisor.start(Tier.STORES, command, cluster.is_ready, seconds=120),
        "valkey": await supervisor.start(Tier.STORES, valkey.command(), valkey.is_ready, seconds=30),
    }
    database_url = await _database(plan, cluster.url)
    database = await exits.enter_async_context(Database(database_url))
    running_pbx = await asyncio.to_thread(_start_pbx, plan)
    exits.callback(running_pbx.stop)
    cable = await Cable.open((running_pbx.ami_host, running_pbx.ami_port))
    exits.push_async_callback(cable.close)
    url = f"http://127.0.0.1:{any_free()}"
    return Stack(
        plan.home, supervisor, database, database_url, valkey.url, url, running_pbx, cable,
        children, cluster, valkey,
    )  # fmt: skip


async def _database(plan: Plan, url: str) -> str:
    async with Database(url) as database:
        await migrate(database.engine)
    return await plan.prepare(url) if plan.prepare is not None else url


def _start_pbx(plan: Plan) -> pbx.RunningPbx:
    config = pbx.PbxConfig.on_free_ports(
        plan.home / "pbx",
        trunks=(pbx.Trunk(match=(CUSTOMER_HOST,), contact=_contact(plan)),),
        extra=plan.pbx_extra,
        extra_modules=plan.pbx_modules,
    )
    return pbx.start(config, pbx.locate())


def _contact(plan: Plan) -> str:
    return f"sip:{plan.carrier[0]}:{plan.carrier[1]}" if plan.carrier else ""


def environment(plan: Plan, stack: Stack) -> dict[str, str]:
    """The environment of our processes, as the supervisor of ``./hotline up`` gives it."""
    secret, _, there = stack.pbx.ami_url.removeprefix("ami://").rpartition("@")
    ami = f"127.0.0.1:{stack.cable.port}" if plan.by_cable else there
    return {
        "DATABASE_URL": stack.database_url,
        "REDIS_URL": stack.redis_url,
        "AMI_URL": f"ami://{secret}@{ami}",
        "HOTLINE_VAR_DIR": str(plan.home),
        "HOTLINE_HTTP_PORT": stack.url.rpartition(":")[2],
        "HOTLINE_SOFTPHONE_WS_URL": stack.pbx.ws_url,
        "HOTLINE_PBX_AGENTS_FILE": str(stack.pbx.agents_file),
        "HOTLINE_PBX_STATE_FILE": str(_pbx_state(plan.home)),
        "HOTLINE_DEMO": "1",
        **plan.environment,
    }


def _pbx_state(home: Path) -> Path:
    state = home / "pbx-state.json"
    state.write_text('{"voice": true, "reason": ""}')
    return state


async def _processes(plan: Plan, stack: Stack) -> None:
    given = environment(plan, stack)
    ready = {"web": lambda: answers(stack.url + HEALTH_PATH)}
    for name in plan.processes:
        command = process_command(name)
        own = ServerCommand(
            name, command.argv, {**command.environment, **given}, stop_signal=command.stop_signal, stop_seconds=5.0
        )
        tier = Tier.WEB if name == "web" else Tier.WORK
        stack.children[name] = await stack.supervisor.start(tier, own, ready.get(name), seconds=60)


async def health(stack: Stack) -> bool:
    """Whether the web process answers."""
    async with http_client(base_url=stack.url) as client:
        return (await client.get(HEALTH_PATH)).status_code < 500
