"""Where the time of a ring goes, from the moments in the event log between the two INVITEs on the wire."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from sqlalchemy import text

from bench.figures import summary
from bench.load import Ring
from core.db import Database

_MOMENTS = text(
    """
    select i.address, i.id, e.name, min(e.at) as at
    from event_log e join interactions i on i.id = e.interaction_id
    where i.address = any(:addresses) and e.name in ('interaction.created', 'interaction.queued', 'reservation.created')
    group by i.address, i.id, e.name
    """
)
_STEPS = ("caller's INVITE", "interaction.created", "interaction.queued", "reservation.created", "agent's INVITE")


async def steps_of(database: Database, rings: Sequence[Ring], wall_offset: float) -> dict[str, Any]:
    """Summary of each step; ``wall_offset`` turns ``perf_counter`` seconds into Unix time (one machine, one clock)."""
    calls = await _calls(database, sorted({_address(ring) for ring in rings}))
    whole = []
    for ring in rings:
        dialled, rung = ring.dialled_at + wall_offset, ring.rung_at + wall_offset
        for seen in calls[_address(ring)]:
            if dialled <= seen.get(_STEPS[1], 0.0) <= rung and all(step in seen for step in _STEPS[1:4]):
                whole.append({**seen, _STEPS[0]: dialled, _STEPS[-1]: rung})
    return {f"{a} → {b}": summary([seen[b] - seen[a] for seen in whole]) for a, b in pairwise(_STEPS)}


def _address(ring: Ring) -> str:
    return f"+86{ring.caller}"


async def _calls(database: Database, addresses: list[str]) -> dict[str, list[dict[str, float]]]:
    async with database.engine.connect() as connection:
        rows = (await connection.execute(_MOMENTS, {"addresses": addresses})).all()
    moments: dict[Any, dict[str, float]] = defaultdict(dict)
    for row in rows:
        moments[row.address, row.id][row.name] = row.at.timestamp()
    calls: dict[str, list[dict[str, float]]] = defaultdict(list)
    for (address, _), seen in moments.items():
        calls[address].append(seen)
    return calls
