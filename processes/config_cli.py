"""`./hotline config`: plan, apply, take back and export the configuration of a domain."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import NoReturn

from core.bus import Bus, connect
from core.db import Database
from core.domains import require_domain
from core.errors import Refusal
from core.logs import set_up_logging
from core.settings import Settings, settings
from processes.days import find_day, in_thread
from processes.progress import Bar
from processes.running import open_stores
from routing.configuration import plan as planning
from routing.configuration import versions
from routing.configuration.difference import lines
from routing.configuration.load import load_live, load_messages
from routing.configuration.source import LIMITS, ConfigurationInvalid
from routing.recorded import words
from routing.recorded.compare import RUNS, Comparison, compare
from telephony.asterisk.pbx.prompts import company_sound
from telephony.menu.definition import QueueNode
from telephony.menu.load import load_directory
from telephony.numbers import menus_of

_MOST_SHOWN = 50
NO_CHANGE, REFUSED, CHANGES = 0, 1, 2
_HELP = """\
plan FILE        show what a file would change, and refuse it with the line where it is wrong; changes nothing
                 exit code: 0 no change, 2 changes, 1 refused (or a wrong call)
                 --replay DAY: and what service a day of your past would have had with it
apply FILE       do it, all or nothing, as a new version; what already waits is routed anew
rollback [N]     make the configuration what it was at version N, without N before the last change
export           write the live configuration as a file that plans to no change
versions         list what was applied, when and by whom

A section that the file has is whole: what it does not name is retired. A section that the file does not have stays
as it is. FILE may be - for standard input. The keys are described in docs/configuration.md.
"""
Run = Callable[[argparse.Namespace, Database, Settings], Awaitable[int]]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """A wrong call is refused: 2 means that there are changes."""
        self.print_usage(sys.stderr)
        self.exit(REFUSED, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. Raises HotlineError."""
    parsed = parser().parse_args(arguments)
    set_up_logging("config", level="ERROR")
    return asyncio.run(run(parsed, settings()))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = _Parser(prog="./hotline config", description=_HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    top.add_argument("--domain", help="the domain (tenant); default: HOTLINE_DOMAIN, else main")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, do: Run, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=do)
        return added

    planned = add("plan", _plan, "Show what would change. Exit code: 0 no change, 2 changes, 1 refused.")
    planned.add_argument("file")
    text = "a date, yesterday, or a file of `day export`: what service that day would have had, now and then"
    planned.add_argument("--replay", metavar="DAY", help=text)
    planned.add_argument("--runs", type=_runs, default=RUNS, help=f"how often that day is lived through ({RUNS})")
    applied = add("apply", _apply, "Change it. Exit code: 0 done (or nothing to do), 1 refused.")
    applied.add_argument("file")
    applied.add_argument("--note", default="", help="why, for the list of versions")
    back = add("rollback", _rollback, "Make it what it was. Exit code: 0 done, 1 refused.")
    back.add_argument("version", nargs="?", type=int, help="default: the one before the newest")
    for command in (applied, back):
        command.add_argument("--author", default=None, help="who does it; default: the user of this machine")
    add("export", _export, "Write the live configuration.")
    add("versions", _versions, "List the newest versions.")
    return top


async def run(parsed: argparse.Namespace, config: Settings) -> int:
    """Run a parsed command on the stores of this installation."""
    domain = parsed.domain or config.domain
    async with (
        open_stores(config, _progress) as stores,
        Bus(connect(stores.redis_url), domain) as bus,
        Database(stores.database_url, domain=domain, publisher=bus, pool_size=1) as database,
    ):
        await require_domain(database)
        do: Run = parsed.run
        return await do(parsed, database, config)


