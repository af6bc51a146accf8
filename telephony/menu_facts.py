"""What a menu leaves on the interaction: choices, the queue at its end, or that the customer left inside."""

from __future__ import annotations

from uuid import UUID

from core import clock
from core.db import UnitOfWork
from core.events import InteractionClosed, InteractionQueued, MenuChosen
from core.interaction import Channel, EndReason, InteractionState, QueuedCause
from core.interactions import advance, note_menu_choice
from telephony.entries import QueueRef
from telephony.menu.interpreter import Taken

_IN_MENU = (InteractionState.NEW, InteractionState.IN_MENU)


async def menu_chosen(work: UnitOfWork, interaction_id: UUID, menu: str, taken: Taken, language: str | None) -> None:
    """The customer pressed a key that leads somewhere."""
    step = {"node": taken.node, "choice": taken.key, "label": taken.label}
    if await note_menu_choice(work, interaction_id, step, language):
        work.record(MenuChosen(interaction_id=interaction_id, menu=menu, node=taken.node, choice=taken.key))


async def menu_queued(work: UnitOfWork, interaction_id: UUID, queue: QueueRef) -> bool:
    """The menu has ended in a queue. False when the interaction is no longer in its menu."""
    now = clock.now()
    row = await advance(
        work,
        interaction_id,
        InteractionState.QUEUED,
        because="menu.ended",
        expect=_IN_MENU,
        queue_id=queue.queue_id,
        queued_at=now,
    )
    if row is None:
        return False
    work.record(
        InteractionQueued(
            interaction_id=interaction_id,
            channel=Channel(row.channel),
            queue_id=queue.queue_id,
            customer_id=row.customer_id,
            cause=QueuedCause.ARRIVED,
            queued_at=now,
            priority=row.priority,
            required_skills=row.required_skills,
            tier=row.tier,
            credit_grade=row.credit_grade,
            account_manager_id=row.account_manager_id,
            last_agent_id=row.last_agent_id,
            version=row.version,
        )
    )
    return True


async def turned_away(work: UnitOfWork, interaction_id: UUID, queue_id: UUID, reason: EndReason) -> bool:
    """The queue did not let the customer in. False when the interaction is past that."""
    return await _close(work, interaction_id, reason, because="queue.refused", queue_id=queue_id)


async def closed_in_menu(work: UnitOfWork, interaction_id: UUID, reason: EndReason) -> bool:
    """The customer left while still in the menu. False when the interaction is past it (routing closes it)."""
    return await _close(work, interaction_id, reason, because="customer.left_menu", queue_id=None)


async def _close(
    work: UnitOfWork, interaction_id: UUID, reason: EndReason, *, because: str, queue_id: UUID | None
) -> bool:
    now = clock.now()
    row = await advance(
        work,
        interaction_id,
        InteractionState.CLOSED,
        because=because,
        expect=_IN_MENU,
        queue_id=queue_id,
        end_reason=reason.value,
        ended_at=now,
        closed_at=now,
    )
    if row is None:
        return False
    work.record(
        InteractionClosed(
            interaction_id=interaction_id, queue_id=queue_id, agent_id=None, end_reason=reason, version=row.version
        )
    )
    return True
