"""`./hotline day`: which days are recorded, and keeping one as a file."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from core.db import Database
from core.logs import set_up_logging
from core.settings import Settings, settings
from processes.days import find_day, write_file
from processes.running import open_stores
from routing.recorded.rows_read import list_days

Run = Callable[[argparse.Namespace, Database], Awaitable[int]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Raises HotlineError."""
    parsed = parser().parse_args(arguments)
    set_up_logging("day", level="ERROR")
    return asyncio.run(run(parsed, settings()))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="./hotline day", description="Days of your own past, as routing recorded them.")
    top.add_argument("--domain", help="the domain (tenant); default: HOTLINE_DOMAIN, else main")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    text = "List the days of the last two months on which anybody came."
    commands.add_parser("list", help=text, description=text).set_defaults(run=_list)
    text = "Keep a day as a file, without a name or number of anybody; `config plan --replay` takes the file too."
    export = commands.add_parser("export", help=text, description=text)
    export.add_argument("date", metavar="DATE", help="2026-11-20, yesterday, or today as far as it is over")
    export.add_argument("file", metavar="FILE")
    export.set_defaults(run=_export)
    return top


async def run(parsed: argparse.Namespace, config: Settings) -> int:
    """Run a parsed command on the stores of this installation."""
    domain = parsed.domain or config.domain
    async with (
        open_stores(config, lambda line: print(line, file=sys.stderr) if sys.stderr.isatty() else None) as stores,
        Database(stores.database_url, domain=domain, pool_size=1) as database,
    ):
        do: Run = parsed.run
        return await do(parsed, database)


async def _list(_: argparse.Namespace, database: Database) -> int:
    async with database.reading() as connection:
        found = await list_days(connection, database.domain)
    for day, contacts in found:
        print(f"{day}  {day:%a}  {contacts:>7,} contacts")
    if not found:
        print("No day is recorded; `./hotline seed --days 14` makes some up to try things on.")
    return 0


async def _export(parsed: argparse.Namespace, database: Database) -> int:
    day = await find_day(database, parsed.date)
    write_file(Path(parsed.file), day)
    print(f"{day.date}: {len(day.contacts):,} contacts and {len(day.staff)} agents in {parsed.file}")
    if day.left_out:
        print(
            f"{day.left_out} contacts are left out: not over yet, called back in vain, or lost by a fault.",
            file=sys.stderr,
        )
    return 0
