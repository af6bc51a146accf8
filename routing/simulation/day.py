"""One day's customers, drawn before any rule sees them: arrival, need, patience, work."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from routing.simulation.staffing import Agent, staff
from routing.simulation.streams import exponential, lognormal, stream
from routing.simulation.world import CHANNELS, HALF_HOUR, TECHNICAL, World, signature


@dataclass(frozen=True, slots=True)
class Contact:
    """One customer who wants something. Times are seconds since the opening."""

    key: str
    """Names it, and seeds whatever becomes of it (a second call, a transfer)."""
    at: float
    channel: int
    product: int
    language: int
    tier: int
    work: float
    """Seconds of work at speed 1, wrap-up included."""
    patience: float
    missed: int = 0
    """How many rings go unanswered before somebody answers."""
    moves: bool = False
    """The first agent passes it on to another product."""

    @property
    def signature(self) -> int:
        """The number of what it asks for."""
        return signature(self.product, self.language)


@dataclass(frozen=True, slots=True)
class Day:
    """Everything that a run needs and no rule can change."""

    number: int
    world: World
    agents: tuple[Agent, ...]
    contacts: tuple[Contact, ...]
    breaks: tuple[tuple[float, int, float], ...]
    """(from when, agent, how long), in order of time."""


def make_day(world: World, matrix: int, number: int) -> Day:
    """The day of this number in the company of this skill matrix: always the same."""
    factor = max(0.5, stream("level", number).gauss(1.0, world.day_spread))
    burst = _burst(world, number)
    contacts: list[Contact] = []
    for channel, name in enumerate(CHANNELS):
        times = list(_arrivals(world, number, channel, factor, burst))
        contacts += _contacts(world, f"{number}/{name}", channel, times)
    contacts.sort(key=lambda contact: contact.at)
    return Day(number, world, staff(world, matrix), tuple(contacts), tuple(_breaks(world, number)))


def _burst(world: World, number: int) -> tuple[float, float]:
    chance = stream("burst", number)
    if chance.random() >= world.burst_chance:
        return 0.0, 0.0
    start = chance.uniform(3600.0, world.hours * 3600.0 - 3600.0 - world.burst_seconds)
    return start, start + world.burst_seconds


def _arrivals(
    world: World, number: int, channel: int, factor: float, burst: tuple[float, float]
) -> Iterator[tuple[float, bool]]:
    """Moments of arrival by thinning a steady stream, each with whether it belongs to the burst."""
    rate = world.per_hour[channel] / 3600.0 * world.volume * factor
    if rate <= 0:
        return
    chance, peak, at = stream("arrivals", number, channel), max(world.profile), 0.0
    while (at := at + chance.expovariate(rate * peak)) < world.hours * 3600.0:
        if chance.random() * peak < world.profile[int(at / HALF_HOUR)]:
            yield at, False
    extra = rate * world.products[TECHNICAL] * world.burst_extra
    chance, at = stream("burst", number, channel), burst[0]
    while extra > 0 and (at := at + chance.expovariate(extra)) < burst[1]:
        yield at, True


def _contacts(world: World, name: str, channel: int, times: list[tuple[float, bool]]) -> Iterator[Contact]:
    need, tier, work, patience, rings, moves = (
        stream(purpose, name) for purpose in ("need", "tier", "work", "patience", "rings", "moves")
    )
    for order, (at, in_burst) in enumerate(times):
        product = _pick(need, world.products)
        yield Contact(
            key=f"{name}/{order}",
            at=at,
            channel=channel,
            product=TECHNICAL if in_burst else product,
            language=_pick(need, world.languages),
            tier=_pick(tier, world.tiers),
            work=_work(world, work, channel),
            patience=exponential(patience, world.patience[channel]),
            missed=_missed(world, rings),
            moves=moves.random() < world.transfers,
        )


def _work(world: World, chance: Random, channel: int) -> float:
    mean = world.handle[channel]
    return exponential(chance, mean) if world.exponential else lognormal(chance, mean, world.variation)


def _missed(world: World, chance: Random) -> int:
    count = 0
    while chance.random() < world.missed:
        count += 1
    return count


def _pick(chance: Random, shares: tuple[float, ...]) -> int:
    value, last = chance.random() * sum(shares), len(shares) - 1
    for place, share in enumerate(shares):
        value -= share
        if value < 0:
            return place
    return last


def _breaks(world: World, number: int) -> Iterator[tuple[float, int, float]]:
    chance, found = stream("breaks", number), []
    part = world.hours * 3600.0 / max(1, len(world.breaks))
    for agent in range(world.agents):
        for place, length in enumerate(world.breaks):
            found.append((part * (place + 0.15 + 0.7 * chance.random()), agent, length))
    yield from sorted(found)


def again(world: World, contact: Contact, now: float) -> Contact | None:
    """The call that a customer who gave up makes later, if he does; the same whatever rule lost him."""
    chance = stream("again", contact.key)
    if chance.random() >= world.retrials:
        return None
    at = now + exponential(chance, world.retrial_seconds)
    patience = exponential(chance, world.patience[contact.channel])
    return replace(contact, key=contact.key + "/again", at=at, patience=patience, missed=_missed(world, chance))


def moved(world: World, contact: Contact, now: float) -> Contact:
    """What an agent passes on: the same customer asks for another product."""
    chance = stream("moved", contact.key)
    product = (contact.product + chance.randint(1, len(world.products) - 1)) % len(world.products)
    return replace(
        contact,
        key=contact.key + "/moved",
        at=now,
        product=product,
        work=_work(world, chance, contact.channel),
        patience=exponential(chance, world.patience[contact.channel]),
        missed=_missed(world, chance),
        moves=False,
    )
