"""How busy agents have been lately: a share that rises with work, falls with idling and stands still off duty."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.agent import Presence, WorkState
from core.ids import new_id
from routing.floor.floor import Floor
from routing.floor.occupancy import HALF_LIFE_SECONDS, RETELL_SECONDS, Share, moved
from routing.floor.rows import Agent
from routing.writer.load import Rows

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
HALF = timedelta(seconds=HALF_LIFE_SECONDS)


def at_work(**columns: object) -> Agent:
    agent = Agent(
        id=new_id(), presence=Presence.AVAILABLE, presence_reason=None, presence_since=START,
        work_state=WorkState.IDLE, work_since=START, idle_since=START, version=1, reachable=True,
        channels=frozenset({"voice"}),
    )  # fmt: skip
    return replace(agent, **columns)  # type: ignore[arg-type]


def test_work_raises_it_idling_lowers_it_and_absence_leaves_it() -> None:
    idle = at_work()
    busy = replace(idle, work_state=WorkState.ENGAGED, work_since=START)
    share = moved(Share(), busy)
    assert share.until((START + HALF).timestamp()) == pytest.approx(0.5)
    share = moved(share, replace(idle, work_since=START + HALF))
    assert share.until((START + 2 * HALF).timestamp()) == pytest.approx(0.25)
    gone = replace(idle, presence=Presence.AWAY, presence_since=START + 2 * HALF, work_since=START + HALF)
    assert moved(share, gone).until((START + 9 * HALF).timestamp()) == pytest.approx(0.25)


def test_one_who_still_talks_when_he_goes_away_is_busy() -> None:
    talking = at_work(presence=Presence.AWAY, work_state=WorkState.ENGAGED)
    assert moved(Share(), talking).busy is True


def test_what_is_only_planned_changes_nothing_until_it_is_kept() -> None:
    floor, agent = Floor(), at_work()
    floor.put_agent(agent)
    floor.mirror_agent(replace(agent, work_state=WorkState.RESERVED, work_since=START + HALF))
    assert floor.shares[agent.id].busy is False


def test_the_engine_hears_again_of_those_who_stay_idle_and_a_new_floor_remembers() -> None:
    floor, agent = Floor(), at_work()
    floor.put_agent(replace(agent, work_state=WorkState.ENGAGED))
    floor.put_agent(replace(agent, work_since=START + HALF))
    told: list[float] = []
    floor.engine.put_agent = lambda agent: told.append(agent.occupancy)  # type: ignore[method-assign]
    floor.retell(START + 2 * HALF)
    floor.retell(START + 2 * HALF + timedelta(seconds=RETELL_SECONDS / 2))
    assert told == [pytest.approx(0.25)]
    rebuilt = Rows().empty_floor(floor)
    rebuilt.put_agent(replace(agent, work_since=START + HALF))
    assert rebuilt.shares[agent.id].until((START + HALF).timestamp()) == pytest.approx(0.5)
