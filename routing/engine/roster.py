"""Who is on duty and who is free: agents by seat number, so that sets of them are bitmaps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING
from uuid import UUID

from routing.engine.capacity import can_take_call, has_room
from routing.engine.choice import Standing, mean_cost, occupancy_cost
from routing.engine.idle import Idle, Slot, Toggle
from routing.engine.policy import Policy
from routing.engine.skills import UNBLENDED, BitBook, bits
from routing.engine.values import FreeAgent, Memberships, Skills

if TYPE_CHECKING:
    from routing.engine.needs import Cover

_SLACK = 1024
_Key = tuple[frozenset[str], Memberships, Skills, tuple[tuple[str, int], ...]]


class Group:
    """Agents on duty who are compared in occupancy."""

    __slots__ = ("count", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0

    @property
    def mean(self) -> int:
        """Mean occupancy cost, in millionths."""
        return mean_cost(self.total, self.count)


class Profile:
    """What agents have in common who may serve the same: channels, memberships, skills, limits."""

    __slots__ = (
        "covers", "factors", "key", "levels", "mask", "on_duty", "priorities", "scarce", "slots", "standing",
        "version", "worth",
    )  # fmt: skip

    def __init__(self, key: _Key, mask: int, slots: tuple[Slot, ...]) -> None:
        self.key = key
        self.mask = mask
        self.slots = slots
        """What one of them offers who holds nothing."""
        self.levels = dict(key[2])
        self.priorities = dict(sorted(key[1], key=lambda pair: -pair[1]))
        self.on_duty = 0
        self.covers: dict[int, Cover] = {}
        """By what is offered: the needs that can be served."""
        self.version = -1
        """Of the policy and picture that the following were found under."""
        self.factors: dict[int, float] = {}
        self.standing: dict[int, tuple[Standing, int]] = {}
        self.scarce: tuple[str, ...] = ()
        self.worth: float | None = None


class Seat:
    """One agent on duty."""

    __slots__ = (
        "agent",
        "bit",
        "free",
        "group",
        "name",
        "number",
        "occupancy",
        "offered",
        "profile",
        "stamp",
        "toggle",
    )

    def __init__(self, position: int, agent: FreeAgent, profile: Profile, group: Group) -> None:
        self.bit = 1 << position
        self.agent = agent
        self.profile = profile
        self.group = group
        self.number = agent.id.int
        self.name = str(agent.id)
        self.offered = 0
        self.toggle: Toggle = self.bit, ()
        """What changes in the bitmaps when he becomes free or is no longer free."""
        self.occupancy = 0
        self.free = False
        self.stamp = 0
        """Rises with every change, so that what was published earlier is known as stale."""

    def __lt__(self, _: Seat) -> bool:
        return False  # the same agent, published twice: either


class Roster:
    """All agents on duty; ``free`` ones can be offered something."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.book = BitBook()
        self.seats: dict[UUID, Seat] = {}
        self.by_position: list[Seat | None] = []
        self.profiles: dict[_Key, Profile] = {}
        self.groups: dict[str, Group] = {}
        self.have: dict[int, int] = {}
        """By capability bit: who has it, as a bitmap of positions."""
        self.has_skill: dict[str, int] = {}
        """By skill, at any level: who has it."""
        self.idle = Idle()
        self.duty_bits = 0
        self.free_count = 0
        self.free_edition = 0
        """Rises whenever somebody becomes free or is no longer free."""
        self.edition = 0
        """Rises when somebody's capabilities change or somebody comes or goes."""
        self.published: list[tuple[Seat, int]] = []
        self.published_before = 0
        """How many publications were dropped from the front of ``published``."""
        self._vacant: list[int] = []

    # -- coming and going ------------------------------------------------------------------------

    def put(self, agent: FreeAgent, *, free: bool) -> Seat:
        """An agent is on duty, and free or not."""
        seat = self.seats.get(agent.id)
        key = (agent.channels, agent.queues, agent.skills, agent.limits)
        if seat is None or seat.profile.key != key:
            seat = self._sit_down(seat, agent, key)
            self._fit_in(seat)
        else:
            if seat.free:
                self.set_busy(seat)
            before, seat.agent = seat.agent, agent
            if before.occupancy != agent.occupancy or before.group != agent.group:
                self._fit_in(seat)
        if free:
            self._publish(seat)
        return seat

    def set_busy(self, seat: Seat) -> None:
        """An agent stays on duty, but is not free."""
        if seat.free:
            seat.free = False
            seat.stamp += 1
            self.free_edition += 1
            self.free_count -= 1
            self.idle.toggle(seat.toggle)

    def leave(self, agent_id: UUID) -> Seat | None:
        """An agent goes off duty; an unknown one is no error."""
        seat = self.seats.pop(agent_id, None)
        if seat is None:
            return None
        self.set_busy(seat)
        self._mark(seat, present=False)
        seat.profile.on_duty -= 1
        seat.group.count -= 1
        seat.group.total -= seat.occupancy
        position = seat.bit.bit_length() - 1
        self.by_position[position] = None
        self._vacant.append(position)
        self.duty_bits &= ~seat.bit
        self.edition += 1
        return seat

    def among(self, mask: int) -> Iterator[Seat]:
        """The agents of a bitmap."""
        for position in bits(mask):
            seat = self.by_position[position]
            if seat is not None:
                yield seat

    def slot_bit(self, slot: Slot) -> int:
        """The bit of having room."""
        return self.book.one("room", *slot)

    # -- inside ----------------------------------------------------------------------------------

    def _sit_down(self, seat: Seat | None, agent: FreeAgent, key: _Key) -> Seat:
        stamp = 0
        if seat is not None:
            stamp = seat.stamp + 1
            self.leave(agent.id)
        profile = self.profiles.get(key)
        if profile is None:
            mask = self._mask(agent)
            slots = tuple(slot for slot in product(sorted(agent.channels), (False, True)) if mask & self.slot_bit(slot))
            profile = self.profiles[key] = Profile(key, mask, slots)
        position = self._vacant.pop() if self._vacant else len(self.by_position)
        group = self.groups.setdefault(agent.group, Group())
        seat = Seat(position, agent, profile, group)
        seat.stamp = stamp
        if position == len(self.by_position):
            self.by_position.append(seat)
        self.by_position[position] = seat
        self.seats[agent.id] = seat
        profile.on_duty += 1
        group.count += 1
        self.duty_bits |= seat.bit
        self._mark(seat, present=True)
        self.edition += 1
        return seat

    def _mark(self, seat: Seat, *, present: bool) -> None:
        for position in bits(seat.profile.mask):
            found = self.have.get(position, 0)
            self.have[position] = found | seat.bit if present else found & ~seat.bit
        for code in seat.profile.levels:
            found = self.has_skill.get(code, 0)
            self.has_skill[code] = found | seat.bit if present else found & ~seat.bit

    def _mask(self, agent: FreeAgent) -> int:
        """What the agent would offer who holds nothing."""
        capacity, idle = self.policy.capacity, replace(agent, load=(), interruptible=())
        mask = 0 if can_take_call(capacity, idle) else UNBLENDED
        for queue_id, _ in agent.queues:
            mask |= self.book.one("queue", queue_id)
        for code, level in agent.skills:
            mask |= self.book.offered_level(code, level)
        for slot in product(agent.channels, (False, True)):
            if has_room(capacity, idle, slot[0], interruptible=slot[1]):
                mask |= self.slot_bit(slot)
        return mask

    def _left(self, seat: Seat) -> tuple[int, tuple[Slot, ...]]:
        """What an agent offers beside what he holds: the bits, and the slots that he has room for."""
        agent, capacity, offered = seat.agent, self.policy.capacity, seat.profile.mask
        slots = []
        for slot in seat.profile.slots:
            if has_room(capacity, agent, slot[0], interruptible=slot[1]):
                slots.append(slot)
            else:
                offered &= ~self.slot_bit(slot)
        return offered if can_take_call(capacity, agent) else offered | UNBLENDED, tuple(slots)

    def _fit_in(self, seat: Seat) -> None:
        """Learn occupancy and group of an agent."""
        group = self.groups.get(seat.agent.group)
        if group is None:
            group = self.groups[seat.agent.group] = Group()
        seat.group.count -= 1
        seat.group.total -= seat.occupancy
        seat.occupancy = occupancy_cost(self.policy, seat.agent)
        seat.group = group
        group.count += 1
        group.total += seat.occupancy

    def _publish(self, seat: Seat) -> None:
        profile = seat.profile
        if seat.agent.load:
            seat.offered, slots = self._left(seat)
        else:
            seat.offered, slots = profile.mask, profile.slots
        if seat.toggle[1] is not slots:
            seat.toggle = seat.bit, slots
        self.idle.toggle(seat.toggle)
        seat.free = True
        seat.stamp += 1
        self.free_edition += 1
        self.free_count += 1
        if len(self.published) > _SLACK + 2 * self.free_count:
            half = len(self.published) // 2
            self.published_before += half
            del self.published[:half]
        self.published.append((seat, seat.stamp))
