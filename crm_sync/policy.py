"""What a tier gets. Pure. Names, number and weights become configuration; these are the four to begin with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TierPolicy:
    """``priority``: head start in routing, in seconds of waiting, added to the queue's own."""

    tier: str
    priority: int


STANDARD = TierPolicy("standard", 0)
TIERS: dict[str, TierPolicy] = {
    policy.tier: policy
    for policy in (TierPolicy("key", 30), TierPolicy("gold", 20), TierPolicy("silver", 10), STANDARD)
}
"""From the most to the least valuable."""


def policy_of(tier: str) -> TierPolicy:
    """The policy of a tier; a tier that nobody configured is served as standard, never refused."""
    return TIERS.get(tier, STANDARD)
