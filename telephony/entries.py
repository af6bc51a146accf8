"""Where a called number leads: a menu, or straight to a queue. Read from the configuration, kept in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from core.address import AddressKind, phone_address
from core.tables import entry_numbers, queues
from telephony.menu.definition import Menu


@dataclass(frozen=True, slots=True)
class QueueRef:
    """The queue that an interaction enters; what it asks of agents is routing's to know. ``callback_after``: after so
    many seconds its callers are told that they may be called instead."""

    queue_id: UUID
    code: str
    callback_after: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """The first step of a call: either ``menu`` or ``queue`` is set. With ``agent_id`` only he is rung for the first
    ``agent_seconds``, then the queue."""

    language: str
    menu: Menu | None = None
    queue: QueueRef | None = None
    agent_id: UUID | None = None
    agent_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Entries:
    """All entries of a domain. Pure lookups; ``load`` reads them.

    ``fallback`` is for numbers that no domain has; those of other domains are ``foreign``.
    """

    menus: Mapping[str, Menu]
    queues: Mapping[str, QueueRef]
    numbers: Mapping[str, Entry]
    region: str
    fallback: Entry | None = None
    by_id: Mapping[UUID, QueueRef] = field(default_factory=dict)
    foreign: frozenset[str] = frozenset()

    def lookup(self, dialed: str) -> Entry | None:
        """The entry of a dialled number, as given or as E.164; one that no domain has takes the fallback."""
        entry = self.numbers.get(dialed)
        if entry is None:
            address = phone_address(dialed, self.region)
            number = address.value if address.kind is AddressKind.PHONE else dialed
            entry = self.numbers.get(number)
            if entry is None and (number in self.foreign or dialed in self.foreign):
                return None
        return entry or self.fallback

    def is_own(self, dialed: str) -> bool:
        """Whether the number is one of this domain; the fallback's numbers are anybody's."""
        entry = self.lookup(dialed)
        return entry is not None and entry is not self.fallback

    def is_direct(self, dialed: str) -> bool:
        """Whether a number of ours leads straight into a queue."""
        entry = self.lookup(dialed)
        return entry is not None and entry is not self.fallback and entry.queue is not None

    def queue(self, code: str) -> QueueRef | None:
        """A queue by its code; an unknown code (a menu newer than the queues) takes any queue there is."""
        return self.queues.get(code) or next(iter(self.queues.values()), None)


async def load_entries(
    connection: AsyncConnection, domain: str, menus: Mapping[str, Menu], region: str, *, takes_unknown: bool = True
) -> Entries:
    """Read queues and numbers of a domain, and which numbers are others'. A number whose menu does not exist takes the
    fallback; where the domain ``takes_unknown`` ones, so do numbers that no domain has."""
    rows = (await connection.execute(select(queues).where(queues.c.domain == domain, queues.c.active))).all()
    by_code = {row.code: _queue(row) for row in sorted(rows, key=lambda row: str(row.code))}
    by_id = {queue.queue_id: queue for queue in by_code.values()}
    fallback = _fallback(menus, by_code)
    found = (await connection.execute(select(entry_numbers))).all()
    own = ((row.number, _entry(row, menus, by_id) or fallback) for row in found if row.domain == domain)
    return Entries(
        menus, by_code, {number: entry for number, entry in own if entry}, region, fallback if takes_unknown else None,
        by_id, frozenset(row.number for row in found if row.domain != domain),
    )  # fmt: skip


def _queue(row: Any) -> QueueRef:
    return QueueRef(row.id, row.code, row.callback_after_seconds)


def _entry(row: Any, menus: Mapping[str, Menu], by_id: Mapping[UUID, QueueRef]) -> Entry | None:
    menu, queue = menus.get(row.menu or ""), by_id.get(row.queue_id)
    if menu:
        return Entry(row.language, menu)
    return Entry(row.language, None, queue, row.agent_id, row.agent_seconds) if queue else None


def _fallback(menus: Mapping[str, Menu], queues_by_code: Mapping[str, QueueRef]) -> Entry | None:
    menu = menus.get("main") or next(iter(menus.values()), None)
    if menu is not None:
        return Entry(menu.languages[0], menu)
    queue = next(iter(queues_by_code.values()), None)
    return Entry("en", None, queue) if queue else None
