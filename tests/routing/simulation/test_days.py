"""Days are the same for every rule, and one purpose's chance does not move another's."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from statistics import fmean

import pytest

from routing.simulation.day import again, make_day, moved
from routing.simulation.staffing import apportion, staff
from routing.simulation.world import SIGNATURES, benchmark, hard
from tests.routing.simulation.days import short


def test_the_same_number_is_the_same_day() -> None:
    assert short() == short()
    assert short() != short(number=8)


def test_staff_does_not_move_customers() -> None:
    assert short(replace(benchmark(), agents=94)).contacts == short().contacts


def test_customers_do_not_move_staff() -> None:
    assert short(number=1).agents == short(number=2).agents


def test_other_patience_leaves_work_and_arrivals() -> None:
    other = short(replace(benchmark(), patience=(1800.0, 1800.0)))
    assert [(c.at, c.work, c.tier) for c in other.contacts] == [(c.at, c.work, c.tier) for c in short().contacts]


def test_a_whole_day_is_what_the_benchmark_says() -> None:
    day = make_day(benchmark(), 3, 12)
    assert 10_500 < len(day.contacts) < 14_000
    work = [contact.work for contact in day.contacts if contact.channel == 0]
    assert fmean(work) == pytest.approx(300.0, rel=0.05)
    tiers = Counter(contact.tier for contact in day.contacts)
    assert tiers[0] / len(day.contacts) == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize("matrix", range(5))
def test_every_company_can_serve_everything_on_both_channels(matrix: int) -> None:
    agents = staff(benchmark(), matrix)
    assert Counter(agent.kind for agent in agents) == {"voice": 55, "chat": 20, "blended": 25}
    assert sum(agent.languages[1] > 0 for agent in agents) == 19
    assert sum(agent.languages[2] > 0 for agent in agents) == 9
    for number in range(SIGNATURES):
        assert any(agent.calls and agent.levels[number] for agent in agents)
        assert any(agent.chats and agent.levels[number] for agent in agents)


def test_shares_become_whole_agents() -> None:
    assert apportion(94, (0.55, 0.20, 0.25)) == [52, 19, 23]
    assert sum(apportion(7, (1, 1, 1))) == 7


def test_who_calls_again_does_so_whatever_rule_lost_him() -> None:
    world = replace(hard(benchmark()), retrials=1.0)
    contact = short().contacts[0]
    first, second = again(world, contact, 100.0), again(world, contact, 200.0)
    assert first is not None
    assert second is not None
    assert second.at - first.at == pytest.approx(100.0)
    assert second.patience == first.patience


def test_a_transfer_asks_for_another_product() -> None:
    contact = short().contacts[0]
    assert moved(benchmark(), contact, 50.0).product != contact.product
