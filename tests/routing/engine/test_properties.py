"""Any order of everything that can happen: the promises hold of every decision, and it is that of the scan.

``HOTLINE_STEPS`` says how many steps are taken (10,000; a million at night).
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.routing.engine.worlds import World, policies

STEPS = int(os.environ.get("HOTLINE_STEPS", "10000"))
STEPS_AN_EXAMPLE = 50
PEOPLE = st.integers(0, 8)
POLICIES = st.sampled_from(sorted(policies()))


class Floor(RuleBasedStateMachine):
    """A floor of nine people; dice are thrown by hypothesis, so that a failure shrinks to its least history."""

    world: World

    @initialize(name=POLICIES, dice=st.randoms(use_true_random=False), present=st.integers(0, 9), crowded=st.booleans())
    def opens(self, name: str, dice: object, present: int, crowded: bool) -> None:
        self.world = World(0, policies()[name], crowded=crowded)
        self.world.random = dice
        for agent_id in self.world.ids[:present]:
            self.world.arrive(agent_id)

    @rule()
    def item_arrives(self) -> None:
        item = self.world.new_item()
        self.world.put_item(item)
        self.world.give(self.world.ask_for_item(item.id))
        self.world.settle()

    @precondition(lambda self: self.world.waiting)
    @rule(number=st.integers(0, 1000))
    def item_is_cancelled(self, number: int) -> None:
        waiting = sorted(self.world.waiting)
        self.world.drop_item(waiting[number % len(waiting)])
        self.world.settle()

    @rule(number=PEOPLE)
    def agent_finishes_something(self, number: int) -> None:
        self.world.finish(self.world.ids[number])
        self.ask(number)

    @rule(number=PEOPLE)
    def agent_comes_or_changes(self, number: int) -> None:
        self.world.arrive(self.world.ids[number])
        self.ask(number)

    @rule(number=PEOPLE)
    def agent_leaves(self, number: int) -> None:
        self.world.leave(self.world.ids[number])
        self.world.settle()

    @rule(number=PEOPLE)
    def agent_cannot_be_had(self, number: int) -> None:
        self.world.pause(self.world.ids[number])
        self.world.settle()

    @rule(number=PEOPLE, declined=st.booleans())
    def offer_comes_to_nothing(self, number: int, declined: bool) -> None:
        self.world.put_back(self.world.ids[number], declined=declined)
        self.ask(number)

    @rule(seconds=st.sampled_from([0, 1, 3, 10, 31, 100]))
    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds)
        self.world.settle()

    @rule()
    def another_process_takes_over(self) -> None:
        self.world.take_over()
        self.world.settle()

    @rule(name=POLICIES)
    def policy_changes(self, name: str) -> None:
        self.world.change_policy(policies()[name])
        self.world.settle()

    @rule(load=st.sampled_from([None, 0.9, 1.2]))
    def load_is_told(self, load: float | None) -> None:
        self.world.scan.load = load
        self.world.engine.tell_load(load)
        self.world.settle()

    @invariant()
    def engine_and_world_know_the_same(self) -> None:
        assert self.world.engine.waiting == len(self.world.waiting)
        assert set(self.world.engine.free_agents()) == set(self.world.scan.free)
        assert self.world.engine.on_duty == len(self.world.scan.duty)

    @invariant()
    def nobody_waits_whom_somebody_free_may_have(self) -> None:
        assert self.world.is_settled()

    def ask(self, number: int) -> None:
        agent_id = self.world.ids[number]
        if self.world.engine.is_free(agent_id):
            self.world.give(self.world.ask_for_agent(agent_id))
        self.world.settle()


TestFloor = pytest.mark.long(pytest.mark.timeout(0)(Floor.TestCase))
TestFloor.settings = settings(
    max_examples=max(1, STEPS // STEPS_AN_EXAMPLE), stateful_step_count=STEPS_AN_EXAMPLE, deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
