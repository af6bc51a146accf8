"""An interaction is written by conditional updates only: of two movers one wins, the other is told."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from core import clock
from core.db import Database, UnitOfWork
from core.ids import new_id
from core.interaction import EndReason, InteractionState
from core.interactions import advance, note_menu_choice, open_interaction
from core.tables import customers, interactions

S = InteractionState


async def opened(work: UnitOfWork, state: InteractionState = S.IN_MENU) -> UUID:
    customer, interaction = new_id(), new_id()
    await work.execute(insert(customers).values(id=customer, domain="main", name="Test"))
    open_interaction(
        work, interaction, state=state, channel="voice", customer_id=customer, address_kind="phone",
        address="+447700900123", created_at=clock.now(),
    )  # fmt: skip
    return interaction


async def test_a_move_counts_up_the_version_and_returns_the_row(database: Database) -> None:
    async with database.unit_of_work("test") as work:
        interaction = await opened(work)
        row = await advance(
            work, interaction, S.CLOSED, because="test", end_reason=EndReason.ABANDONED_IN_MENU, closed_at=clock.now()
        )
    assert row is not None
    assert (row.state, row.version, row.end_reason) == ("closed", 2, "abandoned_in_menu")


async def test_a_move_that_the_table_does_not_know_changes_nothing(database: Database) -> None:
    async with database.unit_of_work("test") as work:
        interaction = await opened(work)
        assert await advance(work, interaction, S.ACTIVE, because="test") is None
        state = await work.one_or_none(select(interactions.c.state, interactions.c.version))
    assert tuple(state or ()) == ("in_menu", 1)


async def test_only_the_first_of_two_movers_wins(database: Database) -> None:
    async with database.unit_of_work("test") as work:
        interaction = await opened(work)
    moved = []
    for _ in range(2):
        async with database.unit_of_work("test") as work:
            moved.append(
                await advance(work, interaction, S.CLOSED, because="test", end_reason="failed", closed_at=clock.now())
            )
    assert [row is not None for row in moved] == [True, False]


async def test_another_reservation_than_the_present_one_is_stale(database: Database) -> None:
    async with database.unit_of_work("test") as work:
        interaction = await opened(work)
        assert await advance(work, interaction, S.CLOSED, because="test", reservation_id=new_id()) is None


async def test_the_database_refuses_a_queue_state_without_a_queue(database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with database.unit_of_work("test") as work:
            await opened(work, S.QUEUED)


async def test_menu_choices_gather_while_in_the_menu_only(database: Database) -> None:
    async with database.unit_of_work("test") as work:
        interaction = await opened(work)
        assert await note_menu_choice(work, interaction, {"node": "main", "choice": "2"}, language="zh")
        assert await note_menu_choice(work, interaction, {"node": "kind", "choice": "1"})
        row = await advance(work, interaction, S.CLOSED, because="test", end_reason="failed", closed_at=clock.now())
        assert not await note_menu_choice(work, interaction, {"node": "late", "choice": "1"})
    assert row is not None
    assert [step["node"] for step in row.menu_path] == ["main", "kind"]
    assert row.language == "zh"
