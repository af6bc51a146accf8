"""What policy and picture make of agents of one profile and items of one need, found once and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from routing.engine.choice import Standing, standing_cost
from routing.engine.picture import Picture
from routing.engine.policy import Policy
from routing.engine.urgency import factor, speed

if TYPE_CHECKING:
    from routing.engine.needs import Need
    from routing.engine.roster import Profile

CompiledWorth = tuple[int, int, float]
"""Bits needed, bits of which one is needed, load by servers."""


class Weights:
    """Factors and costs under one policy and picture; ``version`` tells kept values apart from outdated ones."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.picture = Picture()
        self.version = 0
        self._worths: tuple[CompiledWorth, ...] = ()

    def renew(self, policy: Policy, picture: Picture, worths: tuple[CompiledWorth, ...]) -> None:
        """Another policy or picture from now on."""
        self.policy, self.picture, self._worths = policy, picture, worths
        self.version += 1

    def factor(self, profile: Profile, need: Need) -> float:
        """What speaks for giving an item of this need to an agent of this profile."""
        if profile.version != self.version:
            self._forget(profile)
        found = profile.factors.get(need.number)
        if found is None:
            slowness = speed(self.policy, profile.levels, need.skills, need.preferred)
            needs_scarce = any(code in profile.scarce for code in need.codes)
            found = factor(self.policy, slowness, priority(profile, need), needs_scarce=needs_scarce)
            profile.factors[need.number] = found
        return found

    def factors(self, profile: Profile) -> dict[int, float]:
        """Factors that were found already, by the number of the need."""
        if profile.version != self.version:
            self._forget(profile)
        return profile.factors

    def standing(self, profile: Profile, need: Need) -> tuple[Standing, int]:
        """The standing costs of an agent of this profile for such an item, and their sum."""
        if profile.version != self.version:
            self._forget(profile)
        found = profile.standing.get(need.number)
        if found is None:
            parts = standing_cost(
                self.policy, profile.levels, need.skills, need.preferred, priority=priority(profile, need),
                worth=self.worth(profile), unneeded=sum(code not in need.codes for code in profile.scarce),
            )  # fmt: skip
            found = profile.standing[need.number] = parts, sum(parts)
        return found

    def scarce(self, profile: Profile) -> tuple[str, ...]:
        """The scarce skills of the profile."""
        if profile.version != self.version:
            self._forget(profile)
        return profile.scarce

    def worth(self, profile: Profile) -> float:
        """What an agent is worth elsewhere: load by servers, over all that he could serve."""
        if profile.worth is None:
            mask = profile.mask
            profile.worth = sum(
                (worth for needed, queues, worth in self._worths if mask & needed == needed and mask & queues), 0.0
            )
        return profile.worth

    def _forget(self, profile: Profile) -> None:
        scarce = tuple(sorted(self.picture.scarce & profile.levels.keys()))
        if scarce != profile.scarce or profile.version < 0:
            profile.scarce, profile.factors = scarce, {}  # of the picture they heed nothing else
        profile.version = self.version
        profile.standing = {}
        profile.worth = None


def priority(profile: Profile, need: Need) -> int:
    """The best of the agent's memberships in the queues of an item; 1 for who serves it without being a member."""
    return min((profile.priorities[queue] for queue in need.queues if queue in profile.priorities), default=1)
