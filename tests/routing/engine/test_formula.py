"""What the formula makes of tiers and targets alone."""

from __future__ import annotations

from routing.engine.policy import Policy, default_policy

TIERS = ("vip", "gold", "bronze")
VOICE = {("voice", "vip"): 10.0, ("voice", "gold"): 20.0, ("voice", "bronze"): 60.0}


def made(channel: str, bronze: float) -> Policy:
    return default_policy(TIERS, VOICE | {(channel, "vip"): bronze / 6, (channel, "bronze"): bronze})


def test_a_better_tier_is_steeper_and_ahead_and_the_best_is_far_ahead() -> None:
    policy = made("chat", 180.0)
    for channel in ("voice", "chat"):
        vip, gold, bronze = (policy.service(channel, tier) for tier in TIERS)
        assert vip.slope > gold.slope > bronze.slope > 0.0
        assert vip.head_start > 5 * gold.head_start > bronze.head_start == 0.0
        assert not vip.relax
        assert vip.scarce_wait == vip.blend_wait == vip.kept_idle == 0


def test_messages_that_have_waited_go_first_while_they_are_still_in_time() -> None:
    for target in (180.0, 900.0):
        cap = made("chat", target).service("chat", "bronze").cap
        assert cap is not None
        assert 0.5 * target < cap < target


def test_messages_of_short_targets_do_not_overrun_calls() -> None:
    cap = made("chat", 30.0).service("chat", "bronze").cap
    assert cap is not None
    assert cap >= 120.0


def test_a_letter_never_goes_before_all_others_and_has_no_head_start_to_speak_of() -> None:
    for tier in TIERS:
        letter = made("email", 4 * 3600.0).service("email", tier)
        assert letter.cap is None
        assert letter.head_start < 10.0


def test_one_tier_waits_for_nobody() -> None:
    only = default_policy(("",), {("voice", ""): 20.0}).service("voice", "")
    assert (only.relax, only.head_start, only.scarce_wait, only.kept_idle) == ((), 0.0, 0.0, 0)
