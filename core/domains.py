"""The domains (tenants) of an installation, and what a process runs for each of them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import available_timezones

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.address import clean_text
from core.db import Database, UnitOfWork
from core.errors import Conflict, NotFound, Refusal
from core.logs import logger
from core.tasks import end

log = logger(__name__)

LOOK_SECONDS = 1.0
_AWAY_SECONDS = 0.3
_AGAIN_SECONDS = 1.0
_ACTIVE = text("select id from domains where active order by id")
_ALL = text("select id as code, name, time_zone, active, writer, writer_seen_at from domains order by id")
_NUMBERS = text("select domain, number from entry_numbers order by number")
_ADD = text("insert into domains (id, name, time_zone) values (:code, :name, :time_zone) on conflict do nothing")
_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}\Z", re.ASCII)
_LONGEST_NAME = 200
_AWAY = (SQLAlchemyError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True)
class Domain:
    """One domain, with the numbers that lead into it, and who writes there (``host:pid``) as far as was seen."""

    code: str
    name: str
    time_zone: str
    active: bool
    writer: str | None
    writer_seen_at: datetime | None
    numbers: tuple[str, ...]


Serve = Callable[[str], Coroutine[Any, Any, None]]


async def add_domain(work: UnitOfWork, code: str, name: str, time_zone: str) -> None:
    """Make a domain. Raises Refusal for what cannot be meant, Conflict when there is one of that code."""
    if not _CODE.match(code):
        raise Refusal("domain.code", "A domain's code is a-z, 0-9 and -, begins with a letter, has 40 at most.")
    shown = clean_text(name, _LONGEST_NAME)
    if not shown:
        raise Refusal("domain.name", "A domain needs a name.")
    if time_zone not in available_timezones():
        raise Refusal("domain.time_zone", f"There is no time zone {time_zone!r}; one is Europe/London.")
    values = {"code": code, "name": shown, "time_zone": time_zone}
    if not (await work.execute(_ADD, values)).rowcount:
        raise Conflict("domain.exists", f"There is a domain {code} already.")


async def list_domains(database: Database) -> list[Domain]:
    """All of them, by code."""
    async with database.reading() as connection:
        numbers = (await connection.execute(_NUMBERS)).all()
        return [
            Domain(**row._asdict(), numbers=tuple(each.number for each in numbers if each.domain == row.code))
            for row in await connection.execute(_ALL)
        ]


async def require_domain(database: Database) -> None:
    """Raise NotFound unless the domain of ``database`` exists."""
    if database.domain not in {each.code for each in await list_domains(database)}:
        raise NotFound("domain.unknown", f"There is no domain {database.domain!r}; ./hotline domain add makes one.")


async def serve_each(database: Database, serve: Serve, *, but: Collection[str] = ()) -> None:
    """Run ``serve`` for every active domain (``but`` for these), each as a task of its own, until cancelled.

    A domain that is added is served within a second or so, one that is retired no longer. One whose part fails is
    begun anew, and the others do not notice. While PostgreSQL is away everything stays as it is.
    """
    running: dict[str, asyncio.Task[None]] = {}
    try:
        while True:
            active = await _look(database)
            if active is not None:
                await _follow(running, active.difference(but), serve)
            await asyncio.sleep(LOOK_SECONDS if active is not None else _AWAY_SECONDS)
    finally:
        await end(*running.values())


async def _look(database: Database) -> set[str] | None:
    """The active domains, None while PostgreSQL does not answer."""
    try:
        async with database.glance() as connection:
            return set((await connection.execute(_ACTIVE)).scalars())
    except _AWAY as error:
        log.warning("domains could not be read", error=str(error)[:200])
        return None


async def _follow(running: dict[str, asyncio.Task[None]], active: Collection[str], serve: Serve) -> None:
    for domain in sorted(set(active) - running.keys()):
        running[domain] = asyncio.create_task(_keep(domain, serve), name=f"domain {domain}")
    for domain in running.keys() - set(active):
        log.info("domain is served no longer", domain=domain)
        await end(running.pop(domain))


async def _keep(domain: str, serve: Serve) -> None:
    structlog.contextvars.bind_contextvars(domain=domain)
    while True:
        try:
            await serve(domain)
        except Exception:
            log.exception("what serves a domain has failed, beginning anew")
        await asyncio.sleep(_AGAIN_SECONDS)
