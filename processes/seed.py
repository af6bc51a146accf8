"""Filling the database: the demo company at the first start, customers in any number, days of a made-up past."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import asyncpg

from core import clock
from core.db import Database
from core.domains import require_domain
from core.embedded.secret_file import write_secret
from core.errors import Refusal
from core.settings import Settings, settings
from crm_sync.demo import write_company
from crm_sync.demo.sign_ins import SignIn, make_sign_ins
from crm_sync.demo.write_customers import RICH, add_customers
from processes.running import open_stores
from routing.configuration.load import load_live
from routing.configuration.model import Whole
from routing.recorded.demo_day import can_be_made, make_demo_day
from routing.recorded.rows_read import list_days
from routing.recorded.rows_write import read_callers, write_day
from routing.recorded.running import run
from routing.recorded.setting import setting_of

_BAR = 40


async def demo_company(database_url: str, sign_ins: Path) -> None:
    """Create the demo company and write its sign-ins, unless it is there.

    HOTLINE_WEBHOOK_URL: where its outcomes are delivered; without it, the demo page of this installation.
    """
    domain = settings().domain
    async with Database(database_url, domain=domain, pool_size=1) as database:
        made = await _write_company(database)
    _add_to_file(sign_ins, made)
    connection = await asyncpg.connect(database_url)
    try:
        await add_customers(connection, domain, RICH, lambda _done, _all: None)
    finally:
        await connection.close()


async def _write_company(database: Database) -> list[SignIn]:
    async with database.unit_of_work("seed") as work:
        await write_company.lock(work)
        await write_company.write_company(work)
        await write_company.connect_demo_crm(work, os.environ.get("HOTLINE_WEBHOOK_URL", ""))
        made = await asyncio.to_thread(make_sign_ins, await write_company.users_to_make(work))
        await write_company.write_users(work, made)
    return made


def _add_to_file(file: Path, made: list[SignIn]) -> None:
    """Sign-ins in a file that only its owner can read; earlier ones of the file stay."""
    if not made:
        return
    rows = [{"login": one.user.login, "password": one.password, "role": one.user.role} for one in made]
    fresh = {row["login"] for row in rows}
    known = json.loads(file.read_text()) if file.exists() else []
    file.parent.mkdir(parents=True, exist_ok=True)
    write_secret(file, json.dumps([*rows, *(row for row in known if row["login"] not in fresh)], indent=2))


async def seed_customers(settings: Settings, count: int, domain: str = "") -> int:
    """Bring the number of customers up to ``count``; returns the exit code. Raises NotFound, Conflict."""
    domain = domain or settings.domain
    async with open_stores(settings) as stores:
        async with Database(stores.database_url, domain=domain, pool_size=1) as database:
            await require_domain(database)
            async with database.unit_of_work("seed") as work:
                await write_company.check_home(work)
            made = await _write_company(database)
        _add_to_file(settings.var_dir / "demo-sign-ins.json", made)
        connection = await asyncpg.connect(stores.database_url)
        try:
            added = await add_customers(connection, domain, count, _show)
            await connection.execute("analyze customers, customer_identities, timeline_entries")
        finally:
            await connection.close()
    print(f"\n{added} customers added")
    return 0


async def seed_days(settings: Settings, count: int, domain: str = "") -> int:
    """Make up as many days before today as have nothing in them; returns the exit code.

    They are written as real ones are, and are plainly made up: see ``routing/recorded/rows_write.py``.
    """
    domain = domain or settings.domain
    async with open_stores(settings) as stores:
        async with (
            Database(stores.database_url, domain=domain, pool_size=1) as database,
            database.reading() as reading,
        ):
            whole = await load_live(reading, domain)
            known = {day for day, _ in await list_days(reading, domain, count + 2)}
        today = clock.now().astimezone(ZoneInfo(whole.company.time_zone)).date()
        wanted = [day for ago in range(count, 0, -1) if (day := today - timedelta(days=ago)) not in known]
        connection = await asyncpg.connect(stores.database_url)
        try:
            await _write_days(connection, domain, whole, wanted)
            await connection.execute("analyze interactions, reservations, event_log")
        finally:
            await connection.close()
    print(f"\n{len(wanted)} made-up days added")
    return 0


async def _write_days(connection: asyncpg.Connection, domain: str, whole: Whole, days: list[date]) -> None:
    callers, setting, zone = await read_callers(connection, domain), setting_of(whole), whole.company.time_zone
    if not callers or not can_be_made(whole):
        raise Refusal("seed.nobody", "Made-up days need customers who call and agents in queues; seed customers first.")
    for done, day in enumerate(days, 1):
        made = make_demo_day(whole, setting, callers, day)
        outcome = await asyncio.to_thread(run, made.script, setting)
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        await write_day(connection, domain, midnight, made, outcome)
        _show(done, len(days), "days")


def _show(done: int, wanted: int, what: str = "customers") -> None:
    filled = _BAR * done // wanted
    sys.stdout.write(f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {done:,} of {wanted:,} {what}")
    sys.stdout.flush()
