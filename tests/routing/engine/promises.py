"""What must hold of every single decision, said without the engine's own functions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from routing.engine.values import Decision, WaitingItem

if TYPE_CHECKING:
    from tests.routing.engine.worlds import Person, World


def check(world: World, decision: Decision) -> None:
    """Capacity, one agent an item, the cap, the place in line. To be called before the decision is carried out."""
    item, person = world.waiting[decision.item_id], world.on_duty[decision.agent_id]
    assert world.engine.is_waiting(item.id)
    assert person.profile.id not in item.excluded
    assert not any(item.id == held.id for each in world.on_duty.values() for held in each.held)
    assert fits_beside(world, person, item)
    for other in world.waiting.values():
        if other.queued_at < item.queued_at and other.boost >= item.boost and may_go_first(world, person, other):
            assert not is_past_cap(world, other), f"{other} was passed over by the younger {item}"
            assert alike(other) != alike(item), f"{other} lost its place to {item}"


def fits_beside(world: World, person: Person, item: WaitingItem) -> bool:
    """One call alone, or a mix that its costs allow, apart from what he may be called away from."""
    capacity = world.engine.policy.capacity
    stays = [held.channel for held in person.held if item.interruptible or not held.interruptible]
    limit = dict(person.profile.limits).get(item.channel, len(stays) + 1)
    if item.channel not in person.profile.channels or stays.count(item.channel) >= limit:
        return False
    if "voice" in (item.channel, *stays):
        return not stays
    own = {channel: capacity.total / most for channel, most in person.profile.limits if most}
    costs = [min(capacity.cost(channel), own.get(channel, capacity.total)) for channel in (item.channel, *stays)]
    return sum(costs) < capacity.total + 0.001


def may_go_first(world: World, person: Person, other: WaitingItem) -> bool:
    """Whether the agent could serve the other item too, once nothing is held back from it any more."""
    levels = dict(person.profile.skills)
    agent_id: UUID = person.profile.id
    if agent_id in other.excluded or not fits_beside(world, person, other) or other.known:
        return False
    if other.demanded is not None:
        return agent_id in other.demanded
    member = {queue for queue, _ in person.profile.queues} & {other.queue_id, *other.also}
    return bool(member) and all(levels.get(code, 0) >= level for code, level in other.skills)


def is_past_cap(world: World, item: WaitingItem) -> bool:
    cap = world.engine.policy.service(item.channel, item.tier).cap
    return cap is not None and item.kind != "follow_up" and item.queued_at + cap <= world.now


def alike(item: WaitingItem) -> object:
    """All but who it is, since when, and who declined it; what is kept for somebody is like nothing else."""
    if item.known or item.demanded is not None:
        return item.id
    return (
        item.channel, item.queue_id, item.skills, item.head_start, item.boost, item.tier, item.preferred, item.also,
        item.target, item.interruptible, item.kind,
    )  # fmt: skip
