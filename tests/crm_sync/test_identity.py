"""Whose address is it: one contract for the real directory and its memory twin, and the race of first calls."""

from __future__ import annotations

import asyncio

import pytest

from core.address import Address, AddressKind, phone_address
from core.db import Database
from core.ids import new_id
from core.ports import CustomerDirectory, CustomerRef
from crm_sync.identity import Directory
from crm_sync.identity_memory import MemoryDirectory
from tests.crm_sync.company import Company

HOSTILE = ["\r\nAction: Hangup", "a\u2028b", "\x00\x07", '"; drop table customers; --', "😀" * 2000, "x" * 4096]


@pytest.fixture(params=[Directory, MemoryDirectory])
def directory(request: pytest.FixtureRequest) -> CustomerDirectory:
    return request.param()


async def resolve(database: Database, directory: CustomerDirectory, number: str | None, name: str = "") -> CustomerRef:
    async with database.unit_of_work("test") as work:
        return await directory.resolve(work, phone_address(number, "GB"), name)


async def test_an_unknown_number_becomes_a_prospect_and_is_known_next_time(
    database: Database, directory: CustomerDirectory
) -> None:
    first = await resolve(database, directory, "07700 900123", "Ann Lee")
    again = await resolve(database, directory, "+447700900123", "Somebody Else")
    assert (first.name, first.is_new, first.tier) == ("Ann Lee", True, "standard")
    assert (again.customer_id, again.name, again.is_new) == (first.customer_id, "Ann Lee", False)


@pytest.mark.parametrize("number", [None, "", "anonymous", "Restricted"])
async def test_every_withheld_call_is_a_record_of_its_own(
    database: Database, directory: CustomerDirectory, number: str | None
) -> None:
    first, second = [await resolve(database, directory, number) for _ in range(2)]
    assert first.customer_id != second.customer_id
    assert first.name == "Withheld number" and first.is_new and second.is_new


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_hostile_names_and_numbers_are_somebody(
    database: Database, directory: CustomerDirectory, hostile: str
) -> None:
    found = await resolve(database, directory, hostile, hostile)
    assert found.name and len(found.name) <= 80
    assert not any(ch in found.name for ch in "\r\n\x00\u2028")


async def test_a_nameless_caller_is_called_by_the_number(database: Database, directory: CustomerDirectory) -> None:
    assert (await resolve(database, directory, "07700 900124")).name == "+447700900124"


async def test_concurrent_first_calls_make_one_record(company: Company) -> None:
    found = await asyncio.gather(*(resolve(company.database, Directory(), "+447700900555", f"N{n}") for n in range(12)))
    assert len({ref.customer_id for ref in found}) == 1
    assert [ref.is_new for ref in found].count(True) == 1
    assert await company.value("select count(*) from customers") == 1
    assert await company.value("select count(*) from event_log where name = 'customer.created'") == 1


async def test_routing_learns_tier_grade_and_whom_the_customer_knows(company: Company) -> None:
    ref = await resolve(company.database, Directory(), "+447700900001")
    assert (ref.tier, ref.credit_grade, ref.account_manager_id, ref.last_agent_id) == ("standard", None, None, None)
    owner, last = new_id(), new_id()
    async with company.database.unit_of_work("test") as work:
        for agent in (owner, last):
            await work.fetch(
                "insert into agents (id, domain, code, name) values ($1, 'main', $1::uuid::text, 'A')", agent
            )
        await work.fetch(
            "update customers set tier = 'key', language = 'zh', credit_grade = 'B', owner_agent_id = $1", owner
        )
        for agent, age in ((owner, 2), (last, 1), (None, 0)):
            await work.fetch(
                """insert into interactions (id, domain, channel, state, customer_id, address_kind, address, agent_id,
                       end_reason, created_at)
                   values ($1, 'main', 'voice', 'closed', $2, 'phone', '', $3, 'completed',
                       now() - make_interval(days => $4))""",
                new_id(), ref.customer_id, agent, age,
            )  # fmt: skip
    again = await resolve(company.database, Directory(), "+447700900001")
    assert (again.customer_id, again.tier, again.language) == (ref.customer_id, "key", "zh")
    assert (again.credit_grade, again.account_manager_id, again.last_agent_id) == ("B", owner, last)


async def test_one_value_of_two_kinds_is_two_customers(database: Database) -> None:
    async with database.unit_of_work("test") as work:
        one = await Directory().resolve(work, Address(AddressKind.HANDLE, "ann"), "Ann")
        two = await Directory().resolve(work, Address(AddressKind.EMAIL, "ann"), "Ann")
    assert one.customer_id != two.customer_id
