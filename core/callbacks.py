"""A customer who waits asks to be called back: he keeps his place. Called by channels, menus, the desk and the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.engine import Row

from core import clock
from core.address import AddressKind
from core.db import UnitOfWork
from core.errors import Refusal
from core.events import InteractionRevised
from core.interaction import InteractionState, Kind
from core.interactions import advance, revise
from core.tables import interactions

HANG_UP_SECONDS = 10
"""How long after the wish nobody calls: the customer is still told that he will be called, and hangs up."""
_IN_MENU = (InteractionState.NEW, InteractionState.IN_MENU)
_WAITING = (InteractionState.QUEUED,)


async def request_callback(
    work: UnitOfWork, interaction_id: UUID, *, because: str, queue_id: UUID | None = None, number: str = ""
) -> bool:
    """Turn a call into a callback that keeps its place in the line; the caller may hang up from then on.

    A call that waits keeps its ``queued_at`` and its queue. One that is still in its menu (or stands before a queue
    that is closed or full) enters ``queue_id``, which it then needs, as of now. ``number`` (E.164) is called instead
    of the one that the customer calls from. ``because`` stands in the event and in the log: ``key``, ``menu``,
    ``closed``, ``full``, ``api``.

    Works in the unit of work of whoever asks. True: it is a callback now, or was one before; say so to the caller and
    hang up. False: it is too late, an agent is being rung for him, or has him, or it is over. Raises ``Refusal``:
    ``callback.no_number`` (the number is withheld, or is none that can be called).
    """
    row = await _look(work, interaction_id)
    if row is None:
        return False
    if row.kind == Kind.CALLBACK and row.answered_at is None and row.state in (*_WAITING, InteractionState.OFFERED):
        return True
    if not number and (row.address_kind != AddressKind.PHONE or not row.address):
        raise Refusal("callback.no_number", "There is no number that could be called back.")
    return await _turn(work, row, queue_id, number, because)


async def _look(work: UnitOfWork, interaction_id: UUID) -> Row[tuple[object, ...]] | None:
    wanted = select(interactions).where(interactions.c.id == interaction_id, interactions.c.domain == work.domain)
    return await work.one_or_none(wanted)


async def _turn(work: UnitOfWork, row: Row[tuple[object, ...]], queue_id: UUID | None, number: str, why: str) -> bool:
    now = clock.now()
    due_at = now + timedelta(seconds=HANG_UP_SECONDS)
    asked: dict[str, Any] = {"kind": Kind.CALLBACK.value, "attempts": 0, "due_at": due_at}
    asked |= {"address_kind": AddressKind.PHONE.value, "address": number} if number else {}
    asked |= {"answered_at": None, "priority_boost": 0}
    if row.state in _WAITING:
        turned = await revise(work, row.id, because=f"callback.{why}", expect=_WAITING, **asked)
    elif row.state in _IN_MENU and queue_id is not None:
        turned = await advance(
            work, row.id, InteractionState.QUEUED, because=f"callback.{why}", expect=_IN_MENU, queue_id=queue_id,
            queued_at=now, **asked,
        )  # fmt: skip
    else:
        return False
    if turned is not None:
        revised = InteractionRevised(
            interaction_id=turned.id, kind=Kind.CALLBACK, because=f"callback.{why}", version=turned.version
        )
        work.record(revised)
    return turned is not None
