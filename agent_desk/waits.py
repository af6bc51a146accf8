"""Places in the queues and estimated waits, as the writer laid them out a moment ago."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import redis.asyncio as redis
from redis.exceptions import RedisError

from agent_desk.bodies import Wait, WaitView
from agent_desk.ownership import Asker
from core import valkey_keys
from core.db import Database
from core.errors import NotFound, Unavailable
from core.interaction import InteractionState
from routing.explanation_reads import read_subject

_UNKNOWN = "interaction.unknown", "There is no such contact of yours."


async def all_waits(valkey: redis.Redis, domain: str) -> list[WaitView]:
    """Everybody who waits, by queue and place. ``Unavailable`` (``waits.unavailable``) while Valkey is away."""
    at, rows = await _laid_out(valkey, domain)
    found = [_view(interaction_id, at, row) for interaction_id, row in rows.items()]
    return sorted(found, key=lambda view: (str(view.queue_id), view.position))


async def wait_of(database: Database, valkey: redis.Redis, interaction_id: UUID, asker: Asker) -> Wait:
    """Where one contact stands: supervisors ask about any, agents about their own.

    ``NotFound`` (``interaction.unknown``), ``Unavailable`` (``waits.unavailable``).
    """
    async with database.reading() as connection:
        subject = await read_subject(connection, database.domain, interaction_id)
    if subject is None:
        raise NotFound(*_UNKNOWN)
    asker.demand(subject.agent_id, *_UNKNOWN)
    place = None
    if subject.state is InteractionState.QUEUED:
        at, rows = await _laid_out(valkey, database.domain)
        row = rows.get(str(interaction_id))
        place = _view(str(interaction_id), at, row) if row else None
    return Wait(interaction_id=subject.id, version=subject.version, state=subject.state, place=place)


async def _laid_out(valkey: redis.Redis, domain: str) -> tuple[datetime, dict[str, list[Any]]]:
    """The moment at which they were looked at, and by interaction queue, place, low, likely and high."""
    try:
        text = await valkey.get(valkey_keys.waits(domain))
    except (RedisError, OSError) as error:
        raise Unavailable("waits.unavailable", "Nobody knows at present how long it takes.") from error
    found: dict[str, Any] = orjson.loads(text) if text else {"at": 0.0, "waits": {}}
    return datetime.fromtimestamp(found["at"], UTC), found["waits"]


def _view(interaction_id: str, at: datetime, row: list[Any]) -> WaitView:
    queue_id, position, low, likely, high = row
    return WaitView(
        interaction_id=UUID(interaction_id), queue_id=UUID(queue_id), at=at, position=position, low_seconds=low,
        likely_seconds=likely, high_seconds=high,
    )  # fmt: skip
