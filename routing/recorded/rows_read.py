"""Reading a day of a domain's own past from PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, text

from core import clock
from core.agent import Presence, ReservationState
from core.errors import NotFound, Refusal
from core.interaction import EndReason
from routing.configuration.load import Executes
from routing.floor.calls import BUSY_ASIDE
from routing.recorded.day import LIVE, MOST_CONTACTS, MOST_RINGS, Contact, RecordedDay, Ring, Staffer
from routing.recorded.duty import Notice, away_after, duty

_LEFT = frozenset({EndReason.ABANDONED_IN_QUEUE.value, EndReason.ABANDONED_RINGING.value})
_ZONE = text("select time_zone from domains where id = :domain")
_CONTACTS = text(
    """
    select i.id, i.channel, i.kind, i.state, i.tier, i.credit_grade, i.required_skills, i.preferred_skills, i.priority,
           i.target_seconds, i.queued_at, i.answered_at, i.ended_at, i.closed_at, i.end_reason, q.code as queue,
           m.code as account_manager, l.code as last_agent, i.demanded_agents, i.demanded_until
    from interactions i join queues q on q.id = i.queue_id
    left join agents m on m.id = i.account_manager_id left join agents l on l.id = i.last_agent_id
    where i.domain = :domain and i.queued_at >= :since and i.queued_at < :until
    order by i.queued_at, i.id limit :most
    """
)
_OFFERS = text(
    """
    select r.interaction_id, r.agent_id, r.state, r.together, r.created_at, r.decided_at, r.released_at
    from interactions i join reservations r on r.interaction_id = i.id
    where i.domain = :domain and i.queued_at >= :since and i.queued_at < :until and r.state <> 'pending'
    order by r.created_at, r.id
    """
)
_AGENTS = text("select id, code from agents where domain = :domain")
_NOTICES = text(  # of the day, and for each agent and kind the last one before it
    """
    select agent_id, name, at, payload from event_log
    where domain = :domain and name in ('agent.presence_changed', 'endpoint.reachability_changed')
      and agent_id is not null and at >= :since and at < :until
    union all
    select e.agent_id, e.name, e.at, e.payload
    from agents a cross join (values ('agent.presence_changed'), ('endpoint.reachability_changed')) k (name)
    cross join lateral (
        select * from event_log l where l.domain = :domain and l.agent_id = a.id and l.name = k.name
          and l.name in ('agent.presence_changed', 'endpoint.reachability_changed') and l.at < :since
        order by l.at desc limit 1) e
    where a.domain = :domain
    order by at
    """
)
_PRESENT = text(  # for whom nothing was noted: what their rows say since when
    """
    select s.agent_id, s.presence, s.presence_reason, s.presence_since, e.reachable, e.reachable_since
    from agent_states s left join agent_endpoints e on e.agent_id = s.agent_id where s.domain = :domain
    """
)
_DAYS = text(
    """
    select (queued_at at time zone :zone)::date as day, count(*) as contacts from interactions
    where domain = :domain and queued_at >= :since and queued_at < :until group by 1 order by 1
    """
)


@dataclass(frozen=True, slots=True)
class _Window:
    """The moments between which a day lies, or has lain so far."""

    since: datetime
    until: datetime

    def seconds(self, moment: datetime) -> float:
        """Since the day's begin, to the millisecond."""
        return round((moment - self.since).total_seconds(), 3)

    @property
    def length(self) -> float:
        return (self.until - self.since).total_seconds()


async def list_days(connection: Executes, domain: str, most: int = 60) -> list[tuple[date, int]]:
    """The local dates of the last days on which anybody came, and how many did."""
    zone, now = await _zone(connection, domain), clock.now()
    values = {"domain": domain, "zone": zone, "since": now - timedelta(days=most), "until": now}
    return [(row.day, row.contacts) for row in (await connection.execute(_DAYS, values)).all()]


async def read_day(connection: Executes, domain: str, day: date) -> RecordedDay:
    """A day of the domain's past, by its own time zone; today as far as it is over.

    Refusals: ``day.in_future``, ``day.nothing_recorded``, ``day.too_large``.
    """
    zone = await _zone(connection, domain)
    window = _window(day, zone)
    values = {"domain": domain, "since": window.since, "until": window.until}

    async def rows(statement: Executable, **more: Any) -> Sequence[Any]:
        return (await connection.execute(statement, values | more)).all()

    found = await rows(_CONTACTS, most=MOST_CONTACTS + 1)
    if not found:
        raise NotFound("day.nothing_recorded", f"Nobody came into a queue on {day}.")
    if len(found) > MOST_CONTACTS:
        raise Refusal("day.too_large", f"{day} has more than {MOST_CONTACTS:,} contacts")
    names = {row.id: row.code for row in await rows(_AGENTS)}
    notices = _notices(window, await rows(_NOTICES), await rows(_PRESENT))
    offers: dict[UUID, list[Any]] = defaultdict(list)
    for offer in await rows(_OFFERS):
        offers[offer.interaction_id].append(offer)
    contacts = [_contact(window, row, offers[row.id], names, notices) for row in found]
    whole = tuple(contact for contact in contacts if contact is not None)
    staff = _staff(window, names, notices)
    return RecordedDay(day.isoformat(), zone, window.length, whole, staff, len(contacts) - len(whole))


