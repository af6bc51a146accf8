"""What a simulated company is like: demand, people, patience, promises. Seconds, shares (0 to 1), contacts an hour."""

from __future__ import annotations

from dataclasses import dataclass, replace

VOICE, CHAT = 0, 1
CHANNELS = ("voice", "chat")
TIERS = ("vip", "gold", "silver", "bronze")
PRODUCTS = ("general", "billing", "technical", "orders", "contracts", "devices")
LANGUAGES = ("", "spanish", "french")
"""The first is the language that everybody speaks: it asks for no skill."""
KINDS = ("voice", "chat", "blended")
TECHNICAL = PRODUCTS.index("technical")
SIGNATURES = len(PRODUCTS) * len(LANGUAGES)
HALF_HOUR = 1800.0
PROFILE = (0.66, 0.78, 0.95, 1.10, 1.20, 1.22, 1.15, 1.02, 0.93, 0.90,
           0.95, 1.05, 1.15, 1.20, 1.17, 1.08, 0.98, 0.90, 0.84, 0.77)  # fmt: skip
"""Demand of each half hour over the mean of the day: two humps."""


def signature(product: int, language: int) -> int:
    """The number of what a contact asks for; 18 on each channel."""
    return product * len(LANGUAGES) + language


def skills_of(number: int) -> tuple[str, ...]:
    """The skills that a signature asks for, product first."""
    product, language = divmod(number, len(LANGUAGES))
    return (PRODUCTS[product], LANGUAGES[language]) if language else (PRODUCTS[product],)


@dataclass(frozen=True, slots=True)
class World:
    """The benchmark company; every field may be replaced for another experiment."""

    agents: int = 100
    kinds: tuple[float, ...] = (0.55, 0.20, 0.25)
    chat_slots: int = 3
    speakers: tuple[float, ...] = (0.19, 0.09)
    per_hour: tuple[float, float] = (640.0, 560.0)
    volume: float = 1.018
    """Set so that FIFO + longest idle answers 79.8 % of the calls in target (on days that no test uses)."""
    profile: tuple[float, ...] = PROFILE
    day_spread: float = 0.04
    burst_chance: float = 2 / 3
    burst_seconds: float = 1200.0
    burst_extra: float = 1.5
    products: tuple[float, ...] = (0.34, 0.24, 0.18, 0.12, 0.08, 0.04)
    languages: tuple[float, ...] = (0.85, 0.11, 0.04)
    tiers: tuple[float, ...] = (0.05, 0.15, 0.30, 0.50)
    handle: tuple[float, float] = (300.0, 540.0)
    variation: float = 1.0
    exponential: bool = False
    """Work is exponential instead of lognormal (for the comparison with exact formulas)."""
    chat_drag: float = 0.08
    """How much longer a chat takes for each other one that the agent has."""
    speed: tuple[float, ...] = (1.0, 1.3, 1.15, 1.03, 0.95, 0.88)
    """Duration of work over its mean by level; the first is for no level at all."""
    patience: tuple[float, float] = (240.0, 900.0)
    targets: tuple[tuple[float, ...], tuple[float, ...]] = ((10, 15, 20, 60), (30, 45, 60, 180))
    pooled: int = 0
    """Above 0: every agent has every skill at this level."""
    missed: float = 0.0
    ring_seconds: float = 15.0
    away_seconds: float = 60.0
    breaks: tuple[float, ...] = ()
    """Lengths of the breaks of every agent, spread over his day."""
    transfers: float = 0.0
    retrials: float = 0.0
    retrial_seconds: float = 300.0

    @property
    def hours(self) -> float:
        """How long contacts arrive."""
        return len(self.profile) / 2


def benchmark() -> World:
    """The benchmark day: 100 agents, 8 skills, 4 tiers, 2 channels, 10 hours, about 12,000 contacts."""
    return World()


def hard(world: World) -> World:
    """Missed rings, breaks, transfers, people who call again; less demand, so that FIFO does as well as without."""
    return replace(
        world,
        volume=world.volume * 0.825,
        missed=0.05,
        breaks=(900.0, 1800.0, 900.0),
        transfers=0.08,
        retrials=0.30,
    )


def starving(world: World) -> World:
    """Many very important customers, and nobody gives up: what is left for the others?"""
    return replace(world, tiers=(0.30, 0.15, 0.20, 0.35), patience=(1800.0, 1800.0))


def even_speed(world: World) -> World:
    """Experience makes nobody faster."""
    return replace(world, speed=(1.0,) * 6)


def one_pool(agents: int, per_hour: float, handle: float, patience: float) -> World:
    """M/M/n+M: one queue, one skill, exponential everything, constant demand; for the exact formula."""
    return World(
        agents=agents,
        kinds=(1.0, 0.0, 0.0),
        speakers=(0.0, 0.0),
        per_hour=(per_hour, 0.0),
        profile=(1.0,) * 20,
        day_spread=0.0,
        volume=1.0,
        burst_chance=0.0,
        languages=(1.0, 0.0, 0.0),
        handle=(handle, handle),
        exponential=True,
        speed=(1.0,) * 6,
        patience=(patience, patience),
        pooled=4,
    )
