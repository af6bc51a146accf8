"""Who is the writer: a session advisory lock, and an epoch that rises with every new holder.

A dead writer's session ends, and its lock with it. A paused one keeps its session, so its heartbeat is watched:
a standby that sees it overdue ends the session. Should the old one wake, it finds its connection gone; every
commit checks the epoch too.

A candidate ``beside`` the telephony that rings for the domain decides sooner than any other, for its facts and its
offers need no way through the bus: it asks a writer that stands elsewhere to make room, and gets the office.
"""

from __future__ import annotations

import asyncio
import os
import socket
import zlib
from collections.abc import Iterable

from core.errors import Refusal
from core.logs import logger
from routing.writer.session import DeposedError, WriterSession

log = logger(__name__)

CHECK_SECONDS = 0.1
HEARTBEAT_SECONDS = 0.1
OVERDUE_SECONDS = 0.6
_LOCK_CLASS = 0x484F544C

_TAKE = """
with taken as materialized (select pg_try_advisory_lock($1, $2) as held)
update domains set epoch = epoch + 1, writer = $4, writer_since = now(), writer_seen_at = clock_timestamp()
where id = $3 and (select held from taken) returning epoch
"""
_END_OVERDUE = """
select l.pid, pg_terminate_backend(l.pid) as ended from pg_locks l, domains d
where d.id = $3 and d.writer_seen_at < clock_timestamp() - make_interval(secs => $4)
  and l.locktype = 'advisory' and l.classid = $1::bigint::oid and l.objid = $2::bigint::oid and l.objsubid = 2
  and l.database = (select oid from pg_database where datname = current_database())
  and l.granted and l.pid <> pg_backend_pid()
"""
_BEAT = """
with quick as materialized (select set_config('synchronous_commit', 'off', true))
update domains set writer_seen_at = clock_timestamp() from quick where id = $1 and epoch = $2 returning epoch
"""
_ASK = "select pg_notify($1, $2)"
_CHANNEL = "hotline_writer"


class MakeRoomError(Exception):
    """A candidate who is better placed wants the office."""


def lock_key(domain: str) -> int:
    """The second half of the advisory lock's key."""
    return zlib.crc32(domain.encode()) & 0x7FFFFFFF


def check_lock(domain: str, others: Iterable[str]) -> None:
    """Raise Refusal when a new domain would share its lock with one of the others: one would never be served."""
    same = [other for other in others if other != domain and lock_key(other) == lock_key(domain)]
    if same:
        raise Refusal("domain.code_collides", f"{domain} cannot stand beside {same[0]}; choose another code.")


def writer_name() -> str:
    """Who we are, for people who look into the table."""
    return f"{socket.gethostname()}:{os.getpid()}"


async def campaign(session: WriterSession, domain: str, *, beside: bool = False) -> int:
    """Stand by until this session holds the domain's lock; returns the new epoch. ``beside`` asks for it.

    Raises ``SessionLostError`` when the connection goes.
    """
    while True:
        epoch = await _take(session, domain)
        if epoch is not None:
            log.info("elected as writer", domain=domain, epoch=epoch)
            return epoch
        await _end_overdue(session, domain)
        if beside:
            await session.fetch(_ASK, _CHANNEL, domain)
        await asyncio.sleep(CHECK_SECONDS)


async def _take(session: WriterSession, domain: str) -> int | None:
    rows = await session.fetch(_TAKE, _LOCK_CLASS, lock_key(domain), domain, writer_name())
    return int(rows[0]["epoch"]) if rows else None


async def _end_overdue(session: WriterSession, domain: str) -> None:
    rows = await session.fetch(_END_OVERDUE, _LOCK_CLASS, lock_key(domain), domain, OVERDUE_SECONDS)
    for row in rows:
        log.warning("ended the session of a writer that is overdue", domain=domain, pid=row["pid"])


async def make_room(session: WriterSession, domain: str) -> None:
    """Wait until a candidate who is better placed asks for the office. Raises ``MakeRoomError`` then."""
    asked = asyncio.Event()
    await session.on_notice(_CHANNEL, lambda wanted: asked.set() if wanted == domain else None)
    await asked.wait()
    raise MakeRoomError(domain)


async def beat(session: WriterSession, domain: str, epoch: int) -> None:
    """Tell for ever that this writer is alive. Raises ``DeposedError`` when the epoch was raised."""
    while True:
        if not await session.fetch(_BEAT, domain, epoch):
            raise DeposedError("writer.deposed")
        await asyncio.sleep(HEARTBEAT_SECONDS)
