"""The one place where an interaction is written: opened once, then advanced by conditional updates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import update
from sqlalchemy.engine import Row

from core.db import UnitOfWork
from core.event import Event
from core.events import InteractionQueued
from core.interaction import InteractionState, sources_of
from core.logs import logger
from core.tables import interactions

log = logger(__name__)


@lru_cache(maxsize=8)
def _insert(columns: tuple[str, ...]) -> str:
    """The statement for these columns; a name that is no column is refused before it can become SQL."""
    assert set(columns) <= set(interactions.c.keys()), columns
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    return f"insert into interactions ({', '.join(columns)}) values ({places})"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Opening:
    """An interaction that goes straight into a queue, before it is written: its row, its customer's leg, its events."""

    row: dict[str, Any]
    leg: dict[str, Any]
    queued: InteractionQueued
    before: tuple[Event, ...] = ()
    """What is told ahead of ``queued``."""

    @property
    def events(self) -> tuple[Event, ...]:
        """All that is told of it, in order."""
        return *self.before, self.queued


def new_row(domain: str, interaction_id: UUID, *, state: InteractionState, **columns: Any) -> dict[str, Any]:
    """The row of a new interaction in ``state`` (``in_menu`` or ``queued``); ``columns`` as in ``core.tables``."""
    return {"id": interaction_id, "domain": domain, "state": state.value, "version": 1, **columns}


def write_new(work: UnitOfWork, row: dict[str, Any]) -> None:
    """Insert a row of ``new_row``."""
    plain = (orjson.dumps(value).decode() if isinstance(value, dict | list) else value for value in row.values())
    work.write(_insert(tuple(row)), *plain)
    log.info("interaction opened", interaction_id=str(row["id"]), to=row["state"])


def open_interaction(work: UnitOfWork, interaction_id: UUID, *, state: InteractionState, **columns: Any) -> None:
    """Insert a new interaction; see ``new_row``."""
    write_new(work, new_row(work.domain, interaction_id, state=state, **columns))


async def advance(
    work: UnitOfWork,
    interaction_id: UUID,
    to: InteractionState,
    *,
    because: str,
    expect: Iterable[InteractionState] | None = None,
    reservation_id: UUID | None = None,
    **columns: Any,
) -> Row[Any] | None:
    """Move an interaction to ``to`` if it stands in a state from which that is allowed.

    ``expect`` narrows the allowed states; ``reservation_id`` demands that it is still the present one.
    What is queued is nobody's: its agent and reservation are cleared.
    Returns the whole new row, or None when the interaction has moved on meanwhile: the caller's event is stale.
    """
    if to is InteractionState.QUEUED:
        columns |= {"agent_id": None, "reservation_id": None}
    allowed = sources_of(to) if expect is None else sources_of(to) & frozenset(expect)
    statement = (
        update(interactions)
        .where(interactions.c.id == interaction_id, interactions.c.state.in_([state.value for state in allowed]))
        .values(state=to.value, version=interactions.c.version + 1, **columns)
        .returning(*interactions.c)
    )
    if reservation_id is not None:
        statement = statement.where(interactions.c.reservation_id == reservation_id)
    row = await work.one_or_none(statement)
    log.info(
        "interaction advanced" if row else "interaction move was stale",
        interaction_id=str(interaction_id), cause=because, to=to.value,
    )  # fmt: skip
    return row


async def revise(
    work: UnitOfWork, interaction_id: UUID, *, because: str, expect: Iterable[InteractionState], **columns: Any
) -> Row[Any] | None:
    """Change what an interaction asks for, where it stands, if it stands in one of the expected states.

    Returns the whole new row, or None when it stands elsewhere by now.
    """
    statement = (
        update(interactions)
        .where(interactions.c.id == interaction_id, interactions.c.domain == work.domain)
        .where(interactions.c.state.in_([state.value for state in expect]))
        .values(version=interactions.c.version + 1, **columns)
        .returning(*interactions.c)
    )
    row = await work.one_or_none(statement)
    log.info("interaction revised" if row else "revision was stale", interaction_id=str(interaction_id), cause=because)
    return row


async def note_menu_choice(
    work: UnitOfWork, interaction_id: UUID, step: dict[str, Any], language: str | None = None
) -> bool:
    """Append a menu step ({"node", "choice", "label"}) to an interaction that is in its menu."""
    values: dict[str, Any] = {
        "menu_path": interactions.c.menu_path.op("||")([step]),
        "version": interactions.c.version + 1,
    }
    if language:
        values["language"] = language
    result = await work.execute(
        update(interactions)
        .where(interactions.c.id == interaction_id, interactions.c.state == InteractionState.IN_MENU.value)
        .values(values)
    )
    return result.rowcount == 1
