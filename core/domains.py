"""The domains (tenants) of an installation, and what a process runs for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.db import Database
from core.logs import logger
from core.tasks import end

log = logger(__name__)

LOOK_SECONDS = 1.0
_AWAY_SECONDS = 0.3
_AGAIN_SECONDS = 1.0
_ACTIVE = text("select id from domains where active order by id")
_AWAY = (SQLAlchemyError, OSError, TimeoutError)

Serve = Callable[[str], Coroutine[Any, Any, None]]


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
