"""Which service a customer gets, by tier and credit grade, as the engine and the floor need it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ServiceClass:
    """Customers who are served alike. ``name``: the tier that the engine knows them by.

    ``target_factor`` multiplies a queue's target; for so many seconds from the queue's begin only the account manager
    (the agent who served last) is asked.
    """

    name: str = ""
    target_factor: float = 1.0
    account_manager_seconds: int = 0
    last_agent_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Services:
    """All classes by (tier, grade); grade None: without a grade, or with one that has no class of its own."""

    classes: Mapping[tuple[str, str | None], ServiceClass] = field(default_factory=dict)
    fallback: ServiceClass = ServiceClass()
    """For a tier that nobody configured: served as the least valuable, never refused."""

    def of(self, tier: str, grade: str | None) -> ServiceClass:
        """The class of a customer."""
        found = self.classes.get((tier, grade)) or self.classes.get((tier, None))
        return found if found is not None else self.fallback
