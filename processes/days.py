"""Recorded days as commands name them: by date, or by the file that one was kept in."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from core import clock
from core.db import Database
from core.errors import Refusal
from routing.configuration.load import load_live
from routing.recorded import day_file
from routing.recorded.day import RecordedDay
from routing.recorded.rows_read import read_day

_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
_AGO = {"today": 0, "yesterday": 1}
T = TypeVar("T")


class StoppedError(Exception):
    """The work was told to stop."""


async def find_day(database: Database, name: str) -> RecordedDay:
    """The day of a date (or ``yesterday``, ``today``), else of a file.

    Refusals: ``day.bad_date``, ``day.no_file`` and those of ``rows_read`` and ``day_file``.
    """
    if name not in _AGO and not _DATE.match(name):
        return await asyncio.to_thread(read_file, Path(name))
    async with database.reading() as connection:
        zone = (await load_live(connection, database.domain)).company.time_zone
        return await read_day(connection, database.domain, parse_date(name, zone))


def parse_date(name: str, zone: str = "UTC") -> date:
    """A date. Refusal: ``day.bad_date``."""
    if name in _AGO:
        return clock.now().astimezone(ZoneInfo(zone)).date() - timedelta(days=_AGO[name])
    try:
        if _DATE.match(name):
            return date.fromisoformat(name)
    except ValueError:
        pass
    raise Refusal("day.bad_date", f"{name!r:.60} is no date; one looks like 2026-11-20")


def read_file(file: Path) -> RecordedDay:
    """The day of a file. Refusals: ``day.no_file`` and those of ``day_file.load``."""
    try:
        with file.open("rb") as source:
            return day_file.load(source.read(day_file.MOST_BYTES + 1))
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise Refusal("day.no_file", f"{str(file)!r:.200} is no date, and cannot be read as a file: {told}") from None


def write_file(file: Path, day: RecordedDay) -> None:
    """Keep a day; a file that is there stays. Refusals: ``day.file_exists``, ``day.no_file``."""
    try:
        with file.open("xb") as target:
            target.writelines(day_file.dump(day))
    except FileExistsError:
        raise Refusal("day.file_exists", f"{file} is there already") from None
    except OSError as error:
        raise Refusal("day.no_file", f"{file} cannot be written: {error.strerror or error}") from None


async def in_thread(work: Callable[[Callable[[], None]], T]) -> T:
    """Long work beside the loop, so that Ctrl-C is heard: ``work`` gets a function that raises once it shall stop."""
    stop = threading.Event()

    def check() -> None:
        if stop.is_set():
            raise StoppedError

    try:
        return await asyncio.to_thread(work, check)
    except asyncio.CancelledError:
        stop.set()
        raise
