"""A short form of what ``./hotline test nightly`` does for fifteen minutes with ten times as many agents.

How soon all goes on is measured there. It takes all the processors that there are, so it runs with the journeys, one
by one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.routing.chaos.endure import endure
from tests.routing.chaos.plan import SHORT


@pytest.mark.journey
@pytest.mark.timeout(300)
async def test_killed_and_paused_writers_give_nothing_twice_and_strand_nobody(
    database_url: str, redis_url: str, tmp_path: Path
) -> None:
    verdict = await endure(SHORT, database_url, redis_url, tmp_path / "routing.log")

    assert verdict.faults == {}
    assert verdict.calls == SHORT.items
    assert sum(len(each) for each in verdict.takeovers.values()) >= 2