def _progress(line: str) -> None:
    """What the stores are doing: for somebody who waits, not for a log of what is wrong with a file."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr)


async def _plan(parsed: argparse.Namespace, database: Database, config: Settings) -> int:
    try:
        planned = await planning.plan(database, _text(parsed.file), await _menus(database, config))
    except ConfigurationInvalid as refused:
        return _refuse(parsed.file, refused)
    _show(planned)
    if parsed.replay:
        await _replay(parsed, database, planned)
    return CHANGES if planned.changes else NO_CHANGE


def _runs(text: str) -> int:
    if not 2 <= int(text) <= 100:
        raise argparse.ArgumentTypeError("from 2 to 100")
    return int(text)


async def _replay(parsed: argparse.Namespace, database: Database, planned: planning.Plan) -> None:
    """Live through a recorded day under what is and what would be, and say how it was."""
    day = await find_day(database, parsed.replay)
    async with database.reading() as connection:
        live = await load_live(connection, database.domain)
        newest = await versions.list_versions(connection, database.domain, 1)
    bar = Bar("replay")

    def work(check: Callable[[], None]) -> Comparison:
        def told(done: int, runs: int) -> None:
            check()
            bar.show(done / runs, f"{done} of {runs} runs")

        return compare(day, live, planned.wanted, runs=parsed.runs, told=told)

    try:
        found = await in_thread(work)
    finally:
        bar.clear()
    changed_since = bool(newest) and newest[0].at.date().isoformat() > day.date
    _tell_replay(found, changed=bool(planned.changes), changed_since=changed_since)


def _tell_replay(found: Comparison, *, changed: bool, changed_since: bool) -> None:
    parts = [[words.title(found)], words.check_lines(found, changed_since=changed_since)]
    if changed:
        parts += [words.change_lines(found), words.in_words(found)]
    for part in parts:
        print()
        for line in part:
            print(line)
    for note in found.notes:
        print(f"note: {note}")


async def _apply(parsed: argparse.Namespace, database: Database, config: Settings) -> int:
    try:
        applied = await planning.apply(
            database, _text(parsed.file), author=_author(parsed), note=parsed.note, menus=await _menus(database, config)
        )
    except ConfigurationInvalid as refused:
        return _refuse(parsed.file, refused)
    _show(applied.plan)
    if applied.version is not None:
        print(f"Applied as version {applied.version}.")
        await _hint(database)
    return 0


async def _hint(database: Database) -> None:
    """What callers cannot hear yet."""
    async with database.reading() as connection:
        texts = await load_messages(connection)
    missing = sum(company_sound(language, words) is None for language, words in texts)
    if missing:
        print(
            f"{missing} messages are not spoken yet: ./hotline pbx messages. Callers hear the usual words until then."
        )


async def _rollback(parsed: argparse.Namespace, database: Database, config: Settings) -> int:
    try:
        target, applied = await planning.rollback(
            database, parsed.version, author=_author(parsed), menus=await _menus(database, config)
        )
    except ConfigurationInvalid as refused:
        return _refuse(f"version {parsed.version or 'before the newest'}", refused)
    _show(applied.plan)
    if applied.version is not None:
        print(f"As it was at version {target.version}; this is version {applied.version}.")
    return 0


async def _export(_: argparse.Namespace, database: Database, __: Settings) -> int:
    sys.stdout.write(await planning.export_live(database))
    return 0


async def _versions(_: argparse.Namespace, database: Database, __: Settings) -> int:
    async with database.reading() as connection:
        found = await versions.list_versions(connection, database.domain)
    for each in found:
        print(f"{each.version:>4}  {each.at:%Y-%m-%d %H:%M:%S} UTC  {each.author or '-':<16} {each.note}".rstrip())
    return 0


def _show(planned: planning.Plan) -> None:
    for line in lines(planned.changes):
        print(line)
    for warning in planned.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if not planned.changes:
        print("No change.")
        return
    things = "1 thing changes" if len(planned.changes) == 1 else f"{len(planned.changes)} things change"
    who = "1 waiting interaction is" if planned.touched == 1 else f"{planned.touched} waiting interactions are"
    print(f"\n{things}; {who} touched.")


def _refuse(file: str, refused: ConfigurationInvalid) -> int:
    name = "standard input" if file == "-" else file
    for problem in refused.problems[:_MOST_SHOWN]:
        print(f"{name}:{problem.line}: {problem.message} [{problem.code}]", file=sys.stderr)
    if len(refused.problems) > _MOST_SHOWN:
        print(f"… and {len(refused.problems) - _MOST_SHOWN} more", file=sys.stderr)
    print("Refused; nothing is applied.", file=sys.stderr)
    return REFUSED


def _text(file: str) -> str:
    """What the file says; never more of it than a configuration may have."""
    try:
        if file == "-":
            return _decoded(sys.stdin.buffer.read(LIMITS.bytes + 1))
        with Path(file).open("rb") as source:
            return _decoded(source.read(LIMITS.bytes + 1))
    except OSError as error:
        raise Refusal("configuration.no_file", f"{file} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise Refusal("configuration.not_text", f"{file} is not UTF-8 text") from None


def _decoded(found: bytes) -> str:
    """The text; one that is too long, and refused for that, may be cut inside of a letter."""
    return found.decode("utf-8", "replace" if len(found) > LIMITS.bytes else "strict")


async def _menus(database: Database, config: Settings) -> dict[str, str]:
    """Queues to which menus lead, each with one of those menus: the home domain may need any of them, for it takes
    callers of unknown numbers, the others need those of their numbers."""
    menus = list(load_directory(config.menu_dir).values())
    if database.domain != config.domain:
        async with database.glance() as connection:
            theirs = await menus_of(connection, database.domain)
        menus = [menu for menu in menus if menu.name in theirs]
    return {node.queue: menu.name for menu in menus for node in menu.nodes.values() if isinstance(node, QueueNode)}


def _author(parsed: argparse.Namespace) -> str:
    try:
        return str(parsed.author or getpass.getuser())
    except (KeyError, OSError):  # no such user in this container
        return "unknown"
