"""What a writer that died has committed and not announced: its offers must ring at once, not when somebody sweeps."""

from __future__ import annotations

from core.event import Event
from core.events import parse_event
from routing.writer.session import WriterSession

_LEFT = """
select l.position, l.name, l.payload::text as payload from event_unpublished u join event_log l using (position)
where l.domain = $1 and l.actor = 'routing' order by l.position limit 5000
"""


async def left_unannounced(session: WriterSession, domain: str) -> list[tuple[int, Event]]:
    """Decisions that may not have reached the bus, with their positions; readers drop what they have seen."""
    rows = await session.fetch(_LEFT, domain)
    parsed = [(row["position"], parse_event(row["name"], row["payload"])) for row in rows]
    return [(position, event) for position, event in parsed if event is not None]
