"""The exact formula against values of the literature, and the simulator against the formula."""

from __future__ import annotations

import pytest

from routing.simulation.catalogue import REFERENCE, RIVALS
from routing.simulation.day import make_day
from routing.simulation.erlang import erlang_a, erlang_c_wait
from routing.simulation.figures import figures
from routing.simulation.intervals import interval
from routing.simulation.running import run
from routing.simulation.world import one_pool


def test_the_example_of_garnett_mandelbaum_and_reiman() -> None:
    exact = erlang_a(48 / 60, 60.0, 50, 120.0)
    assert erlang_c_wait(48 / 60, 60.0, 50) == pytest.approx(20.83, abs=0.01)
    assert exact.mean_wait == pytest.approx(3.71, abs=0.01)
    assert 100 * exact.abandoned == pytest.approx(3.09, abs=0.01)


@pytest.mark.parametrize(
    ("servers", "wait", "lost"), [(64, 4.0, 1.7), (8, 25.8, 10.8)], ids=["one pool of 64", "one of eight pools of 8"]
)
def test_pooling(servers: int, wait: float, lost: float) -> None:
    exact = erlang_a(0.9 * servers / 300.0, 300.0, servers, 240.0)
    assert exact.mean_wait == pytest.approx(wait, abs=0.05)
    assert 100 * exact.abandoned == pytest.approx(lost, abs=0.05)


def test_who_gives_up_is_the_wait_over_patience() -> None:
    exact = erlang_a(0.2, 300.0, 60, 240.0)
    assert exact.abandoned == pytest.approx(exact.mean_wait / 240.0)


def test_more_work_than_servers_has_no_erlang_c() -> None:
    with pytest.raises(ValueError, match="no end"):
        erlang_c_wait(1.0, 60.0, 60)


@pytest.mark.long
def test_the_simulator_agrees_with_the_formula() -> None:
    exact = erlang_a(768 / 3600, 300.0, 65, 240.0)
    world, fifo = one_pool(65, 768.0, 300.0, 240.0), RIVALS[REFERENCE].make
    days = [figures(run(make_day(world, 1, day), fifo)) for day in range(12)]
    waits = interval([day["mean"] for day in days])
    assert abs(waits.mean - exact.mean_wait) <= 1.5 * waits.within
    assert waits.within < 0.35 * exact.mean_wait
