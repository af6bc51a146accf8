"""Where the time of a ring goes, from the moments in the event log between the two INVITEs on the wire."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import text

from bench.figures import summary
from bench.load import Ring
from core.db import Database

_MOMENTS = text(
    """
    select i.address, e.name, min(e.at) as at from event_log e join interactions i on i.id = e.interaction_id
    where i.address = any(:addresses) and e.name in ('interaction.created', 'interaction.queued', 'reservation.created')
    group by i.address, e.name
    """
)
_STEPS = ("caller's INVITE", "interaction.created", "interaction.queued", "reservation.created", "agent's INVITE")


async def steps_of(database: Database, rings: Sequence[Ring], wall_offset: float) -> dict[str, Any]:
    """Summary of each step; ``wall_offset`` turns ``perf_counter`` seconds into Unix time (one machine, one clock)."""
    addresses = {f"+86{ring.caller}": ring for ring in rings}
    async with database.engine.connect() as connection:
        rows = (await connection.execute(_MOMENTS, {"addresses": list(addresses)})).all()
    moments: dict[str, dict[str, float]] = {}
    for row in rows:
        moments.setdefault(row.address, {})[row.name] = row.at.timestamp()
    for address, ring in addresses.items():
        seen = moments.setdefault(address, {})
        seen[_STEPS[0]], seen[_STEPS[-1]] = ring.dialled_at + wall_offset, ring.rung_at + wall_offset
    whole = [seen for seen in moments.values() if all(step in seen for step in _STEPS)]
    return {f"{a} → {b}": summary([seen[b] - seen[a] for seen in whole]) for a, b in pairwise(_STEPS)}
