"""`./hotline tune`: fit the weights of routing to the company's own days; nothing changes without a yes."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import math
import os
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from core.bus import Bus, connect
from core.db import Database
from core.errors import Conflict, Refusal
from core.logs import set_up_logging
from core.settings import Settings, settings
from processes.days import parse_date
from processes.progress import Bar
from processes.running import open_stores
from routing.configuration import plan as planning
from routing.configuration.export import export
from routing.configuration.load import load_live
from routing.configuration.model import Whole
from routing.recorded.day import RecordedDay
from routing.recorded.fitting import Budget, Proposal, fit, refuse_if_too_few
from routing.recorded.rows_read import list_days, read_day
from routing.recorded.tuning_words import far_from_recorded, told

_USUAL_DAYS = 28
_MOST_DAYS = 14
_LEAST_CONTACTS = 50
"""A day with fewer says too little."""
_HELP = """\
Fits the weights and head starts of routing to your own recorded days: it tries candidates on some of them, and shows
on the others what the best would have done. Without --apply nothing is changed. Ctrl-C leaves everything as it was.
"""


@dataclass(frozen=True, slots=True)
class Material:
    """What is tuned, and on what."""

    live: Whole
    days: list[RecordedDay]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status. Raises HotlineError."""
    parsed, config = parser().parse_args(arguments), settings()
    set_up_logging("tune", level="ERROR")
    if parsed.apply and not parsed.yes and not sys.stdin.isatty():
        raise Refusal("tune.no_consent", "nobody is there to say yes; --yes says it for a script")
    material = asyncio.run(read(parsed, config))
    try:
        proposal = propose(material, parsed.minutes * 60.0)
        show(proposal)
        if not parsed.apply or not proposal.changes or not _agreed(parsed, proposal):
            print("Nothing is changed." + ("" if parsed.apply or not proposal.helps else " --apply does it."))
            return 0
    except KeyboardInterrupt:
        print("\nStopped; nothing is changed.", file=sys.stderr)
        return 130
    version = asyncio.run(apply(parsed, config, material.live, proposal))
    print(f"Applied as version {version}; `./hotline config rollback` takes it back.")
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(
        prog="./hotline tune", description=_HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--days", type=_span, metavar="FROM..TO", help="default: the last four weeks")
    top.add_argument("--minutes", type=_minutes, default=5.0, help="how long to search (5)")
    top.add_argument("--apply", action="store_true", help="ask, and then write it as a new version")
    top.add_argument("--yes", action="store_true", help="with --apply: do not ask (only what helps is applied)")
    top.add_argument("--author", default=None, help="who does it; default: the user of this machine")
    top.add_argument("--domain", help="the domain (tenant); default: HOTLINE_DOMAIN, else main")
    return top


def _span(text: str) -> tuple[date, date]:
    first, dots, last = text.partition("..")
    try:
        found = parse_date(first), parse_date(last)
    except Refusal as refused:
        raise argparse.ArgumentTypeError(refused.message) from None
    if not dots or found[0] > found[1]:
        raise argparse.ArgumentTypeError("two dates are expected, the earlier first: 2026-11-01..2026-11-20")
    return found


def _minutes(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or not 0.01 <= value <= 24 * 60:
        raise argparse.ArgumentTypeError("from 0.01 to 1440")
    return value


async def read(parsed: argparse.Namespace, config: Settings) -> Material:
    """The configuration, and the newest days of the span that say something. Raises where they are too few."""
    domain = parsed.domain or config.domain
    async with (
        open_stores(config, _say) as stores,
        Database(stores.database_url, domain=domain, pool_size=1) as database,
        database.reading() as connection,
    ):
        live = await load_live(connection, domain)
        first, last = parsed.days or _usual_span(live.company.time_zone)
        most = (parse_date("today", live.company.time_zone) - first).days + 2
        known = await list_days(connection, domain, max(1, most))
        dates = [day for day, count in known if first <= day <= last and count >= _LEAST_CONTACTS]
        days = [await read_day(connection, domain, day) for day in dates[-_MOST_DAYS:]]
    refuse_if_too_few(days)
    return Material(live, days)


def _usual_span(zone: str) -> tuple[date, date]:
    yesterday = parse_date("yesterday", zone)
    return yesterday - timedelta(days=_USUAL_DAYS - 1), yesterday


def propose(material: Material, seconds: float, clock: Callable[[], float] = time.monotonic) -> Proposal:
    """Search for so long; whoever works on this machine goes before."""
    with suppress(OSError):
        os.nice(10)
    bar = Bar("tuning")
    budget = Budget(clock, clock(), seconds, lambda share, tried: bar.show(share, f"{tried} candidates"))
    try:
        return fit(material.days, material.live, budget)
    finally:
        bar.clear()


def show(proposal: Proposal) -> None:
    """Print what was found."""
    warning = far_from_recorded(proposal.recorded, proposal.now)
    if warning is not None:
        print(warning, file=sys.stderr)
    for line in told(proposal):
        print(line)


def _agreed(parsed: argparse.Namespace, proposal: Proposal) -> bool:
    if parsed.yes:
        return proposal.helps
    return input("Apply this? Type yes: ").strip().lower() == "yes"


async def apply(parsed: argparse.Namespace, config: Settings, live: Whole, proposal: Proposal) -> int:
    """Write it as a new version; returns its number. Refusal: ``tune.configuration_changed``."""
    domain = parsed.domain or config.domain
    async with (
        open_stores(config, _say) as stores,
        Bus(connect(stores.redis_url), domain) as bus,
        Database(stores.database_url, domain=domain, publisher=bus, pool_size=1) as database,
    ):
        async with database.reading() as connection:
            if await load_live(connection, domain) != live:
                text = "somebody has changed the configuration meanwhile; nothing is applied, tune again"
                raise Conflict("tune.configuration_changed", text)
        sections = {change.section for change in proposal.changes}
        note = f"tuned on {len(proposal.tuned_on)} days, {proposal.tuned_on[0]} to {proposal.tuned_on[-1]}"
        applied = await planning.apply(
            database, export(proposal.wanted, sections), author=_author(parsed), note=note
        )  # fmt: skip
    if applied.version is None:
        raise Conflict("tune.configuration_changed", "that is what holds already; nothing is applied")
    return applied.version


def _say(line: str) -> None:
    if sys.stderr.isatty():
        print(line, file=sys.stderr)


def _author(parsed: argparse.Namespace) -> str:
    try:
        return str(parsed.author or getpass.getuser())
    except (KeyError, OSError):  # no such user in this container
        return "unknown"
