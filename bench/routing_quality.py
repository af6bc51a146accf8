"""``./hotline bench routing-quality``: what the engine does for customers, against the rules of other engines.

The benchmark day is lived through in memory by each rule: the same customers, the same work, the same patience.
Days and skill matrices are others than those that the policy's constants were found on. Two processes, about ten
minutes; ``--share 0.2`` gives a quicker, noisier look.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import groupby
from pathlib import Path

from bench.figures import keep, say
from core.settings import ROOT
from routing.simulation.figures import Figures
from routing.simulation.goals import goals, summary
from routing.simulation.plan import PRODUCT, Results, Trial, experiments, live_all, trials
from routing.simulation.product import policy_for
from routing.simulation.report import document, pictures
from routing.simulation.world import benchmark

Found = dict[str, Figures]


def live(todo: Sequence[Trial]) -> Found:
    """Some days, in a process of their own."""
    return {trial.key: found for trial, found in live_all(todo)}


def edition() -> str:
    """Tells policies apart, so that figures of another one are not mixed in."""
    text = json.dumps(policy_for(benchmark()).as_json(), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Store:
    """Figures measured so far, in a file of one line a day and rule where one is named."""

    def __init__(self, file: Path | None) -> None:
        self.found: Found = {}
        self._file, self._edition = file, edition()
        for line in file.read_text().splitlines() if file is not None and file.exists() else ():
            entry = json.loads(line)
            if entry["edition"] in ("", self._edition):
                self.found[entry["key"]] = entry["figures"]

    def add(self, found: Found) -> None:
        """Remember, in the file too."""
        self.found |= found
        if self._file is None:
            return
        with self._file.open("a") as file:
            for key, figures in found.items():
                of = self._edition if key.endswith("/" + PRODUCT) else ""
                file.write(json.dumps({"key": key, "edition": of, "figures": figures}) + "\n")


def batches(todo: Sequence[Trial]) -> list[list[Trial]]:
    """What is done in one go: a day under all its rules, so that it is made once."""
    return [list(group) for _, group in groupby(todo, key=lambda trial: (trial.experiment, trial.day))]


def measure(plan: Sequence[Trial], store: Store, workers: int, seconds: float) -> bool:
    """Live through what is missing, in so many processes; returns whether all was done in that time."""
    todo = batches([trial for trial in plan if trial.key not in store.found])
    started, done = time.monotonic(), 0
    with ProcessPoolExecutor(workers) as pool:
        waiting = iter(todo)
        running = {pool.submit(live, batch) for _, batch in zip(range(workers), waiting, strict=False)}
        while running:
            finished = next(as_completed(running))
            running.discard(finished)
            store.add(finished.result())
            done += 1
            if done % 5 == 0 or done == len(todo):
                say(f"{done} of {len(todo)} days, {time.monotonic() - started:.0f} s")
            if time.monotonic() - started < seconds and (batch := next(waiting, None)) is not None:
                running.add(pool.submit(live, batch))
    return done == len(todo)


def main() -> int:
    """Measure, keep the raw figures, print the tables and the result."""
    parser = argparse.ArgumentParser(prog="hotline bench routing-quality")
    parser.add_argument("--share", type=float, default=1.0, help="share of the days (1)")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--raw", type=Path, help="figures are added to this file, and those in it not measured again")
    parser.add_argument("--seconds", type=float, default=1e9, help="stop then; go on with the same --raw")
    parser.add_argument("--docs", action="store_true", help="write docs/routing-quality.md and its pictures")
    options = parser.parse_args()
    store = Store(options.raw)
    plan = list(trials(experiments(options.share)))
    if not measure(plan, store, options.workers, options.seconds):
        say("not all of it yet")
        return 3
    results = Results({trial.key: store.found[trial.key] for trial in plan})
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
