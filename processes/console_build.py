"""The console's packages and its build: done again only when what they come from has changed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.embedded import node as nodes
from core.embedded.node import Node
from core.embedded.process import signal_group
from core.errors import Unavailable
from core.settings import ROOT
from processes.progress import Progress

CONSOLE = ROOT / "web" / "console"
NODE_HOME = ROOT / ".tool" / "node"
_IGNORED = frozenset({"node_modules", "dist", "coverage", ".vite"})
_NODE_LOCK = ROOT / "requirements" / "build.txt"


def sources(console: Path) -> Iterator[Path]:
    """Every file from which the build is made, in a fixed order."""
    for directory, names, files in os.walk(console):
        names[:] = sorted(set(names) - _IGNORED)
        yield from (Path(directory) / name for name in sorted(files) if not name.endswith(".log"))


def fingerprint(console: Path) -> str:
    """A hash over the names and contents of the sources."""
    digest = hashlib.sha256()
    for file in sources(console):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(console)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


class ConsoleBuild:
    """Builds ``web/console`` into ``web/console/dist``."""

    def __init__(self, progress: Progress, log: Path, console: Path = CONSOLE) -> None:
        self._progress = progress
        self._log = log
        self._console = console
        self._node: Node | None = None

    async def build(self) -> bool:
        """Bring ``dist`` up to its sources; returns whether there was anything to do."""
        if not (self._console / "package.json").exists():
            self._progress.say("console: not in this copy of the source, nothing to build")
            return False
        marker = self._console / "dist" / ".built-from"
        wanted = fingerprint(self._console)
        if marker.exists() and marker.read_text() == wanted:
            return False
        await self.packages()
        with self._progress.step("console", "building"):
            await self.npm("run", "build")
        marker.write_text(wanted)
        return True

    async def packages(self, *, checks: bool = False) -> None:
        """Install the locked npm packages unless they are there: those of the build, or with ``checks`` all."""
        modules = self._console / "node_modules"
        lock = (self._console / "package-lock.json").read_text()
        marks = [modules / ".installed-all", *([] if checks else [modules / ".installed-build"])]
        if any(mark.exists() and mark.read_text() == lock for mark in marks):
            return
        await self.node()
        with self._progress.step("console", "installing the locked npm packages"):
            await self.npm("ci", *([] if checks else ["--omit=dev"]), "--no-audit", "--no-fund", "--no-progress")
        modules.mkdir(exist_ok=True)
        marks[-1].write_text(lock)

    async def npm(self, *arguments: str) -> None:
        """Run npm in the console's directory; raises Unavailable with the end of its output."""
        tool = await self.node()
        await run((*tool.npm, *arguments), self._log, tool.environment, self._console)

    async def node(self) -> Node:
        """The Node to use, installed first where the machine has none that is new enough."""
        self._node = self._node or await asyncio.to_thread(nodes.find, NODE_HOME)
        if self._node is None:
            with self._progress.step("Node", f"none of version {nodes.OLDEST_MAJOR} on PATH, fetching its wheel"):
                self._node = await asyncio.to_thread(nodes.install, NODE_HOME, uv(), _NODE_LOCK)
        return self._node


def uv() -> str:
    """The uv that ``./hotline`` has installed, or the one on PATH."""
    for candidate in (ROOT / ".tool" / "bin" / "uv", Path(sys.prefix) / "bin" / "uv"):
        if candidate.exists():
            return str(candidate)
    found = shutil.which("uv")
    if found is None:
        raise Unavailable("uv.missing", "uv is not there: start this through ./hotline")
    return found


async def run(argv: Sequence[str], log: Path, environment: dict[str, str], directory: Path) -> None:
    """Run a program with its output in ``log``; ends it when cancelled."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("ab") as output:
        start = output.tell()
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=directory,
            start_new_session=True,
        )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            signal_group(process.pid, signal.SIGKILL)  # npm's own children too
            await process.wait()
            raise
    if code != 0:
        what = " ".join(Path(word).name for word in argv[:4])
        raise Unavailable("program.failed", f"{what} failed (exit code {code}):\n{_said(log, start)}")


def _said(log: Path, start: int) -> str:
    return log.read_bytes()[start:].decode(errors="replace")[-2000:]
