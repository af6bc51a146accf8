"""Writes whose results nobody needs go out together with the events, and stand or fall with them."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from core.db import Database
from core.events import CustomerCreated
from core.ids import new_id
from core.tables import customer_identities, customers, event_log

_CUSTOMER = "insert into customers (id, domain, name) values ($1, 'main', $2)"
_IDENTITY = "insert into customer_identities (id, domain, customer_id, kind, value) values ($1, 'main', $2, $3, $4)"


async def counts(database: Database) -> tuple[int, ...]:
    async with database.engine.connect() as connection:
        found = [
            await connection.scalar(select(func.count()).select_from(table))
            for table in (customers, customer_identities, event_log)
        ]
    return tuple(found)


async def test_writes_and_events_are_one_commit(quiet_database: Database) -> None:
    made = new_id()
    async with quiet_database.unit_of_work("test") as work:
        work.write(_CUSTOMER, made, "Wang")
        work.write(_IDENTITY, new_id(), made, "phone", "+8613900000000")
        work.record(CustomerCreated(customer_id=made), CustomerCreated(customer_id=made))
    assert await counts(quiet_database) == (1, 1, 2)


async def test_one_that_cannot_be_takes_all_with_it(quiet_database: Database) -> None:
    with pytest.raises(IntegrityError):
        async with quiet_database.unit_of_work("test") as work:
            work.write(_CUSTOMER, new_id(), "Wang")
            work.write(_IDENTITY, new_id(), new_id(), "phone", "+8613900000000")
            work.record(CustomerCreated(customer_id=new_id()))
    assert await counts(quiet_database) == (0, 0, 0)


async def test_a_later_statement_sees_what_was_written_before(quiet_database: Database) -> None:
    made = new_id()
    async with quiet_database.unit_of_work("test") as work:
        work.write(_CUSTOMER, made, "Wang")
        row = await work.one_or_none(select(customers.c.name).where(customers.c.id == made))
        assert row is not None and row.name == "Wang"
        (again,) = await work.fetch("select name from customers where id = $1", made)
        assert again["name"] == "Wang"


async def test_an_exception_undoes_what_was_done(quiet_database: Database) -> None:
    async def fail(made: UUID) -> None:
        async with quiet_database.unit_of_work("test") as work:
            work.write(_CUSTOMER, made, "Wang")
            await work.execute(text("select 1"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail(new_id())
    assert await counts(quiet_database) == (0, 0, 0)


async def test_a_connection_is_clean_after_a_failure(quiet_database: Database) -> None:
    for _ in range(20):
        with pytest.raises(IntegrityError):
            async with quiet_database.unit_of_work("test") as work:
                await work.fetch(_IDENTITY, new_id(), new_id(), "phone", "+8613900000000")
    async with quiet_database.unit_of_work("test") as work:
        work.write(_CUSTOMER, new_id(), "Wang")
    assert await counts(quiet_database) == (1, 0, 0)


async def test_an_event_is_told_only_by_a_statement_that_touched_a_row(quiet_database: Database) -> None:
    made, nobody = new_id(), new_id()
    renamed = "update customers set name = 'Li' where id = $1 returning id"
    async with quiet_database.unit_of_work("test") as work:
        work.write(_CUSTOMER, made, "Wang")
    async with quiet_database.unit_of_work("test") as work:
        work.write(renamed, nobody, tells=CustomerCreated(customer_id=nobody))
        work.write(renamed, made, tells=CustomerCreated(customer_id=made))
        work.record(CustomerCreated(customer_id=made))
    assert await counts(quiet_database) == (1, 0, 2)


async def test_a_told_event_is_kept_when_a_statement_follows(quiet_database: Database) -> None:
    made = new_id()
    async with quiet_database.unit_of_work("test") as work:
        work.write(f"{_CUSTOMER} returning id", made, "Wang", tells=CustomerCreated(customer_id=made))
        await work.execute(text("select 1"))
        work.record(CustomerCreated(customer_id=made))
    assert [event.name for _, event in work.announced] == ["customer.created"] * 2
    assert await counts(quiet_database) == (1, 0, 2)
