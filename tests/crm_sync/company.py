"""A small company in the database for these tests: one agent, one queue, an outcome tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, text

from core import clock, tables
from core.address import phone_address
from core.db import Database
from core.ids import new_id
from core.interaction import EndReason, InteractionState
from core.interactions import open_interaction
from crm_sync.identity import Directory
from crm_sync.outcome import Concluded, record_outcome

CODES = [
    ("shipment", None, True), ("shipment.delayed", "shipment", True), ("shipment.lost", "shipment", True),
    ("done", None, True), ("old", None, False),
]  # fmt: skip


@dataclass
class Company:
    database: Database
    agent: UUID = field(default_factory=new_id)
    queue: UUID = field(default_factory=new_id)

    async def settle(self) -> None:
        """Write the configuration."""
        async with self.database.unit_of_work("test") as work:
            await work.execute(
                insert(tables.agents).values(id=self.agent, domain=self.database.domain, code="lin", name="Lin")
            )
            queue = {
                "id": self.queue,
                "domain": self.database.domain,
                "code": "shipments",
                "name_en": "Shipments",
                "name_zh": "货物",
            }
            await work.execute(insert(tables.queues).values(queue))
            for position, (code, parent, active) in enumerate(CODES):
                names = {"name_en": code.title(), "name_zh": f"{code}中"}
                values = {
                    "domain": self.database.domain,
                    "code": code,
                    "parent": parent,
                    "position": position,
                    "active": active,
                }
                await work.execute(insert(tables.outcome_codes).values(**values, **names))

    async def add_connector(self, url: str, secret: str, name: str = "crm", **options: Any) -> UUID:
        """A webhook connector that may reach this machine."""
        made = new_id()
        config = {"url": url, "allow_private": True, **options}
        values = {
            "id": made,
            "domain": self.database.domain,
            "name": name,
            "kind": "webhook",
            "config": config,
            "secret": secret,
        }
        async with self.database.unit_of_work("test") as work:
            await work.execute(insert(tables.connectors).values(**values, enabled=True))
        return made

    async def add_call(self, number: str = "+447700900123", *, served: bool = True, name: str = "Ann") -> UUID:
        """A call that ended: served and in its wrap-up, or given up in the queue and closed."""
        made, now = new_id(), clock.now()
        async with self.database.unit_of_work("test") as work:
            customer = await Directory().resolve(work, phone_address(number, "GB"), name)
            open_interaction(
                work, made, state=InteractionState.WRAPPING if served else InteractionState.CLOSED, channel="voice",
                customer_id=customer.customer_id, address_kind="phone", address=number, called_number="+442079460100",
                menu="main", menu_path=[{"node": "main", "choice": "1", "label": "Shipments"}], queue_id=self.queue,
                agent_id=self.agent if served else None,
                end_reason=(EndReason.COMPLETED if served else EndReason.ABANDONED_IN_QUEUE).value,
                created_at=now - timedelta(seconds=100), queued_at=now - timedelta(seconds=90),
                answered_at=now - timedelta(seconds=60) if served else None, ended_at=now - timedelta(seconds=10),
                closed_at=None if served else now,
            )  # fmt: skip
        return made

    async def conclude(self, interaction_id: UUID, code: str = "done", note: str = "All well.") -> Concluded:
        """The agent concludes the call."""
        async with self.database.unit_of_work("test") as work:
            return await record_outcome(work, interaction_id, self.agent, code, note, 12)

    async def rows(self, query: str, **values: Any) -> list[Any]:
        """Rows of a query."""
        async with self.database.engine.connect() as connection:
            return list(await connection.execute(text(query), values))

    async def value(self, query: str, **values: Any) -> Any:
        """The one value of a query."""
        return (await self.rows(query, **values))[0][0]
