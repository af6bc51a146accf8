"""The demo company: complete, the same in every run, and grown without doubling."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import asyncpg
import phonenumbers
import pytest
from argon2 import PasswordHasher

from core import clock
from core.address import AddressKind, phone_address
from core.db import Database
from core.errors import Refusal
from crm_sync.demo.company import AGENTS, MAIN_NUMBER, OUTCOMES, QUEUES
from crm_sync.demo.numbers import MOST, phone_of
from crm_sync.demo.people import customer_id, make_customer
from crm_sync.demo.sign_ins import demo_users
from crm_sync.demo.write_customers import add_customers, count_customers
from crm_sync.identity import Directory
from processes.seed import demo_company
from tests.crm_sync.company import Company


def test_the_sign_ins_that_are_shown_begin_in_english() -> None:
    shown = demo_users()[:4]
    assert [each.language for each in shown] == ["en", "en", "en", "zh"]
    assert len({each.login for each in demo_users()}) == 14


@pytest.mark.long
async def test_the_demo_company_is_made_once_and_can_sign_in(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "sign-ins.json"
    await demo_company(database_url, file)
    first = file.read_text()
    await demo_company(database_url, file)
    assert file.read_text() == first and file.stat().st_mode & 0o077 == 0
    rows = json.loads(first)
    assert [row["role"] for row in rows].count("agent") == 12 and len({row["password"] for row in rows}) == 14
    async with Database(database_url) as database:
        company = Company(database)
        hashed = await company.value("select password_hash from users where login = 'lin'")
        assert PasswordHasher().verify(hashed, next(row["password"] for row in rows if row["login"] == "lin"))
        counts = await company.rows("select tier, count(*) as n from customers group by tier")
        assert sum(row.n for row in counts) == 2000 and len(counts) == 4
        unserved = (
            "select count(*) from queues q where not exists (select 1 from queue_memberships m where m.queue_id = q.id)"
        )
        assert await company.value(unserved) == 0
        told = "select count(*) from queues where callback_after_seconds > 0 and announce ->> 'say' = 'both'"
        assert await company.value(told) == 3
        assert await company.value("select count(distinct secret) from agent_endpoints") == 12
        assert await company.value("select count(*) from channel_accounts where provider = 'console'") == 2
        assert await company.value("select count(*) from agents where (capacity ->> 'sms')::int = 3") == 12
        assert await company.value("select count(distinct code) from canned_replies") == 6
        assert await company.value("select config ->> 'url' from connectors") == "/api/demo/crm"


@pytest.mark.long
async def test_a_seeded_customer_is_recognised(database_url: str, tmp_path: Path) -> None:
    await demo_company(database_url, tmp_path / "sign-ins.json")
    async with Database(database_url) as database, database.unit_of_work("test") as work:
        ref = await Directory().resolve(work, phone_address("07700 900123", "GB"), "")
    assert (ref.customer_id, ref.is_new) == (customer_id(123), False)


@pytest.mark.long
async def test_customers_are_added_in_any_steps(quiet_database: Database, database_url: str, tmp_path: Path) -> None:
    await demo_company(database_url, tmp_path / "sign-ins.json")
    connection = await asyncpg.connect(database_url)
    try:
        for count, added in ((2500, 500), (2500, 0), (100, 0), (3100, 600)):
            assert await add_customers(connection, "main", count, lambda _done, _all: None) == added
        assert await count_customers(connection) == 3100 == await connection.fetchval("select count(*) from customers")
        with pytest.raises(Refusal):
            await add_customers(connection, "main", MOST + 1, lambda _done, _all: None)
    finally:
        await connection.close()


def test_numbers_are_unique_and_nobodys() -> None:
    indexes = [*range(7000), *range(999_000, 1_001_000), MOST - 1]
    numbers = [phone_of(index) for index in indexes]
    assert len(set(numbers)) == len(numbers)
    for number in numbers[::97]:
        assert phone_address(number, "CN").kind is AddressKind.PHONE and phone_address(number, "CN").value == number
    assert not any(phonenumbers.is_valid_number(phonenumbers.parse(phone_of(index))) for index in range(5000, 7000))


def test_a_customer_is_the_same_in_every_run() -> None:
    now = clock.now()
    assert make_customer(7, Random(3), now) == make_customer(7, Random(3), now)


def test_every_queue_is_served_by_agents_with_its_skills() -> None:
    for queue in QUEUES:
        members = [agent for agent in AGENTS if queue.code in agent.queues]
        assert len(members) >= 5
        for agent in members:
            assert all(agent.skills.get(skill, 0) >= level for skill, level in queue.required.items())
    assert len({queue.number for queue in QUEUES} | {MAIN_NUMBER}) == 4


def test_outcomes_form_a_tree() -> None:
    codes = {code for code, *_ in OUTCOMES}
    assert all(parent is None or parent in codes for _, parent, *_ in OUTCOMES)
