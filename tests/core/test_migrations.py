"""A database of an earlier version comes along with what is in it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

import core
from core.db import Database
from core.migrate import migrate


def _to_first(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(core.__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")


_BEFORE = (
    "insert into domains (id) values ('north')",
    "insert into queues (id, domain, code, name_en, name_zh) values (gen_random_uuid(), 'main', 'old', 'Old', '旧')",
    "insert into agents (id, domain, code, name) values (gen_random_uuid(), 'main', 'ann', 'Ann')",
    "insert into queue_memberships (queue_id, agent_id) select q.id, a.id from queues q, agents a",
    "insert into customers (id, domain, name) values (gen_random_uuid(), 'main', 'C')",
    """insert into interactions (id, domain, channel, state, customer_id, address_kind, address, queue_id, created_at,
           queued_at)
       select gen_random_uuid(), 'main', 'voice', 'queued', c.id, 'phone', '', q.id, now(), now()
       from customers c, queues q""",
)


async def test_what_was_configured_and_who_waits_comes_along(quiet_database: Database) -> None:
    async with quiet_database.engine.begin() as connection:
        await connection.execute(text("drop schema public cascade"))
        await connection.execute(text("create schema public"))
        await connection.run_sync(_to_first)
        for statement in _BEFORE:
            await connection.execute(text(statement))
    await migrate(quiet_database.engine)
    await migrate(quiet_database.engine)
    async with quiet_database.reading() as connection:
        queue = (await connection.execute(text("select * from queues"))).one()
        assert (queue.code, queue.ring_strategy, queue.closed_action, queue.targets) == ("old", "best", "message", {})
        assert (await connection.execute(text("select priority from queue_memberships"))).scalar_one() == 1
        waiting = (await connection.execute(text("select * from interactions"))).one()
        assert (waiting.kind, waiting.tier, waiting.preferred_skills) == ("live", "standard", {})
        policies = await connection.execute(
            text("select domain, tier, head_start from service_policies order by 1, position")
        )
        told = [tuple(row) for row in policies]
    tiers = [("key", None), ("gold", None), ("silver", None), ("standard", None)]
    assert told == [(domain, *tier) for domain in ("main", "north") for tier in tiers]
