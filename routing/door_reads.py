"""Reading the doors of a domain's queues."""

from __future__ import annotations

from typing import Any, Protocol

from core.doors import Announcement
from routing.configuration.load import announce_of, schedule_of
from routing.configuration.model import Action, Said
from routing.floor.doors import Door, Doors, Way

_DOORS = """
select q.id, q.closed_action, q.closed_queue_id, q.closed_waiting, q.full_length, q.full_estimate_seconds,
       q.full_action, q.full_queue_id, q.announce,
       q.closed_message, q.full_message, s.time_zone, s.weekly, s.special_days, s.holidays
from queues q left join schedules s on s.id = q.schedule_id
where q.domain = $1 and (s.id is not null or q.full_length is not null or q.full_estimate_seconds is not null
                         or q.announce is not null)
"""


class Reads(Protocol):
    """A connection for reads; JSON comes as Python's values."""

    async def fetch(self, statement: str, *values: Any) -> list[Any]:
        """The rows of a statement with ``$1`` …"""


async def read_doors(connection: Reads, domain: str) -> Doors:
    """Hours, limits and announcements of all queues that have any."""
    return Doors(_door(row) for row in await connection.fetch(_DOORS, domain))


def _door(row: Any) -> Door:
    return Door(
        queue_id=row["id"], schedule=schedule_of(row) if row["time_zone"] else None,
        closed=Way(Action(row["closed_action"]), row["closed_queue_id"], row["closed_message"]),
        closed_waiting=row["closed_waiting"],
        full_length=row["full_length"], full_estimate_seconds=row["full_estimate_seconds"],
        full=Way(Action(row["full_action"]), row["full_queue_id"], row["full_message"]),
        announcement=_announcement(row["announce"]),
    )  # fmt: skip


def _announcement(value: dict[str, Any] | None) -> Announcement | None:
    found = announce_of(value)
    if found is None:
        return None
    return Announcement(
        found.after_seconds,
        found.every_seconds,
        position=found.say is not Said.WAIT,
        wait=found.say is not Said.POSITION,
    )
