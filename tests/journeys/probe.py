"""What PostgreSQL knows at the end of a journey: nothing lost, nothing given twice, everything told once."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from core.db import Database
from tests.journeys.waiting import until

Row = dict[str, Any]

_BY_NUMBER = text("select * from interactions where address = :address order by created_at")
_BY_NAME = text("select * from interactions where caller_name = :name order by created_at")
_ONE = text("select * from interactions where id = :id")
_RESERVATIONS = text("select * from reservations where interaction_id = :id order by created_at")
_EVENTS = text("select name, at, actor, payload from event_log where interaction_id = :id order by position")
_AGENT = text(
    "select s.*, a.code, a.name, e.reachable from agent_states s join agents a on a.id = s.agent_id "
    "left join agent_endpoints e on e.agent_id = a.id where s.agent_id = :id"
)
_LEGS = text("select * from call_legs where interaction_id = :id order by created_at")
_DELIVERIES = text(
    "select d.*, o.payload from deliveries d join outbox o on o.id = d.outbox_id where o.interaction_id = :id"
)
_LIVE_PAIRS = text(
    "select interaction_id, agent_id, count(*) from reservations where released_at is null "
    "group by grouping sets ((interaction_id), (agent_id)) having count(*) > 1"
)
_UNANNOUNCED = text("select count(*) from event_unpublished where at < now() - interval '3 seconds'")
_STRAY_LEGS = text(
    "select l.* from call_legs l join interactions i on i.id = l.interaction_id "
    "where l.state in ('ringing', 'up') and i.state = 'closed' and i.id = :id"
)
_TIMELINE = text("select * from timeline_entries where interaction_id = :id")


class Probe:
    """Reads the product's database; never writes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows(self, statement: Any, **values: Any) -> list[Row]:
        """The rows of a query as dictionaries; ``statement`` is text() or a string."""
        query = text(statement) if isinstance(statement, str) else statement
        async with self._database.engine.connect() as connection:
            return [dict(row._mapping) for row in await connection.execute(query, values)]

    async def interactions_of(self, address: str) -> list[Row]:
        """Every interaction of a caller's number (E.164)."""
        return await self.rows(_BY_NUMBER, address=address)

    async def interaction(self, interaction_id: UUID) -> Row:
        """One interaction."""
        return (await self.rows(_ONE, id=interaction_id))[0]

    async def one_call(self, address: str, *states: str, seconds: float = 10) -> Row:
        """The only interaction of that number, once it stands in one of ``states`` (any when none is named)."""

        async def look() -> Row | None:
            found = await self.interactions_of(address)
            assert len(found) <= 1, f"one call became {len(found)} interactions"
            return found[0] if found and (not states or found[0]["state"] in states) else None

        return await until(look, seconds, f"the call of {address} is {' or '.join(states) or 'known'}")

    async def state(self, interaction_id: UUID, *states: str, seconds: float = 10) -> Row:
        """The interaction, once it stands in one of ``states``."""

        async def look() -> Row | None:
            row = await self.interaction(interaction_id)
            return row if row["state"] in states else None

        return await until(look, seconds, f"interaction {interaction_id} is {' or '.join(states)}")

    async def agent(self, agent_id: UUID) -> Row:
        """An agent's two states, with ``reachable`` of their phone."""
        return (await self.rows(_AGENT, id=agent_id))[0]

    async def agent_is(self, agent_id: UUID, seconds: float = 10, **wanted: Any) -> Row:
        """The agent, once the named columns have the wanted values."""

        async def look() -> Row | None:
            row = await self.agent(agent_id)
            return row if all(row[key] == value for key, value in wanted.items()) else None

        return await until(look, seconds, f"agent {agent_id} has {wanted}")

    async def reservations(self, interaction_id: UUID) -> list[Row]:
        """Every offer of an interaction, oldest first."""
        return await self.rows(_RESERVATIONS, id=interaction_id)

    async def legs(self, interaction_id: UUID) -> list[Row]:
        """Every leg of an interaction, oldest first."""
        return await self.rows(_LEGS, id=interaction_id)

    async def events(self, interaction_id: UUID, name: str = "") -> list[Row]:
        """The events of an interaction in order, all or those of one name."""
        found = await self.rows(_EVENTS, id=interaction_id)
        return [row for row in found if not name or row["name"] == name]

    async def deliveries(self, interaction_id: UUID) -> list[Row]:
        """How far the outcome got, one row a connector."""
        return await self.rows(_DELIVERIES, id=interaction_id)

    async def timeline(self, interaction_id: UUID) -> list[Row]:
        """The lines of the customer's history that come from this interaction."""
        return await self.rows(_TIMELINE, id=interaction_id)

    async def check(self, interaction_id: UUID) -> None:
        """The promises about one finished interaction; see the module's first line."""
        row = await self.state(interaction_id, "closed")
        assert row["end_reason"] and row["closed_at"], "a closed interaction says why and when"
        self._check_offers(await self.reservations(interaction_id))
        await self._no_leg_left(interaction_id)
        assert await self.rows(_LIVE_PAIRS) == [], "something is given twice"
        versions = [event["payload"].get("version") for event in await self.events(interaction_id)
                    if event["name"].startswith("interaction.")]  # fmt: skip
        assert versions == sorted(versions), f"versions of the interaction go astray: {versions}"

        async def all_told() -> bool:
            return (await self.rows(_UNANNOUNCED))[0]["count"] == 0

        await until(all_told, 5, "every committed event is announced")

    async def _no_leg_left(self, interaction_id: UUID) -> None:
        async def none() -> bool:
            return await self.rows(_STRAY_LEGS, id=interaction_id) == []

        await until(none, 3, "no leg outlives its interaction")

    @staticmethod
    def _check_offers(offers: list[Row]) -> None:
        ended: datetime | None = None
        for offer in offers:
            assert offer["released_at"], f"offer {offer['id']} was never let go"
            if offer["together"] and offer["state"] != "accepted":
                continue  # it rang at several, as it should
            assert ended is None or offer["created_at"] >= ended, "two agents had the interaction at once"
            ended = offer["released_at"]

    async def check_outcome_told_once(self, interaction_id: UUID) -> Row:
        """The outcome is delivered: one row, state ``delivered``. The receiver's own count is in ``Webhooks``."""

        async def delivered() -> Row | None:
            rows = await self.deliveries(interaction_id)
            assert len(rows) <= 1, "one outcome, one delivery a connector"
            return rows[0] if rows and rows[0]["state"] == "delivered" else None

        return await until(delivered, 15, f"the outcome of {interaction_id} is delivered")
