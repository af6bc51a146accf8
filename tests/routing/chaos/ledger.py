"""Facts of the PBX on their way into the tables: what has happened within some milliseconds is one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from core.db import Database
from core.event import Event
from core.events import InteractionQueued
from tests.fakes import crowd

_TOGETHER_SECONDS = 0.01
_WRITE = {
    "opened": crowd.OPEN_CALLS,
    "answered": """
    insert into call_legs (id, domain, interaction_id, reservation_id, agent_id, role, channel_name, unique_id, state,
                           created_at, answered_at)
    select id, 'main', interaction_id, id, agent_id, 'agent', 'PJSIP/agent', id::text, 'up', now(), now()
    from json_to_recordset($1::json) as t (id uuid, interaction_id uuid, agent_id uuid) on conflict do nothing""",
    "failed": """
    insert into call_legs (id, domain, interaction_id, reservation_id, agent_id, role, channel_name, unique_id, state,
                           end_reason, created_at, ended_at)
    select id, 'main', interaction_id, id, agent_id, 'agent', 'PJSIP/agent', id::text, 'failed', reason, now(), now()
    from json_to_recordset($1::json) as t (id uuid, interaction_id uuid, agent_id uuid, reason text)
    on conflict do nothing""",
    "ended": """
    update call_legs l set state = 'ended', end_reason = t.reason, ended_at = now()
    from json_to_recordset($1::json) as t (id uuid, reason text) where l.id = t.id and l.state = 'up'""",
    "reach": """
    update agent_endpoints e set reachable = t.reachable, reachable_since = now()
    from json_to_recordset($1::json) as t (agent_id uuid, reachable boolean) where e.agent_id = t.agent_id""",
}


class Ledger:
    """Keeps facts until the next transaction; ``run`` writes them for ever."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._opened: list[InteractionQueued] = []
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._events: list[Event] = []
        self._something = asyncio.Event()
        self.slowest = 0.0
        """Seconds that the slowest transaction took."""

    def opened(self, call: InteractionQueued) -> None:
        """A customer waits in a queue."""
        self._opened.append(call)
        self._add(call)

    def add(self, kind: str, event: Event, **row: Any) -> None:
        """A fact of one of the kinds above, with what its row needs and the event that tells of it."""
        self._rows.setdefault(kind, []).append(row)
        self._add(event)

    def leg_ended(self, leg_id: UUID, event: Event, reason: str) -> None:
        """A leg that was up is gone."""
        self.add("ended", event, id=leg_id, reason=reason)

    def _add(self, event: Event) -> None:
        self._events.append(event)
        self._something.set()

    async def run(self) -> None:
        """Write what there is, again and again."""
        loop = asyncio.get_running_loop()
        while True:
            await self._something.wait()
            self._something.clear()
            began = loop.time()
            await self._write()
            self.slowest = max(self.slowest, loop.time() - began)
            await asyncio.sleep(_TOGETHER_SECONDS)

    async def _write(self) -> None:
        opened, rows, events = self._opened, self._rows, self._events
        self._opened, self._rows, self._events = [], {}, []
        async with self._database.unit_of_work("telephony") as work:
            for kind, statement in _WRITE.items():
                if kind == "opened" and opened:
                    await work.fetch(statement, crowd.rows_of(opened))
                elif rows.get(kind):
                    await work.fetch(statement, _json(rows[kind]))
            work.record(*events)


def _json(rows: Sequence[dict[str, Any]]) -> str:
    return orjson.dumps(list(rows), default=str).decode()
