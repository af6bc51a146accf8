"""What the engine is told of an item: its own wishes, its queue's, and what its customer's service gives."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from core.ids import new_id
from core.interaction import Channel, InteractionState
from routing.engine.values import KnownAgent
from routing.floor.rows import Item, QueueRules
from routing.floor.services import ServiceClass, Services

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
QUEUE = QueueRules(
    new_id(), skills=frozenset({("cargo", 2)}), preferred=frozenset({("english", 3)}), priority=5, target_seconds=20,
    targets={"chat": 60},
)  # fmt: skip


def item(channel: Channel = Channel.VOICE, **values: object) -> Item:
    return Item(
        id=new_id(), channel=channel, state=InteractionState.QUEUED, version=1, customer_id=new_id(),
        queue_id=QUEUE.id, queued_at=NOW, **values,  # type: ignore[arg-type]
    )  # fmt: skip


def test_skills_of_queue_and_item_are_asked_for_together() -> None:
    waiting = item(skills=frozenset({("cargo", 4), ("customs", 1)}), priority=3).waiting(QUEUE, ServiceClass("key"))
    assert waiting.skills == {("cargo", 4), ("customs", 1)}
    assert waiting.preferred == {("english", 3)}
    assert (waiting.head_start, waiting.tier) == (8.0, "key")
    assert item(skills=frozenset({("cargo", 1)})).waiting(QUEUE, ServiceClass()).skills == {("cargo", 2)}


def test_the_target_is_the_items_else_the_channels_else_the_queues_times_the_tiers_factor() -> None:
    half = ServiceClass("key", target_factor=0.5)
    assert item().waiting(QUEUE, half).target == 10.0
    assert item(Channel.CHAT).waiting(QUEUE, half).target == 30.0
    assert item(target_seconds=8).waiting(QUEUE, half).target == 4.0


def _known(manager: UUID | None, last: UUID | None, service: ServiceClass) -> tuple[KnownAgent, ...]:
    return item(account_manager_id=manager, last_agent_id=last).waiting(QUEUE, service).known


def test_the_account_manager_comes_first_and_then_who_served_last_each_for_a_time() -> None:
    manager, last, since = new_id(), new_id(), NOW.timestamp()
    both = ServiceClass(account_manager_seconds=10, last_agent_seconds=5)
    first = KnownAgent(manager, since + 10, anywhere=True)
    assert _known(manager, last, both) == (first, KnownAgent(last, since + 5))
    assert _known(manager, manager, both) == (first,)
    assert _known(None, last, both) == (KnownAgent(last, since + 5),)
    assert _known(manager, last, ServiceClass()) == _known(None, None, both) == ()


def test_an_unknown_tier_is_served_as_the_last() -> None:
    services = Services({("key", None): ServiceClass("key"), ("key", "D"): ServiceClass("key/D")}, ServiceClass("rest"))
    assert [services.of(*pair).name for pair in (("key", "D"), ("key", "A"), ("key", None), ("new", "D"))] == [
        "key/D", "key", "key", "rest",
    ]  # fmt: skip
