"""Writing the demo company's customers in any number: additive, and fast enough for a million."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from core import clock
from core.errors import Refusal
from core.ids import new_id
from crm_sync.demo.numbers import MOST
from crm_sync.demo.past import PastEntry, make_past
from crm_sync.demo.people import BLOCK, DemoCustomer, customer_id, make_customer

RICH = 2000
"""So many customers have a whole past; those beyond are there for scale and have a short one."""
_SHORT_PAST = 3
_CUSTOMER_COLUMNS = (
    "id", "domain", "kind", "name", "form_of_address", "language", "tier", "credit_grade", "lifecycle",
    "owner_agent_id", "value_year", "site", "facts", "created_at",
)  # fmt: skip
_IDENTITY_COLUMNS = ("id", "domain", "customer_id", "kind", "value", "created_at")
_ENTRY_COLUMNS = ("id", "domain", "customer_id", "agent_id", "kind", "at", "title", "body")

OnProgress = Callable[[int, int], None]
"""Called with how many there are and how many there shall be."""


async def add_customers(connection: asyncpg.Connection, domain: str, count: int, on_progress: OnProgress) -> int:
    """Bring the demo customers up to ``count``; how many were added. A later call goes on where this one stops.

    ``connection`` must have no transaction open; each block of a thousand is one. Raises ``Refusal`` above ``MOST``.
    """
    if count > MOST:
        raise Refusal("seed.too_many", f"At most {MOST} customers can have a number of their own.")
    present = await count_customers(connection)
    now = clock.now()
    for first in range(present - present % BLOCK, count, BLOCK):
        customers = [
            (one, past) for one, past in _block(first, now) if customer_id(present) <= one.id < customer_id(count)
        ]
        await _write(connection, domain, customers)
        on_progress(min(count, first + BLOCK), count)
    return max(0, count - present)


async def count_customers(connection: asyncpg.Connection) -> int:
    """How many demo customers there are; their ids follow upon each other."""
    newest: UUID | None = await connection.fetchval(
        "select id from customers where id between $1 and $2 order by id desc limit 1",
        customer_id(0), customer_id(MOST),
    )  # fmt: skip
    return 0 if newest is None else newest.int - customer_id(0).int + 1


def _block(first: int, now: datetime) -> Iterable[tuple[DemoCustomer, list[PastEntry]]]:
    chance = Random(first)  # noqa: S311
    for index in range(first, first + BLOCK):
        customer = make_customer(index, chance, now)
        yield customer, make_past(customer, chance, now, most=30 if index < RICH else _SHORT_PAST)


async def _write(
    connection: asyncpg.Connection, domain: str, customers: list[tuple[DemoCustomer, list[PastEntry]]]
) -> None:
    async with connection.transaction():
        await _copy(connection, "customers", _CUSTOMER_COLUMNS, (_customer_row(domain, one) for one, _ in customers))
        rows = (_identity_row(domain, one, *each) for one, _ in customers for each in one.identities)
        await _copy(connection, "customer_identities", _IDENTITY_COLUMNS, rows)
        entries = (_entry_row(domain, one, entry) for one, past in customers for entry in past)
        await _copy(connection, "timeline_entries", _ENTRY_COLUMNS, entries)


async def _copy(
    connection: asyncpg.Connection, table: str, columns: tuple[str, ...], rows: Iterable[tuple[Any, ...]]
) -> None:
    await connection.copy_records_to_table(table, records=rows, columns=columns)


def _customer_row(domain: str, one: DemoCustomer) -> tuple[Any, ...]:
    return (
        one.id, domain, one.kind, one.name, one.form_of_address, one.language, one.tier, one.credit_grade,
        one.lifecycle, one.owner_agent_id, one.value_year, one.site, orjson.dumps(one.facts).decode(), one.created_at,
    )  # fmt: skip


def _identity_row(domain: str, one: DemoCustomer, kind: str, value: str) -> tuple[Any, ...]:
    return (new_id(), domain, one.id, kind, value, one.created_at)


def _entry_row(domain: str, one: DemoCustomer, entry: PastEntry) -> tuple[Any, ...]:
    return (
        new_id(), domain, one.id, entry.agent_id, entry.kind, entry.at, entry.title, orjson.dumps(entry.body).decode(),
    )  # fmt: skip
