"""Who works: kinds of agents and their skills, drawn once a skill matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from routing.simulation.streams import stream
from routing.simulation.world import KINDS, LANGUAGES, PRODUCTS, SIGNATURES, World


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent. Levels run from 1 to 5; 0 means that he has not got the skill."""

    number: int
    kind: str
    calls: int
    chats: int
    """How many calls or chats he takes at a time, if he holds nothing of the other."""
    products: tuple[int, ...]
    languages: tuple[int, ...]
    """By index of ``LANGUAGES``; everybody speaks the first."""

    @property
    def levels(self) -> tuple[int, ...]:
        """The level that decides, by signature: the lowest of the skills asked for."""
        count = len(LANGUAGES)
        return tuple(
            min(self.products[number // count], self.languages[number % count]) for number in range(SIGNATURES)
        )

    @property
    def skills(self) -> tuple[tuple[str, int], ...]:
        """Pairs of skill and level, without those that he has not got."""
        named = [*zip(PRODUCTS, self.products, strict=True), *zip(LANGUAGES[1:], self.languages[1:], strict=True)]
        return tuple((name, level) for name, level in named if level)

    @property
    def group(self) -> str:
        """Agents of the same kind and languages are comparable: what one could do, so could the other."""
        spoken = "+".join(LANGUAGES[place] for place in range(1, len(LANGUAGES)) if self.languages[place])
        return f"{self.kind}/{spoken}" if spoken else self.kind


def apportion(count: int, shares: Sequence[float]) -> list[int]:
    """``count`` split by shares into whole numbers that add up (largest remainders)."""
    total = sum(shares)
    exact = [count * share / total for share in shares]
    whole = [int(value) for value in exact]
    by_rest = sorted(range(len(shares)), key=lambda place: (whole[place] - exact[place], place))
    for place in by_rest[: count - sum(whole)]:
        whole[place] += 1
    return whole


def staff(world: World, matrix: int) -> tuple[Agent, ...]:
    """The agents of one skill matrix; another number is another company of the same make."""
    chance = stream("staff", matrix)
    mains = _dealt(chance, world.agents, world.products)
    others = max(0.0, 1.0 - sum(world.speakers))
    places = [
        (kind, language)
        for kind, count in enumerate(apportion(world.agents, world.kinds))
        for language in _dealt(chance, count, (others, *world.speakers))
    ]
    return tuple(
        _agent(world, chance, number=number, kind=kind, language=language, main=mains[number])
        for number, (kind, language) in enumerate(places)
    )


def _dealt(chance: Random, count: int, shares: Sequence[float]) -> list[int]:
    cards = [place for place, times in enumerate(apportion(count, shares)) for _ in range(times)]
    chance.shuffle(cards)
    return cards


def _agent(world: World, chance: Random, *, number: int, kind: int, language: int, main: int) -> Agent:
    products = _products(chance, main, knows_all=language > 0)
    languages = [5] + [0] * (len(LANGUAGES) - 1)
    if language:
        languages[language] = chance.choice((4, 5))
    if world.pooled:
        products, languages = [world.pooled] * len(PRODUCTS), [world.pooled] * len(LANGUAGES)
    calls, chats = (1, 0) if kind == 0 else (0, world.chat_slots) if kind == 1 else (1, world.chat_slots)
    return Agent(number, KINDS[kind], calls, chats, tuple(products), tuple(languages))


def _products(chance: Random, main: int, *, knows_all: bool) -> list[int]:
    levels = [chance.choice((2, 3)) if knows_all else 0 for _ in PRODUCTS]
    if main and chance.random() < 0.60:
        levels[0] = 3
    rest = [place for place in range(1, len(PRODUCTS)) if place != main]
    for place in chance.sample(rest, chance.randint(0, 2)):
        levels[place] = max(levels[place], chance.choice((2, 3)))
    levels[main] = chance.choice((4, 5))
    return levels
