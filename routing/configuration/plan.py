"""Plan and apply: what a text would change, and the same done in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.db import Database, UnitOfWork
from core.events import ConfigurationChanged
from core.logs import logger
from routing.configuration import load, statements, versions
from routing.configuration.check import InUse, already_stranded, check
from routing.configuration.difference import Change, difference
from routing.configuration.export import export
from routing.configuration.model import Whole
from routing.configuration.read import read
from routing.configuration.source import NOUN, ConfigurationInvalid
from routing.configuration.touched import touched
from routing.configuration.write import write

log = logger(__name__)

_NO_MENUS: Mapping[str, str] = {}
_WHAT_WAS = frozenset({f"{NOUN}.stranded_queue", f"{NOUN}.never_open"})
"""No reason to refuse a configuration that was in force already."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would change. ``touched``: interactions that wait now and are routed anew; ``warnings``: for people."""

    wanted: Whole
    changes: list[Change]
    touched: int = 0
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Applied:
    """A plan that was carried out as ``version``; None when it changed nothing."""

    plan: Plan
    version: int | None


async def plan(database: Database, text: str, menus: Mapping[str, str] = _NO_MENUS) -> Plan:
    """What a text would change. ``menus``: queue code to the menu that leads there.

    Raises ConfigurationInvalid with every problem and its line.
    """
    async with database.reading() as connection:
        return (await _plan(connection, database.domain, text, menus))[1]


async def apply(
    database: Database, text: str, *, author: str, note: str = "", menus: Mapping[str, str] = _NO_MENUS
) -> Applied:
    """Do it: all or nothing, as a new version; whoever routes hears of it after the commit. Raises as ``plan``."""
    async with database.unit_of_work(f"{NOUN}:{author}") as work:
        await work.fetch(statements.LOCK, work.domain)
        return await _apply(work, text, author=author, note=note, menus=menus)


async def rollback(
    database: Database, version: int | None, *, author: str, menus: Mapping[str, str] = _NO_MENUS
) -> tuple[versions.Version, Applied]:
    """Make the configuration what it was at a version (by default: before the newest), as a new version.

    Raises NotFound, and ConfigurationInvalid when something outside relies on what would go.
    """
    async with database.unit_of_work(f"{NOUN}:{author}") as work:
        await work.fetch(statements.LOCK, work.domain)
        target = await versions.find_version(work, work.domain, version)
        note = f"rollback to {target.version}"
        applied = await _apply(work, target.text, author=author, note=note, menus=menus, was_in_force=True)
    return target, applied


async def export_live(database: Database) -> str:
    """The live configuration as a text that plans to no change."""
    async with database.reading() as connection:
        return export(await load.load_live(connection, database.domain))


async def _apply(
    work: UnitOfWork, text: str, *, author: str, note: str, menus: Mapping[str, str], was_in_force: bool = False
) -> Applied:
    live, planned = await _plan(work, work.domain, text, menus, was_in_force=was_in_force)
    if not planned.changes:
        return Applied(planned, None)
    await work.fetch(statements.DOMAIN, work.domain)
    await versions.note_as_found(work, live)
    await write(work, planned.changes, planned.wanted)
    version = await versions.note_change(work, planned.wanted, planned.changes, author=author, note=note, source=text)
    work.record(ConfigurationChanged(what=NOUN))
    log.info("configuration applied", version=version, changes=len(planned.changes), touched=planned.touched)
    return Applied(planned, version)


async def _plan(
    connection: load.Executes, domain: str, text: str, menus: Mapping[str, str], *, was_in_force: bool = False
) -> tuple[Whole, Plan]:
    live = await load.load_live(connection, domain)
    file, lines = read(text, live.company.time_zone)
    wanted = live.with_sections_of(file)
    in_use: InUse = await load.load_in_use(connection, domain, menus)
    problems = check(wanted, live, lines, in_use)
    refused = [problem for problem in problems if not (was_in_force and problem.code in _WHAT_WAS)]
    if refused:
        raise ConfigurationInvalid(refused)
    changes = difference(live, wanted)
    waiting = await load.load_waiting(connection, domain)
    warnings = [problem.message for problem in problems]
    warnings += [f"queue {code!r} is stranded, as before" for code in already_stranded(wanted, live)]
    return live, Plan(wanted, changes, touched(changes, live, wanted, waiting), warnings)