async def _zone(connection: Executes, domain: str) -> str:
    row = (await connection.execute(_ZONE, {"domain": domain})).one_or_none()
    if row is None:
        raise NotFound("day.nothing_recorded", f"There is no domain {domain!r}.")
    return str(row.time_zone)


def _window(day: date, zone: str) -> _Window:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone))
    now = clock.now()
    if midnight >= now:
        raise Refusal("day.in_future", f"{day} has not begun yet in {zone}.")
    return _Window(midnight.astimezone(UTC), min(end, now).astimezone(UTC))  # else the clock's hands are subtracted


def _contact(
    window: _Window, row: Any, offers: list[Any], names: Mapping[UUID, str], notices: Mapping[UUID, list[Notice]]
) -> Contact | None:
    """None for one that is not over yet, was called back in vain, or lost by a fault while the customer waited."""
    accepted = [offer for offer in offers if offer.state == ReservationState.ACCEPTED.value]
    if row.kind != LIVE:
        accepted = accepted[-1:]  # before it he was called in vain
    left = row.answered_at is None
    if row.state != "closed" or (left and row.end_reason not in _LEFT) or (not left and not accepted):
        return None
    waited_until = row.ended_at if left else row.answered_at
    demanded = row.demanded_agents
    contact = Contact(
        at=window.seconds(row.queued_at), channel=row.channel, queue=row.queue, tier=row.tier,
        wait=_between(row.queued_at, waited_until), grade=row.credit_grade, kind=row.kind, skills=row.required_skills,
        preferred=row.preferred_skills, priority=row.priority, target=row.target_seconds,
        account_manager=row.account_manager, last_agent=row.last_agent,
        demanded=None if demanded is None else tuple(names[each] for each in demanded if each in names),
        demanded_for=None if row.demanded_until is None else _between(row.queued_at, row.demanded_until),
        rings=tuple(_rings(window, waited_until, offers, notices)[:MOST_RINGS]),
    )  # fmt: skip
    return contact if left else _answered(contact, row, accepted, names[accepted[0].agent_id])


def _answered(contact: Contact, row: Any, accepted: list[Any], agent: str) -> Contact:
    """Ring of the first answer; talk and wrap-up of all, should the agent's phone have vanished in between."""
    last = accepted[-1]
    held = sum(_between(each.decided_at, each.released_at or row.closed_at) for each in accepted)
    wrap = min(held, _between(row.ended_at, last.released_at or row.closed_at))
    ring = min(contact.wait, _between(accepted[0].created_at, row.answered_at))
    return replace(contact, agent=agent, ring=ring, talk=round(held - wrap, 3), wrap=wrap)


def _rings(
    window: _Window, waited_until: datetime, offers: list[Any], notices: Mapping[UUID, list[Notice]]
) -> list[Ring]:
    """What rang in vain before the answer, each at one agent (those of a ring at all are over with it)."""
    in_vain = (ReservationState.EXPIRED.value, ReservationState.REJECTED.value)
    return [
        _ring(window, offer, notices.get(offer.agent_id, ()))
        for offer in offers
        if offer.state in in_vain and not offer.together and offer.decided_at <= waited_until
    ]


def _ring(window: _Window, offer: Any, notices: Sequence[Notice]) -> Ring:
    """Whose phone could not be rung was set aside by routing for a while."""
    seconds, declined = _between(offer.created_at, offer.decided_at), offer.state == ReservationState.REJECTED.value
    away = 0.0 if declined else away_after(notices, window.seconds(offer.decided_at)) or BUSY_ASIDE.total_seconds()
    return Ring(seconds, round(away, 3), declined)


def _between(one: datetime, other: datetime) -> float:
    return round(max(0.0, (other - one).total_seconds()), 3)


def _notices(window: _Window, events: Sequence[Any], present: Sequence[Any]) -> dict[UUID, list[Notice]]:
    found: dict[UUID, list[Notice]] = defaultdict(list)
    for row in present:
        if row.presence_since < window.until:
            at = window.seconds(row.presence_since)
            found[row.agent_id].append(Notice(at, Presence(row.presence), row.presence_reason))
        if row.reachable is not None and row.reachable_since < window.until:
            found[row.agent_id].append(Notice(window.seconds(row.reachable_since), reachable=row.reachable))
    for event in events:
        at, told = window.seconds(event.at), event.payload
        if "presence" in told:
            found[event.agent_id].append(Notice(at, Presence(told["presence"]), told.get("reason")))
        elif "reachable" in told:
            found[event.agent_id].append(Notice(at, reachable=bool(told["reachable"])))
    return found


def _staff(window: _Window, names: Mapping[UUID, str], notices: Mapping[UUID, list[Notice]]) -> tuple[Staffer, ...]:
    found = [
        Staffer(names[agent_id], spans)
        for agent_id, told in notices.items()
        if agent_id in names and (spans := duty(told, window.length))
    ]
    return tuple(sorted(found, key=lambda staffer: staffer.code))
