"""What the floor has recorded is read back as it was; days of real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from sqlalchemy import text

from core import clock
from core.agent import LegEndReason, Presence
from core.db import Database
from core.errors import NotFound, Refusal
from core.interaction import InteractionState as State
from routing.configuration import plan as planning
from routing.configuration.export import export
from routing.recorded.day import RecordedDay
from routing.recorded.demo_day import make_demo_day, recorded
from routing.recorded.rows_read import list_days, read_day
from routing.recorded.rows_write import read_callers, write_day
from routing.recorded.running import run
from routing.recorded.setting import setting_of
from routing.writer.service import RoutingService
from tests.routing.company import Company
from tests.routing.recorded import days

ZONE = ZoneInfo(days.ZONE)


def today() -> date:
    return clock.now().astimezone(ZONE).date()


async def read(database: Database, day: date) -> RecordedDay:
    async with database.reading() as connection:
        return await read_day(connection, "main", day)


async def test_what_was_driven_over_the_floor_is_read_back(company: Company, writer: RoutingService) -> None:
    await company.change_queue(wrap_up_seconds=600)
    agent = await company.add_agent(available=False)
    await company.choose_presence(agent, Presence.AVAILABLE)
    await writer.rebuild()
    served = await company.call_arrives(skilled={}, priority=3)
    offer = await company.offer_of(served)
    await company.decline(offer)
    second = await company.add_agent(available=False)
    await writer.rebuild()
    await company.choose_presence(second, Presence.AVAILABLE)
    offer = await company.offer_of(served, second)
    await company.agent_answers(offer)
    await company.stands(served, State.ACTIVE)
    left = await company.call_arrives()
    missed = await company.offer_of(left, agent)
    await company.agent_leg_fails(missed, LegEndReason.NO_ANSWER)
    await company.agent_is(agent, presence="away")
    await company.customer_leaves(left)
    await company.stands(left, State.CLOSED)
    await company.customer_leaves(served)
    await company.stands(served, State.WRAPPING)
    await company.finish(served, second)
    await company.choose_presence(second, Presence.OFFLINE)
    waiting = await company.call_arrives()

    day = await read(company.database, today())

    rows = {each: await company.interaction(each) for each in (served, left, waiting)}
    midnight = datetime.combine(today(), datetime.min.time(), ZONE)
    first, other = day.contacts
    assert day.left_out == 1  # still waiting
    assert [contact.at for contact in day.contacts] == [
        pytest.approx((rows[each].queued_at - midnight).total_seconds(), abs=0.001) for each in (served, left)
    ]
    codes = {row.id: row.code for row in await company.rows(text("select id, code from agents"))}
    assert (first.agent, first.priority, first.channel) == (codes[second], 3, "voice")
    assert first.wait == pytest.approx((rows[served].answered_at - rows[served].queued_at).total_seconds(), abs=0.002)
    held = rows[served].closed_at - rows[served].answered_at
    assert first.talk + first.wrap == pytest.approx(held.total_seconds(), abs=0.05)
    assert [ring.declined for ring in first.rings] == [True]
    assert (other.agent, [ring.declined for ring in other.rings]) == (None, [False])
    assert other.rings[0].away > 0
    duty = {staffer.code: staffer.duty for staffer in day.staff}
    assert set(duty) == {codes[agent], codes[second]}
    assert duty[codes[agent]][-1][1] == pytest.approx(day.seconds, abs=0.01)  # sent away by a ring is still on duty
    assert duty[codes[second]][-1][1] < day.seconds - 0.001


@pytest.fixture
async def made(quiet_database: Database, database_url: str) -> tuple[Database, RecordedDay]:
    """A domain with the company of ``days`` and one made-up day of it; and that day as it was lived through."""
    whole = days.company()
    await planning.apply(quiet_database, export(whole), author="test")
    async with quiet_database.unit_of_work("test") as work:
        await work.execute(text("update domains set time_zone = 'Asia/Shanghai' where id = 'main'"))
        for caller in days.callers(60):
            await work.execute(
                text("insert into customers (id, domain, name, tier) values (:id, 'main', 'C', :tier)"),
                {"id": caller.id, "tier": caller.tier},
            )
            await work.execute(
                text(
                    "insert into customer_identities (id, domain, customer_id, kind, value)"
                    " values (:id, 'main', :id, 'phone', :value)"
                ),
                {"id": caller.id, "value": caller.address},
            )
    setting, day = setting_of(whole), today() - timedelta(days=2)
    connection = await asyncpg.connect(database_url)
    try:
        callers = await read_callers(connection, "main")
        found = make_demo_day(whole, setting, callers, day, load=0.7)
        outcome = run(found.script, setting)
        midnight = datetime.combine(day, datetime.min.time(), ZONE).astimezone(UTC)
        assert await write_day(connection, "main", midnight, found, outcome) == len(outcome.cases)
    finally:
        await connection.close()
    return quiet_database, recorded(outcome, found.script.day)


async def test_a_made_up_day_is_read_back_as_it_was_lived_through(made: tuple[Database, RecordedDay]) -> None:
    database, lived = made
    day = await read(database, date.fromisoformat(lived.date))
    assert len(day.contacts) == len(lived.contacts) > 200
    for found, wanted in zip(day.contacts, lived.contacts, strict=True):
        for name in ("at", "wait", "ring", "talk", "wrap"):
            assert getattr(found, name) == pytest.approx(getattr(wanted, name), abs=0.01), name
        assert (found.queue, found.tier, found.agent) == (wanted.queue, wanted.tier, wanted.agent)
        assert [ring.declined for ring in found.rings] == [ring.declined for ring in wanted.rings]
    assert [staffer.code for staffer in day.staff] == [staffer.code for staffer in lived.staff]
    for found_agent, wanted_agent in zip(day.staff, lived.staff, strict=True):
        assert found_agent.seconds == pytest.approx(wanted_agent.seconds, abs=1)
    assert (day.date, day.time_zone, day.seconds, day.left_out) == (lived.date, days.ZONE, 86_400.0, 0)
    assert day.contacts[0].wait >= 0

    async with database.reading() as connection:
        assert await list_days(connection, "main") == [(date.fromisoformat(lived.date), len(day.contacts))]


async def test_it_is_plainly_made_up_and_nothing_of_it_is_announced(made: tuple[Database, RecordedDay]) -> None:
    database, _ = made
    async with database.reading() as connection:
        counts = (
            await connection.execute(
                text(
                    "select (select count(*) from reservations where epoch <> 0),"
                    " (select count(*) from event_log where actor = 'seed:day'),"
                    " (select count(*) from event_log e join event_unpublished u using (position)"
                    "  where e.actor = 'seed:day')"
                )
            )
        ).one()
    assert counts[0] == counts[2] == 0
    assert counts[1] > 30


async def test_a_day_with_nothing_in_it_and_one_to_come_are_refused(quiet_database: Database) -> None:
    with pytest.raises(NotFound, match=r"day\.nothing_recorded"):
        await read(quiet_database, date(2020, 2, 3))
    with pytest.raises(Refusal, match=r"day\.in_future"):
        await read(quiet_database, today() + timedelta(days=2))
    async with quiet_database.reading() as connection:
        assert await list_days(connection, "main") == []
        with pytest.raises(NotFound, match=r"day\.nothing_recorded"):
            await read_day(connection, "nowhere", date(2020, 2, 3))


async def test_a_day_on_which_clocks_change_has_its_own_length(company: Company) -> None:
    async with company.database.unit_of_work("test") as work:
        await work.execute(text("update domains set time_zone = 'Europe/Berlin'"))
        for at in ("2025-10-25 22:00:01+00", "2025-10-26 22:59:59+00", "2025-10-26 23:00:01+00"):
            await work.execute(
                text(
                    "insert into interactions (id, domain, channel, state, customer_id, address_kind, address,"
                    " queue_id, end_reason, created_at, queued_at, ended_at, closed_at)"
                    " values (gen_random_uuid(), 'main', 'voice', 'closed', :customer, 'phone', '+1', :queue,"
                    " 'abandoned_in_queue', :at, :at, :at, :at)"
                ),
                {"customer": company.customer_id, "queue": company.queue_id, "at": datetime.fromisoformat(at)},
            )
    day = await read(company.database, date(2025, 10, 26))
    assert day.seconds == 25 * 3600
    assert [contact.at for contact in day.contacts] == [1.0, 25 * 3600 - 1.0]
