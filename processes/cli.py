"""The commands of ``./hotline``."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence

from core.errors import HotlineError
from core.settings import ROOT, settings

Command = Callable[[argparse.Namespace], int]
_DOWN_SECONDS = 60.0
_MOST_DAYS = 90


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (2 for a wrong call, 1 for a refusal or a failure)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given and given[0] in _WITH_OWN_PARSER:
            return _WITH_OWN_PARSER[given[0]](given[1:])
        parsed = _parser().parse_args(given)
        run: Command = parsed.run
        return run(parsed)
    except HotlineError as error:
        print(f"hotline: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./hotline", description="The contact center on your own machine.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    def add(name: str, run: Command, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    add("up", _up, "Start everything and keep it running; data lives in var/.")
    add("down", _down, "Stop the Hotline that another terminal started.")
    logs = add("logs", _logs, "Show the logs and follow them; Ctrl-C ends.")
    logs.add_argument("process", nargs="?", help="only this process (web, telephony, …)")
    logs.add_argument("--no-follow", action="store_true", help="show what is there and end")
    test = add("test", _test, "Set up what the tests need and pass every one of them.")
    text = "quick: without the journeys; nightly: the long trials instead"
    test.add_argument("which", nargs="?", choices=["quick", "nightly"], help=text)
    add("check", _check, "Format, lint, types, import rule, file length, front end.")
    seed = add("seed", _seed, "Fill the database with customers.")
    seed.add_argument("--customers", type=_count, default=2000, help="how many there shall be (2000)")
    text = "also make up so many days of the past, to try `config plan --replay` and `tune` on (0)"
    seed.add_argument("--days", type=_days, default=0, metavar="N", help=text)
    seed.add_argument("--domain", help="where the demo company lives; default: HOTLINE_DOMAIN, else main")
    bench = add("bench", _bench, "Run one measurement; its last line is RESULT.")
    bench.add_argument("name", metavar="NAME", help=", ".join(_measurements()) or "none is here")
    text = "what the measurement takes; NAME --help tells"
    bench.add_argument("arguments", nargs=argparse.REMAINDER, help=text)
    text = "Look after the PBX; `pbx doctor` examines it and says what to change where."
    commands.add_parser("pbx", help=text, add_help=False)  # its own parser takes the rest, see main
    text = "Plan, apply, take back and export queues, skills, agents, hours and service policies as YAML."
    commands.add_parser("config", help=text, add_help=False)  # its own parser takes the rest, too
    commands.add_parser("day", help="List recorded days, and keep one as a file.", add_help=False)
    text = "Fit the weights and head starts of routing to your own recorded days; changes nothing without --apply."
    commands.add_parser("tune", help=text, add_help=False)
    text = "Make and list domains (tenants) and give them numbers."
    commands.add_parser("domain", help=text, add_help=False)  # the same
    return parser


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number


def _days(text: str) -> int:
    number = _count(text)
    if number > _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"at most {_MOST_DAYS}")
    return number


def _up(_: argparse.Namespace) -> int:
    from processes.up import up

    return up(settings())


def _down(_: argparse.Namespace) -> int:
    from processes.records import Records
    from processes.supervisor import Seat

    occupant = Seat(settings().var_dir).occupant()
    if occupant is None:
        left = Records(settings().var_dir / "run").stop_leftovers()
        print(f"Hotline was not running; stopped {', '.join(left)}" if left else "Hotline was not running")
        return 0
    os.kill(occupant.pid, signal.SIGTERM)
    deadline = time.monotonic() + _DOWN_SECONDS
    while occupant.is_alive:
        if time.monotonic() > deadline:
            print(f"Hotline (pid {occupant.pid}) is still stopping after {_DOWN_SECONDS:.0f} s", file=sys.stderr)
            return 1
        time.sleep(0.05)
    print("Hotline is stopped")
    return 0


def _logs(arguments: argparse.Namespace) -> int:
    from processes.log_files import Follower

    follower = Follower(settings().var_dir / "logs", arguments.process)
    follower.show_last(40)
    if not arguments.no_follow:
        follower.follow(threading.Event())
    return 0


def _test(arguments: argparse.Namespace) -> int:
    from processes.testing import run_nightly, run_tests

    if arguments.which == "nightly":
        return asyncio.run(run_nightly())
    return asyncio.run(run_tests(quick=arguments.which == "quick"))


def _check(_: argparse.Namespace) -> int:
    from processes.checking import run_checks

    return asyncio.run(run_checks())


def _seed(arguments: argparse.Namespace) -> int:
    from processes.seed import seed_customers, seed_days

    domain = arguments.domain or ""
    code = asyncio.run(seed_customers(settings(), arguments.customers, domain))
    return code or (asyncio.run(seed_days(settings(), arguments.days, domain)) if arguments.days else 0)


def _measurements() -> list[str]:
    """Names of what can be measured: modules of bench/ with a ``main``, the others are their parts."""
    files = (ROOT / "bench").glob("[a-z]*.py")
    return sorted(file.stem.replace("_", "-") for file in files if "\ndef main(" in file.read_text("utf-8"))


def _bench(arguments: argparse.Namespace) -> int:
    known = _measurements()
    if arguments.name not in known:
        print(f"no measurement {arguments.name!r}; there are: {', '.join(known) or 'none'}", file=sys.stderr)
        return 2
    module = arguments.name.replace("-", "_")
    sys.argv = [f"./hotline bench {arguments.name}", *arguments.arguments]
    return int(importlib.import_module(f"bench.{module}").main() or 0)


def _pbx(arguments: Sequence[str]) -> int:
    from processes.pbx_cli import main as pbx

    return pbx(arguments)


def _config(arguments: Sequence[str]) -> int:
    from processes.config_cli import main as config

    return config(arguments)


def _day(arguments: Sequence[str]) -> int:
    from processes.day_cli import main as day

    return day(arguments)


def _tune(arguments: Sequence[str]) -> int:
    from processes.tune_cli import main as tune

    return tune(arguments)


def _domain(arguments: Sequence[str]) -> int:
    from processes.domain_cli import main as domain

    return domain(arguments)


_WITH_OWN_PARSER: dict[str, Callable[[Sequence[str]], int]] = {
    "pbx": _pbx, "config": _config, "domain": _domain, "day": _day, "tune": _tune
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
