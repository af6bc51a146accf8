"""The log files in var/logs: shown together with prefixes, followed, and kept from growing without end."""

from __future__ import annotations

import re
import shutil
import sys
import threading
from pathlib import Path
from typing import TextIO

from core.errors import NotFound

LARGEST_BYTES = 50_000_000
_POLL_SECONDS = 0.25
_LONGEST_LINE = 4_000
_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def names(directory: Path) -> list[str]:
    """The processes that have a log."""
    return sorted(file.stem for file in directory.glob("*.log"))


def rotate(directory: Path) -> None:
    """Move the content of large files to NAME.log.1; the writers keep appending to the emptied file."""
    for name in names(directory):
        file = directory / f"{name}.log"
        if file.stat().st_size > LARGEST_BYTES:
            shutil.copyfile(file, file.with_suffix(".log.1"))
            with file.open("r+b") as opened:
                opened.truncate(0)


def last_lines(directory: Path, name: str, count: int) -> list[str]:
    """The newest lines of one log."""
    file = directory / f"{name}.log"
    if not file.exists():
        return []
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - count * _LONGEST_LINE))
        lines = opened.read().decode(errors="replace").split("\n")
        return lines[:-1][-count:] if lines[-1] == "" else lines[-count:]


class Follower:
    """Shows what is written to the logs, each line behind the name of its process."""

    def __init__(self, directory: Path, only: str | None = None, stream: TextIO = sys.stdout) -> None:
        if only is not None and not (directory / f"{only}.log").exists():
            known = ", ".join(names(directory)) or "none yet"
            raise NotFound("log.unknown", f"no log of {only!r}; there are: {known}")
        self._directory = directory
        self._only = only
        self._stream = stream
        self._places: dict[str, int] = {}
        self._rests: dict[str, bytes] = {}

    def show_last(self, count: int) -> None:
        """Print the newest lines of each log and follow from there."""
        self.skip_to_end()
        for name in self._followed():
            for line in last_lines(self._directory, name, count):
                self._print(name, line)

    def skip_to_end(self) -> None:
        """Follow from the present ends."""
        for name in self._followed():
            self._places[name] = (self._directory / f"{name}.log").stat().st_size

    def follow(self, stop: threading.Event) -> None:
        """Print new lines until ``stop`` is set."""
        while not stop.wait(_POLL_SECONDS):
            self.show_new()

    def show_new(self) -> None:
        """Print what was added since the last time."""
        for name in self._followed():
            for line in self._new_lines(name):
                self._print(name, line)

    def _followed(self) -> list[str]:
        return [self._only] if self._only else names(self._directory)

    def _new_lines(self, name: str) -> list[str]:
        file = self._directory / f"{name}.log"
        size, place = file.stat().st_size, self._places.get(name, 0)
        if size == place:
            return []
        with file.open("rb") as opened:
            opened.seek(place if size > place else 0)  # a smaller file was rotated
            content = self._rests.get(name, b"") + opened.read()
            self._places[name] = opened.tell()
        *lines, self._rests[name] = content.split(b"\n")
        return [line.decode(errors="replace") for line in lines]

    def _print(self, name: str, line: str) -> None:
        # Logs hold what callers sent: nothing of it may steer the reader's terminal.
        shown = _CONTROL.sub("?", line[:_LONGEST_LINE])
        prefix = f"{name:<10}|"
        if self._stream.isatty():
            prefix = f"\x1b[{_COLOURS[hash_of(name) % len(_COLOURS)]}m{prefix}\x1b[0m"
        print(prefix, shown, file=self._stream, flush=True)


def hash_of(name: str) -> int:
    """A number that is the same in every run."""
    return sum(name.encode())
