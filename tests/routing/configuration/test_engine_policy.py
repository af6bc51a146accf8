"""What the engine is told: the formula where nothing is said, else what is said; versions follow from the values."""

from __future__ import annotations

from decimal import Decimal

from routing.configuration.engine_policy import engine_policy, services_of
from routing.configuration.model import DEFAULT_POLICIES, Policies, ServicePolicy
from routing.engine.policy import default_policy

TIERS = ("key", "gold", "silver", "standard")
QUEUES = [{"*": 20.0}, {"*": 30.0, "chat": 90.0}, {"*": 15.0}]
OPEN: Policies = {tier: {"any": ServicePolicy()} for tier in TIERS}


def test_what_nobody_says_is_by_the_formula() -> None:
    built = engine_policy("main", OPEN, QUEUES, {})
    formula = default_policy(TIERS, {("voice", tier): 20.0 for tier in TIERS})
    for tier in (*TIERS, "*", "unheard of"):
        assert built.service("voice", tier) == formula.service("voice", tier)
    assert (built.order, built.choice, built.reserves) == (formula.order, formula.choice, formula.reserves)


def test_the_policies_to_begin_with_are_the_formulas() -> None:
    assert DEFAULT_POLICIES == OPEN


def test_weight_target_and_grade() -> None:
    policies: Policies = {
        "key": {"any": ServicePolicy(target_factor=Decimal("0.5")),
                "D": ServicePolicy(weight=Decimal(1), head_start_seconds=0, account_manager_first_seconds=9)},
        "standard": {"any": ServicePolicy(weight=Decimal("1.5"))},
    }  # fmt: skip
    built, services = engine_policy("main", policies, QUEUES, {}), services_of(policies)
    assert (built.service("voice", "key").target, built.service("chat", "key").target) == (10.0, 10.0)
    assert (built.service("voice", "key/D").slope, built.service("voice", "key/D").head_start) == (1.0, 0.0)
    assert built.service("voice", "standard").slope == 1.5
    assert services.of("key", "D").account_manager_seconds == 9
    assert [services.of(*pair).name for pair in (("key", "D"), ("key", "A"), ("key", None), ("gone", "D"))] == [
        "key/D", "key", "key", "standard",
    ]  # fmt: skip


def test_a_channels_target_is_that_of_the_usual_queue() -> None:
    policies: Policies = {"standard": {"any": ServicePolicy()}}
    built = engine_policy("main", policies, [{"*": 20.0, "chat": 60.0}] * 3, {})
    assert (built.service("voice", "standard").target, built.service("chat", "standard").target) == (20.0, 60.0)
    assert built.service("chat", "standard").slope < built.service("voice", "standard").slope


def test_versions_follow_from_the_values() -> None:
    one, same = engine_policy("main", OPEN, QUEUES, {}), engine_policy("main", OPEN, QUEUES, {})
    tuned = engine_policy("main", OPEN, QUEUES, {"choice": {"occupancy": 12.5}, "reserves": {"small_team": 5}})
    assert one.version == same.version != tuned.version
    assert (tuned.choice.occupancy, tuned.reserves.small_team, tuned.choice.speed) == (12.5, 5, one.choice.speed)


def test_factors_turn_what_every_tier_gets() -> None:
    plain = engine_policy("main", OPEN, QUEUES, {})
    turned = engine_policy("main", OPEN, QUEUES, {"service": {"head_start": 1.2, "steepness": 2.0, "relax": 0.5}})
    before, after = plain.service("voice", "gold"), turned.service("voice", "gold")
    assert (after.head_start, after.slope) == (before.head_start * 1.2, before.slope**2)
    assert [step.until for step in after.relax] == [step.until * 0.5 for step in before.relax]
    assert (after.cap, turned.service("voice", "standard").head_start) == (before.cap, 0.0)


def test_nothing_at_all_is_still_a_policy() -> None:
    assert engine_policy("main", {}, [], {}).service("voice", "key").slope > 0
