"""``./hotline bench routing-quality``: what the engine does for customers, against the rules of other engines.

The benchmark day is lived through in memory by each rule: the same customers, the same work, the same patience.
Days and skill matrices are others than those that the policy's constants were found on. Two processes, nine minutes
at most: when ``--seconds`` are over the last days of every experiment are left out, which is said.
``--share 0.2`` gives a quicker, noisier look.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from itertools import groupby, islice
from pathlib import Path

from bench.figures import keep, say
from core.settings import ROOT
from routing.simulation.figures import Figures
from routing.simulation.goals import goals, summary
from routing.simulation.plan import PRODUCT, Results, Trial, experiments, is_enough, live_all, trials
from routing.simulation.report import document, pictures

Found = dict[str, Figures]
_PRODUCT_EFFORT = 6
_TOLD_SECONDS = 15.0
_SHOWING = ("goals", "intervals", "picture", "report")
"""Modules that make pages of figures, not figures."""


def live(todo: Sequence[Trial]) -> Found:
    """Some days, in a process of their own."""
    return {trial.key: found for trial, found in live_all(todo)}


def edition(*folders: str) -> str:
    """Tells code apart, so that figures of another engine, policy or simulation are not mixed in."""
    files = sorted(file for folder in folders for file in (ROOT / "routing" / folder).glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.stem not in _SHOWING)).hexdigest()[:12]


class Store:
    """Figures measured so far, in a file of one line a day and rule where one is named."""

    def __init__(self, file: Path | None) -> None:
        self.found: Found = {}
        self._file = file
        self._ours, self._theirs = edition("engine", "simulation"), edition("simulation")
        for line in file.read_text().splitlines() if file is not None and file.exists() else ():
            entry = json.loads(line)
            if entry["edition"] == self._edition_of(entry["key"]):
                self.found[entry["key"]] = entry["figures"]

    def add(self, found: Found) -> None:
        """Remember, in the file too."""
        self.found |= found
        if self._file is None:
            return
        with self._file.open("a") as file:
            for key, figures in found.items():
                file.write(json.dumps({"key": key, "edition": self._edition_of(key), "figures": figures}) + "\n")

    def _edition_of(self, key: str) -> str:
        return self._ours if key.endswith("/" + PRODUCT) else self._theirs


def batches(todo: Sequence[Trial]) -> list[list[Trial]]:
    """What is done in one go: a day under all its rules, so that it is made once."""
    return [list(group) for _, group in groupby(todo, key=lambda trial: (trial.experiment, trial.day))]


def effort(batch: Sequence[Trial]) -> int:
    """How long a batch takes, roughly: the product explains every decision and weighs every agent."""
    return sum(_PRODUCT_EFFORT if trial.rule == PRODUCT else 1 for trial in batch)


class Progress:
    """How much is done, and how long the rest will take."""

    def __init__(self, todo: Sequence[Sequence[Trial]]) -> None:
        self._started = self._told = time.monotonic()
        self._all, self._days = sum(map(effort, todo)), len(todo)
        self._done = self._days_done = 0

    @property
    def passed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._started

    def count(self, batch: Sequence[Trial]) -> None:
        """A day is over; said every now and then."""
        self._done += effort(batch)
        self._days_done += 1
        if time.monotonic() - self._told >= _TOLD_SECONDS or self._days_done == self._days:
            self._told = time.monotonic()
            left = self.passed * (self._all - self._done) / self._done
            say(f"{self._days_done} of {self._days} days, {self.passed:.0f} s, about {left:.0f} s left")


def measure(plan: Sequence[Trial], store: Store, workers: int, seconds: float) -> None:
    """Live through what is missing, in so many processes; after those seconds no other day is begun."""
    todo = batches([trial for trial in plan if trial.key not in store.found])
    progress, waiting = Progress(todo), iter(todo)
    with ProcessPoolExecutor(workers) as pool:
        running = {pool.submit(live, batch): batch for batch in islice(waiting, workers)}
        while running:
            for finished in wait(running, return_when=FIRST_COMPLETED).done:
                store.add(finished.result())
                progress.count(running.pop(finished))
                if progress.passed < seconds and (batch := next(waiting, None)) is not None:
                    running[pool.submit(live, batch)] = batch


def main() -> int:
    """Measure, keep the raw figures, print the tables and the result."""
    parser = argparse.ArgumentParser(prog="hotline bench routing-quality")
    parser.add_argument("--share", type=float, default=1.0, help="share of the days (1)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--raw", type=Path, help="figures are added to this file, and those in it not measured again")
    parser.add_argument("--seconds", type=float, default=540, help="begin no other day then (540)")
    parser.add_argument("--docs", action="store_true", help="write docs/routing-quality.md and its pictures")
    options = parser.parse_args()
    store = Store(options.raw)
    plan = experiments(options.share)
    todo = list(trials(plan))
    measure(todo, store, options.workers, options.seconds)
    if not is_enough(plan, store.found):
        say("too few days in that time; go on with --raw FILE")
        return 3
    results = Results({trial.key: store.found[trial.key] for trial in todo if trial.key in store.found})
    if left_out := len(batches([trial for trial in todo if trial.key not in store.found])):
        say(f"{left_out} of {len(batches(todo))} days were left out for want of time")
    text = document(results)
    if options.docs:
        (ROOT / "docs" / "routing-quality.md").write_text(text)
        for name, picture in pictures(results).items():
            (ROOT / "docs" / name).write_text(picture)
    if options.raw is None:
        say(f"raw figures: {keep('routing-quality', {'figures': store.found})}")
    print(text)
    say(f"goals met: {sum(goal.met for goal in goals(results))} of {len(goals(results))}")
    print(f"RESULT routing-quality {summary(results).line}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
