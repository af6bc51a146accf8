"""``./hotline up``: everything from nothing to the console in the browser, and kept running."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.embedded.process import ServerCommand
from core.errors import HotlineError
from core.settings import Settings
from processes import log_files, running, seed, stores, voice
from processes.console_build import ConsoleBuild
from processes.progress import Progress, begin
from processes.supervisor import Seat, Supervisor, Tier

FIRST = ("telephony", "routing")
LATER = ("messages", "worker", "beat")
"""Nobody waits for these: they leave the processors to the console's start."""
HEALTH_PATH = "/health"
_FEW_SIGN_INS = 4


@dataclass
class Start:
    """One start of the installation."""

    settings: Settings
    supervisor: Supervisor
    progress: Progress
    seat: Seat
    first: bool = False
    url: str = ""

    async def run(self) -> None:
        """Start every part; raises HotlineError with the reason when one cannot be had."""
        leftovers = await asyncio.to_thread(self.supervisor.records.stop_leftovers)
        if leftovers:
            self.progress.say(f"stopped what an earlier run left behind: {', '.join(leftovers)}")
        log_files.rotate(self.settings.var_dir / "logs")
        console = ConsoleBuild(self.progress, self.settings.var_dir / "logs" / "console-build.log")
        os.environ.setdefault("HOTLINE_DEMO", "1")
        async with asyncio.TaskGroup() as group:
            built = group.create_task(console.build())
            group.create_task(self._parts(built))
        self.first = self.first or built.result()

    async def _parts(self, console: asyncio.Task[bool]) -> None:
        pbx = voice.Voice(self.supervisor, self.settings, self.progress)
        async with asyncio.TaskGroup() as group:
            prepared = group.create_task(pbx.prepare())
            group.create_task(self._stores_and_company())
        os.environ.update(prepared.result())
        async with asyncio.TaskGroup() as group:
            group.create_task(pbx.boot())
            group.create_task(self._processes(console))

    async def _stores_and_company(self) -> None:
        found = await stores.start(self.supervisor, self.settings, self.progress.say)
        self.first = found.created
        os.environ.update(DATABASE_URL=found.database_url, REDIS_URL=found.redis_url)
        running.tell(self.settings, found)
        if os.environ["HOTLINE_DEMO"] == "1":
            await seed.demo_company(found.database_url, sign_ins_file(self.settings))

    async def _processes(self, console: asyncio.Task[bool]) -> None:
        port = stores.chosen_port("HTTP", self.settings.http_port, self.progress.say, self.settings.http_host)
        os.environ.update(HOTLINE_HTTP_PORT=str(port), HOTLINE_VAR_DIR=str(self.settings.var_dir))
        self.url = Settings().base_url  # type: ignore[call-arg]
        async with asyncio.TaskGroup() as group:
            for name in FIRST:
                group.create_task(self.supervisor.start(Tier.WORK, process_command(name)))
            group.create_task(self._web(port, console))
        for name in LATER:
            await self.supervisor.start(Tier.WORK, process_command(name))

    async def _web(self, port: int, console: asyncio.Task[bool]) -> None:
        await asyncio.wait([console])  # its failure is reported where it is owned
        url = f"http://127.0.0.1:{port}{HEALTH_PATH}"
        await self.supervisor.start(Tier.WEB, process_command("web"), lambda: answers(url), seconds=60)


def process_command(name: str) -> ServerCommand:
    """How to run one of our own processes."""
    return ServerCommand(
        name=name,
        argv=(sys.executable, "-m", f"processes.{name}"),
        environment={"PYTHONUNBUFFERED": "1"},
        stop_seconds=15.0,
    )


def answers(url: str) -> bool:
    """Whether a web server answers there with anything but a failure of its own."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  (our own http:// address)
            return int(answer.status) < 500
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def sign_ins_file(settings: Settings) -> Path:
    """Where the demo company's generated sign-ins stand; only its owner can read it."""
    return settings.var_dir / "demo-sign-ins.json"


def up(settings: Settings) -> int:
    """Run until told to stop; returns the exit code."""
    seat = Seat(settings.var_dir)
    if not seat.take():
        occupant = seat.occupant()
        where = f"pid {occupant.pid}, {occupant.url or 'still starting'}" if occupant else "still starting"
        print(f"Hotline runs already ({where}). Stop it with ./hotline down")
        return 0
    try:
        code = asyncio.run(_run(settings, seat))
    finally:
        seat.leave()
    sys.stdout.flush()
    # Threads of an interrupted download would hold the exit back; nothing of them is needed any more.
    os._exit(code)


async def _run(settings: Settings, seat: Seat) -> int:
    progress = Progress(begin())
    supervisor = Supervisor(settings.var_dir, progress.say)
    supervisor.listen_for_signals()
    start = Start(settings, supervisor, progress, seat)
    code = 0
    try:
        if await _started(start):
            seat.announce(start.url)
            print(welcome(start), flush=True)
            await _show_logs_until_stopped(start)
    except* HotlineError as group:
        for error in _each(group):
            print(f"hotline: {error}", file=sys.stderr)
        code = 1
    finally:
        progress.say("stopping")
        await supervisor.stop()
        progress.say("stopped")
    return code


def _each(group: BaseExceptionGroup[HotlineError]) -> Iterator[HotlineError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _each(error)
        else:
            yield error


async def _started(start: Start) -> bool:
    """Whether the start came to its end before somebody asked to stop."""
    starting = asyncio.create_task(start.run())
    asked = asyncio.create_task(start.supervisor.stop_asked.wait())
    await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
    asked.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
        return False
    await starting
    return True


async def _show_logs_until_stopped(start: Start) -> None:
    follower = log_files.Follower(start.settings.var_dir / "logs")
    follower.skip_to_end()
    done = threading.Event()
    threading.Thread(target=follower.follow, args=(done,), daemon=True).start()
    await start.supervisor.stop_asked.wait()
    done.set()


def welcome(start: Start) -> str:
    """What stands on the screen when everything runs."""
    seconds = start.progress.seconds
    lines = [
        "",
        f"Hotline is up after {seconds:.1f} s ({'first start' if start.first else 'warm start'})",
        f"  console   {start.url}",
        *(f"  sign in   {line}" for line in _sign_ins(sign_ins_file(start.settings))),
        f"  voice     {voice.told(start.settings)}",
        *(f"  {line}" for line in _first_call(start)),
        "  stop      Ctrl-C here, or ./hotline down",
        "",
    ]
    return "\n".join(lines)


def _first_call(start: Start) -> list[str]:
    """How to place a call without a telephone, where that is possible."""
    if not voice.has_demo_phone(start.settings):
        return []
    return [f"call      {start.url}/demo is a customer's phone; an agent signs in at the console and presses P"]


def _sign_ins(file: Path) -> list[str]:
    if not file.exists():
        return []
    rows = json.loads(file.read_text())
    shown = [f"{row['login']:<24} {row['password']:<18} {row['role']}" for row in rows[:_FEW_SIGN_INS]]
    return [*shown, f"(all {len(rows)} of them: {file})"] if len(rows) > _FEW_SIGN_INS else shown
