"""``./hotline check``: everything that a machine can say about the source without running the product."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import HotlineError
from core.settings import ROOT, settings
from processes.console_build import CONSOLE, ConsoleBuild
from processes.progress import Progress, begin

_AT_ONCE = 2


@dataclass(frozen=True)
class Check:
    """One program whose exit code 0 means that all is well."""

    name: str
    argv: tuple[str, ...]
    directory: Path = ROOT
    environment: dict[str, str] | None = None


def python_checks() -> list[Check]:
    """What is asked of the Python side, our own rules of the architecture among it."""
    own_rules = (sys.executable, "-m", "pytest", "-q", "--no-header", "tests/test_architecture.py")
    return [*static_checks(), Check("own rules", own_rules)]


def static_checks() -> list[Check]:
    """What tools say about Python's source."""
    here = Path(sys.executable).parent
    return [
        Check("mypy --strict", (str(here / "mypy"),)),
        Check("ruff check", (str(here / "ruff"), "check", ".")),
        Check("ruff format", (str(here / "ruff"), "format", "--check", ".")),
        Check("import rule", (str(here / "lint-imports"),)),
        Check("console's types", (sys.executable, "-m", "agent_desk.typescript", "--check")),
    ]


async def console_checks(console: ConsoleBuild, scripts: Sequence[str]) -> list[Check]:
    """npm scripts of the console; none when there is no console."""
    if not (CONSOLE / "package.json").exists():
        return []
    await console.packages(checks=True)
    tool = await console.node()
    return [
        Check(f"console {script}", (*tool.npm, "run", "--silent", script), CONSOLE, tool.environment)
        for script in scripts
    ]


async def run_checks() -> int:
    """Run all checks, two at a time; prints the output of those that fail. Returns the exit code."""
    progress = Progress(begin())
    console = ConsoleBuild(progress, settings().var_dir / "logs" / "console-build.log")
    try:
        checks = [*python_checks(), *await console_checks(console, ("lint", "types"))]
    except HotlineError as error:
        progress.say(f"console: {error}")
        return 1
    failed = await run_all(checks, progress)
    if failed:
        progress.say(f"check failed: {', '.join(failed)}")
        return 1
    progress.say("check passed")
    return 0


async def run_all(checks: Sequence[Check], progress: Progress) -> list[str]:
    """Run checks side by side; returns the names of those that failed."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(check: Check) -> bool:
        async with slots:
            return await passes(check, progress)

    passed = await asyncio.gather(*(one(check) for check in checks))
    return [check.name for check, ok in zip(checks, passed, strict=True) if not ok]


async def passes(check: Check, progress: Progress) -> bool:
    """Run one check and say how it went."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *check.argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=check.directory,
        env=check.environment or dict(os.environ),
    )
    output, _ = await process.communicate()
    seconds = time.monotonic() - began
    if process.returncode == 0:
        progress.say(f"{check.name}: passed in {seconds:.1f} s")
        return True
    progress.say(f"{check.name}: FAILED in {seconds:.1f} s")
    print(output.decode(errors="replace").rstrip(), flush=True)
    return False
