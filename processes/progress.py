"""What a command says while it works: one line a step, with the seconds since its begin."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def begin() -> float:
    """The monotonic time at which ``./hotline`` was called; the shell became this process by exec."""
    return time.monotonic() - (_age_from_proc() or float(os.environ.get("HOTLINE_BOOTSTRAP_SECONDS") or 0))


def _age_from_proc() -> float:
    """Seconds since this process was made, 0 where the system does not tell."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK"))
    except (OSError, ValueError, AttributeError):
        return 0.0


class Progress:
    """Writes steps to a stream; steps that run side by side name themselves in every line."""

    def __init__(self, began: float | None = None, stream: TextIO = sys.stdout) -> None:
        self._began = time.monotonic() if began is None else began
        self._stream = stream

    @property
    def seconds(self) -> float:
        """Seconds since the begin."""
        return time.monotonic() - self._began

    def say(self, text: str) -> None:
        """One line with the time in front."""
        print(f"[{self.seconds:6.1f} s] {text}", file=self._stream, flush=True)

    @contextmanager
    def step(self, name: str, doing: str) -> Iterator[None]:
        """Say what begins, and when it ended how long it took."""
        self.say(f"{name}: {doing}")
        began = time.monotonic()
        yield
        self.say(f"{name}: done in {time.monotonic() - began:.1f} s")


class Bar:
    """A bar that fills, on one line; written only where somebody watches (a terminal)."""

    def __init__(self, what: str, stream: TextIO | None = None, width: int = 40) -> None:
        self._what, self._width = what, width
        self._stream = stream or sys.stderr
        self._is_watched = self._stream.isatty()

    def show(self, share: float, words: str = "") -> None:
        """``share``: 0 to 1."""
        if self._is_watched:
            filled = int(self._width * min(1.0, max(0.0, share)))
            bar = "#" * filled + "." * (self._width - filled)
            self._stream.write(f"\r{self._what} [{bar}] {words}\x1b[K")
            self._stream.flush()

    def clear(self) -> None:
        """Take it away."""
        if self._is_watched:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
