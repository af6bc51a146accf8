"""Giving a number to a domain: where its callers are led."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.address import AddressKind, phone_address
from core.db import UnitOfWork
from core.errors import Conflict, NotFound, Refusal
from core.events import ConfigurationChanged

_LONGEST = 64
_PUT = text(
    """
    insert into entry_numbers (number, domain, menu, queue_id, language, name)
    values (:number, :domain, :menu, :queue, :language, :name)
    on conflict (number) do update set menu = excluded.menu, queue_id = excluded.queue_id,
        language = excluded.language, name = excluded.name
    where entry_numbers.domain = excluded.domain returning number
    """
)
_MENUS = text("select distinct menu from entry_numbers where domain = :domain and menu is not null")
_QUEUE = text("select id from queues where domain = :domain and code = :code and active")


async def menus_of(connection: AsyncConnection, domain: str) -> set[str]:
    """The menus to which numbers of a domain lead."""
    return set((await connection.execute(_MENUS, {"domain": domain})).scalars())


async def assign_number(
    work: UnitOfWork, number: str, region: str, *, menu: str | None, queue: str | None, language: str, name: str
) -> str:
    """Lead a number to a menu, or straight to a queue of the domain; returns it as it is kept (E.164 where it is one).

    Raises NotFound for a queue that the domain has not, Conflict for a number of another domain, Refusal.
    """
    address = phone_address(number, region)
    kept = address.value if address.kind is AddressKind.PHONE else number.strip()
    if not kept or len(kept) > _LONGEST or (menu is None) == (queue is None):
        raise Refusal("number.invalid", "A number is 1 to 64 characters and leads to one menu or one queue.")
    queue_id = None
    if queue is not None:
        row = await work.one_or_none(_QUEUE, {"domain": work.domain, "code": queue})
        if row is None:
            raise NotFound("queue.unknown", f"The domain {work.domain} has no queue {queue!r}.")
        queue_id = row.id
    about = {"language": language, "name": name}
    values = {"number": kept, "domain": work.domain, "menu": menu, "queue": queue_id, **about}
    if await work.one_or_none(_PUT, values) is None:
        raise Conflict("number.taken", f"{kept} belongs to another domain.")
    work.record(ConfigurationChanged(what="numbers"))
    return kept
