"""The engine decides as a scan of everything would, whatever happens and in whatever order."""

from __future__ import annotations

import pytest

from tests.routing.engine.worlds import World, policies

_LONG = [pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2)]


@pytest.mark.parametrize("name", sorted(policies()))
@pytest.mark.parametrize("seed", [1, _LONG[1]])
def test_every_decision_is_that_of_the_scan(name: str, seed: int) -> None:
    world = World(seed, policies()[name])
    for agent_id in world.ids[:6]:
        world.arrive(agent_id)

    for number in range(150):
        world.step()
        if number % 5 == 0:
            assert world.is_settled()

    assert world.decisions > 50


@pytest.mark.parametrize("name", sorted(policies()))
@pytest.mark.parametrize("seed", [*_LONG, 3])
def test_in_a_crowd_the_head_of_a_lane_is_always_the_right_one(name: str, seed: int) -> None:
    world = World(seed, policies()[name], people=4, crowded=True)
    for agent_id in world.ids:
        world.arrive(agent_id)

    for _ in range(150):
        world.step()

    assert len(world.waiting) > 15
    assert world.is_settled()


@pytest.mark.parametrize("name", sorted(policies()))
def test_all_fitting_agents_are_those_of_the_scan(name: str) -> None:
    world = World(7, policies()[name])
    for agent_id in world.ids:
        world.arrive(agent_id)
    seen = 0
    for _ in range(60):
        item = world.new_item()
        world.put_item(item)
        found = world.engine.fitting_agents(item.id, world.now)
        assert found == world.scan_now().fitting(item.id)
        seen += len(found)
        world.pass_time(1)
    assert seen > 30
