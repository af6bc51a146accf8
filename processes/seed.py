"""Filling the database: the demo company at the first start, and customers in any number."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import asyncpg

from core.db import Database
from core.embedded.secret_file import write_secret
from core.settings import Settings, settings
from crm_sync.demo import write_company
from crm_sync.demo.sign_ins import SignIn, make_sign_ins
from crm_sync.demo.write_customers import RICH, add_customers
from processes.running import open_stores

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


async def seed_customers(settings: Settings, count: int) -> int:
    """Bring the number of customers up to ``count``; returns the exit code."""
    async with open_stores(settings) as stores:
        async with Database(stores.database_url, domain=settings.domain, pool_size=1) as database:
            made = await _write_company(database)
        _add_to_file(settings.var_dir / "demo-sign-ins.json", made)
        connection = await asyncpg.connect(stores.database_url)
        try:
            added = await add_customers(connection, settings.domain, count, _show)
            await connection.execute("analyze customers, customer_identities, timeline_entries")
        finally:
            await connection.close()
    print(f"\n{added} customers added")
    return 0


def _show(done: int, wanted: int) -> None:
    filled = _BAR * done // wanted
    sys.stdout.write(f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {done:,} of {wanted:,} customers")
    sys.stdout.flush()
