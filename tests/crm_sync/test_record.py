"""Reads for the pop and the search: what stands there, and what may not be seen."""

from __future__ import annotations

import pytest

from core.ids import new_id
from crm_sync.record import read_record
from crm_sync.search import search_customers
from tests.crm_sync.company import Company


async def test_only_the_newest_entries_are_read_newest_first(company: Company) -> None:
    calls = [await company.add_call() for _ in range(23)]
    for call in calls:
        concluded = await company.conclude(call)
    async with company.database.reading() as connection:
        record = await read_record(connection, "main", concluded.customer_id)
    assert record is not None
    assert [entry.interaction_id for entry in record.timeline] == list(reversed(calls))[:20]


async def test_a_customer_of_another_domain_does_not_exist(company: Company) -> None:
    concluded = await company.conclude(await company.add_call())
    async with company.database.reading() as connection:
        assert await read_record(connection, "other", concluded.customer_id) is None
        assert await read_record(connection, "main", new_id()) is None


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("ann", ["Ann Lee", "Anna_Bo"]), ("ANN L", ["Ann Lee"]), ("anna_", ["Anna_Bo"]), ("王", ["王芳"]),
        ("4477009001", ["Ann Lee"]),
        ("+44 7700 900 2", ["Anna_Bo"]), ("%", []), ("a", []), ("an%", []), ("\x00\u2028", []),
        ("' or 1=1 --", []), ("x" * 500, []),
    ],
)  # fmt: skip
async def test_the_search_finds_by_the_beginning(company: Company, query: str, names: list[str]) -> None:
    for number, name in (("+447700900100", "Ann Lee"), ("+447700900200", "Anna_Bo"), ("+447700900300", "王芳")):
        await company.add_call(number, name=name)
    async with company.database.reading() as connection:
        assert [found.name for found in await search_customers(connection, "main", query)] == names
