"""`./hotline domain`: the domains (tenants) of this installation."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence

from core import domains
from core.bus import Bus, connect
from core.db import Database
from core.errors import NotFound
from core.logs import set_up_logging
from core.settings import Settings, settings
from processes.running import open_stores
from routing.writer.election import check_lock
from telephony.menu.load import load_directory
from telephony.numbers import assign_number
from web.accounts import add_administrator

_HELP = """\
add CODE NAME             make a domain; running processes serve it within seconds
list                      all of them: code, name, time zone, writer, numbers
number CODE NUMBER        lead a number to a menu or a queue of a domain; its calls are that domain's from now on

Queues, skills and agents of a domain: ./hotline config --domain CODE apply FILE.
"""
Run = Callable[[argparse.Namespace, Database, Settings], Awaitable[int]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Raises HotlineError."""
    parsed = parser().parse_args(arguments)
    set_up_logging("domain", level="ERROR")
    return asyncio.run(run(parsed, settings()))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="./hotline domain", description=_HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    add = commands.add_parser("add", help="make a domain")
    add.set_defaults(run=_add)
    add.add_argument("code", help="short and for ever: a-z, 0-9, -")
    add.add_argument("name", help="as people read it")
    add.add_argument("--time-zone", default="Asia/Shanghai", help="IANA name, for example Europe/London")
    add.add_argument("--administrator", metavar="LOGIN", help="make one who can sign in; prints the password once")
    commands.add_parser("list", help="all domains").set_defaults(run=_list, code=None)
    number = commands.add_parser("number", help="lead a number into a domain")
    number.set_defaults(run=_number)
    number.add_argument("code", help="the domain")
    number.add_argument("number", help="as it is dialled; best as +49…")
    goal = number.add_mutually_exclusive_group(required=True)
    goal.add_argument("--menu", help="name of a menu")
    goal.add_argument("--queue", help="code of a queue of the domain")
    number.add_argument("--language", choices=["en", "zh-CN"], default="en")
    number.add_argument("--name", default="", help="what the number is for")
    return top


async def run(parsed: argparse.Namespace, config: Settings) -> int:
    """Run a parsed command on the stores of this installation."""
    domain = parsed.code or config.domain
    async with (
        open_stores(config, _progress) as stores,
        connect(stores.redis_url) as client,
        Bus(client, domain) as bus,
        Database(stores.database_url, domain=domain, publisher=bus, pool_size=1) as database,
    ):
        do: Run = parsed.run
        return await do(parsed, database, config)


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        print(line, file=sys.stderr)


async def _add(parsed: argparse.Namespace, database: Database, _: Settings) -> int:
    known = [each.code for each in await domains.list_domains(database)]
    check_lock(parsed.code, known)
    async with database.unit_of_work("domain") as work:
        await domains.add_domain(work, parsed.code, parsed.name, parsed.time_zone)
        password = await add_administrator(work, parsed.administrator, "Administrator") if parsed.administrator else ""
    print(f"The domain {parsed.code} is there; running processes serve it within seconds.")
    if password:
        print(f"Sign in as {parsed.administrator} with {password} (shown only now).")
    return 0


async def _list(_: argparse.Namespace, database: Database, __: Settings) -> int:
    for each in await domains.list_domains(database):
        about = each.time_zone if each.active else f"{each.time_zone}, retired"
        writer = f"writer {each.writer}" if each.writer else "no writer yet"
        print(f"{each.code:<16} {each.name or '-'} ({about}); {writer}; {', '.join(each.numbers) or 'no numbers'}")
    return 0


async def _number(parsed: argparse.Namespace, database: Database, config: Settings) -> int:
    await domains.require_domain(database)
    if parsed.menu is not None and parsed.menu not in load_directory(config.menu_dir):
        raise NotFound("menu.unknown", f"There is no menu {parsed.menu!r} in {config.menu_dir}.")
    async with database.unit_of_work("domain") as work:
        kept = await assign_number(
            work, parsed.number, config.region, menu=parsed.menu, queue=parsed.queue, language=parsed.language,
            name=parsed.name,
        )  # fmt: skip
    print(f"{kept} leads into {parsed.code}.")
    return 0
