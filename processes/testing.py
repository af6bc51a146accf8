"""``./hotline test``: set up every real part that the tests need, then check and test everything."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence

from core.embedded import programs
from core.embedded.debian import ProgramUnavailableError
from core.embedded.process import ServerCommand
from core.errors import HotlineError
from core.settings import ROOT, settings
from processes.checking import Check, console_checks, run_all, static_checks
from processes.console_build import ConsoleBuild
from processes.progress import Progress, begin

_PROGRAMS: dict[str, Callable[..., object]] = {
    "Asterisk": programs.asterisk,
    "SIPp": programs.sipp,
    "Chromium": programs.chromium,
}

_NIGHTLY_STEPS = 1_000_000
_AT_ONCE = min(8, 2 * (os.cpu_count() or 1))
"""Test processes: most of their time they wait, for servers that start and for clocks."""


async def run_tests(*, quick: bool) -> int:
    """Run everything; returns the exit code. A real part that cannot be had fails the run."""
    progress = Progress(begin())
    console = ConsoleBuild(progress, settings().var_dir / "logs" / "console-build.log")
    failed = await _set_up(console, progress, quick=quick)
    checks = [*static_checks(), *await _console(console, failed)]
    failed += await run_all(checks, progress)
    code = await _pytest(quick=quick)
    if code:
        failed.append("pytest")
    progress.say(f"FAILED: {', '.join(failed)}" if failed else "everything passed")
    return 1 if failed else 0


async def run_nightly() -> int:
    """What takes too long for every run: a million steps of any history, and the writers' trial in full length."""
    progress = Progress(begin())
    steps = {"HOTLINE_STEPS": str(_NIGHTLY_STEPS)}
    code = await _run(steps, "-m", "pytest", "-q", "tests/routing/engine/test_properties.py")
    failed = ["properties"] if code else []
    if await _run({}, "-m", "bench.routing_chaos"):
        failed.append("routing-chaos")
    progress.say(f"FAILED: {', '.join(failed)}" if failed else "everything passed")
    return 1 if failed else 0


async def _set_up(console: ConsoleBuild, progress: Progress, *, quick: bool) -> list[str]:
    """Fetch programs and build the console side by side; returns the names of what could not be had."""
    wanted = {} if quick else _PROGRAMS
    results = await asyncio.gather(
        _tried("console", _build_with_checks(console), progress),
        *(_tried(name, asyncio.to_thread(get, progress.say), progress) for name, get in wanted.items()),
    )
    return [name for name in results if name]


async def _build_with_checks(console: ConsoleBuild) -> None:
    await console.packages(checks=True)
    await console.build()


async def _tried(name: str, work: Awaitable[object], progress: Progress) -> str:
    try:
        await work
    except (HotlineError, ProgramUnavailableError) as error:
        progress.say(f"{name}: {error}")
        return name
    return ""


async def _console(console: ConsoleBuild, failed: Sequence[str]) -> list[Check]:
    return [] if "console" in failed else await console_checks(console, ("lint", "types", "test"))


async def _pytest(*, quick: bool) -> int:
    """Tests that share nothing run side by side, journeys one by one: they measure how long a recovery takes."""
    apart = ("-n", str(_AT_ONCE), "--dist", "loadscope", "-m")
    if quick:
        return await _run_pytest(*apart, "not journey and not long")
    codes = [await _run_pytest(*apart, "not journey"), await _run_pytest("-m", "journey")]
    return max(codes)


async def _run_pytest(*arguments: str) -> int:
    return await _run({}, "-m", "pytest", "-q", *arguments)


async def _run(environment: dict[str, str], *arguments: str) -> int:
    # On the leash: when this run is killed, it still stops the servers that it has started.
    python = ServerCommand("python", (sys.executable, *arguments), stop_signal=signal.SIGINT)
    process = await asyncio.create_subprocess_exec(
        *python.leashed(), stdin=asyncio.subprocess.DEVNULL, cwd=ROOT, env={**os.environ, **environment}
    )
    return await process.wait()
