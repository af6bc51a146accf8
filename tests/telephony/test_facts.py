"""Facts on PostgreSQL: in order, once, and through an outage."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import OperationalError

from core import clock
from core.address import AddressKind
from core.agent import LegEndReason
from core.db import Database, UnitOfWork
from core.event import Event
from core.ids import new_id
from core.interaction import EndReason
from core.tables import agents, call_legs, interactions, queues
from crm_sync.identity import Directory
from telephony import legs, menu_facts
from telephony.entries import Entry, QueueRef, load_entries
from telephony.facts import Facts
from telephony.menu.definition import Menu
from telephony.menu.interpreter import Taken
from telephony.opening import Arrival, open_call
from tests.telephony.menu.test_interpreter import MAIN


async def make_queue(database: Database, code: str = "shipments") -> QueueRef:
    queue_id = new_id()
    async with database.engine.begin() as connection:
        row = {"id": queue_id, "domain": "main", "code": code, "name_en": code, "name_zh": code}
        await connection.execute(insert(queues).values({**row, "priority": 7, "required_skills": {"zh": 3}}))
    return QueueRef(queue_id, code)


async def open_one(database: Database, entry: Entry, number: str = "+8613900000001", name: str = "Wang") -> UUID:
    interaction_id = new_id()
    arrival = Arrival(interaction_id, "PJSIP/trunk-1", f"u-{interaction_id}", "+86400", number, name)
    facts = Facts(database)

    async def write(work: UnitOfWork) -> None:
        await open_call(work, arrival, entry, directory=Directory(), region="CN")

    assert await facts.put(interaction_id, "opened", write)
    return interaction_id


async def row_of(database: Database, interaction_id: UUID) -> object:
    async with database.engine.connect() as connection:
        found = await connection.execute(select(interactions).where(interactions.c.id == interaction_id))
        return found.one()


async def event_names(database: Database, interaction_id: UUID) -> list[str]:
    statement = text("select name from event_log where interaction_id = :id order by position")
    async with database.engine.connect() as connection:
        return [row.name for row in await connection.execute(statement, {"id": interaction_id})]


MENU = Entry("en", MAIN)


async def test_straight_into_a_queue_is_one_transaction(quiet_database: Database) -> None:
    queue = await make_queue(quiet_database)
    opened = await open_one(quiet_database, Entry("zh", None, queue))
    row = await row_of(quiet_database, opened)
    assert (row.state, row.queue_id, row.tier, row.priority) == ("queued", queue.queue_id, "standard", 0)  # type: ignore[attr-defined]
    assert row.required_skills == {}, "what the queue asks for may change while it waits"  # type: ignore[attr-defined]
    assert await event_names(quiet_database, opened) == ["interaction.created", "interaction.queued"]


@pytest.mark.parametrize(
    ("number", "kind"),
    [("13900000001", AddressKind.PHONE), ("", AddressKind.WITHHELD), ("anonymous", AddressKind.WITHHELD),
     ("sip-name", AddressKind.HANDLE), ("٣٣٣", AddressKind.HANDLE), ("9" * 64, AddressKind.HANDLE)],
)  # fmt: skip
async def test_whoever_calls_is_somebody(quiet_database: Database, number: str, kind: AddressKind) -> None:
    row = await row_of(quiet_database, await open_one(quiet_database, MENU, number))
    assert row.address_kind == kind.value  # type: ignore[attr-defined]


async def test_a_menu_writes_choices_and_then_the_queue(quiet_database: Database) -> None:
    queue = await make_queue(quiet_database)
    opened = await open_one(quiet_database, MENU)
    async with quiet_database.unit_of_work("test") as work:
        await menu_facts.menu_chosen(work, opened, "main", Taken("main", "2", {"en": "Complaint"}), "zh")
        assert await menu_facts.menu_queued(work, opened, queue)
        assert not await menu_facts.menu_queued(work, opened, queue)
        assert not await menu_facts.closed_in_menu(work, opened, EndReason.ABANDONED_IN_MENU)
    row = await row_of(quiet_database, opened)
    assert row.menu_path == [{"node": "main", "choice": "2", "label": {"en": "Complaint"}}]  # type: ignore[attr-defined]
    assert (row.state, row.language) == ("queued", "zh")  # type: ignore[attr-defined]
    assert await event_names(quiet_database, opened) == ["interaction.created", "menu.chosen", "interaction.queued"]


async def make_leg(database: Database, opened: UUID) -> legs.LegId:
    leg = legs.LegId(opened, reservation_id=new_id(), agent_id=new_id())
    async with database.engine.begin() as connection:
        row = {"id": leg.agent_id, "domain": "main", "code": str(leg.agent_id), "name": "A"}
        await connection.execute(insert(agents).values({**row, "voice_capacity": 1, "active": True}))
    return leg


async def tell(database: Database, fact: Callable[[UnitOfWork], None]) -> None:
    async with database.unit_of_work("test") as work:
        fact(work)


def ringing(leg: legs.LegId) -> Callable[[UnitOfWork], None]:
    return lambda work: legs.leg_ringing(work, leg, "one", f"hotline-{leg.leg_id}", clock.now())


def answered(leg: legs.LegId) -> Callable[[UnitOfWork], None]:
    return lambda work: legs.leg_answered(
        work, legs.answer_of(leg), "PJSIP/one-1", f"hotline-{leg.leg_id}", clock.now()
    )


def over(leg: legs.LegId, reason: LegEndReason, cause: int) -> Callable[[UnitOfWork], None]:
    return lambda work: legs.leg_over(work, legs.end_of(leg, reason, was_up=True), cause)


@pytest.mark.parametrize("rung_first", [True, False])
async def test_each_fact_of_a_leg_happens_once(quiet_database: Database, rung_first: bool) -> None:
    opened = await open_one(quiet_database, MENU)
    leg = await make_leg(quiet_database, opened)
    before = [ringing(leg)] * 2 if rung_first else []
    facts = [answered(leg), answered(leg), over(leg, LegEndReason.HANGUP, 16), over(leg, LegEndReason.LOST, 44)]
    for fact in (*before, *facts, answered(leg), ringing(leg)):
        await tell(quiet_database, fact)
    assert (await event_names(quiet_database, opened))[1:] == ["call_leg.answered", "call_leg.ended"]
    async with quiet_database.engine.connect() as connection:
        row = (await connection.execute(select(call_legs).where(call_legs.c.id == leg.leg_id))).one()
    assert (row.state, row.end_reason, row.channel_name) == ("ended", "hangup", "PJSIP/one-1")


async def test_a_leg_that_was_never_up_has_failed(quiet_database: Database) -> None:
    opened = await open_one(quiet_database, MENU)
    leg = await make_leg(quiet_database, opened)
    for fact in (ringing(leg), over(leg, LegEndReason.BUSY, 17)):
        await tell(quiet_database, fact)
    async with quiet_database.engine.connect() as connection:
        row = (await connection.execute(select(call_legs).where(call_legs.c.id == leg.leg_id))).one()
    assert (row.state, row.end_reason, row.hangup_cause) == ("failed", "busy", 17)
    assert (await event_names(quiet_database, opened))[-1] == "call_leg.failed"


async def test_facts_of_one_key_keep_their_order_and_different_keys_do_not_wait(quiet_database: Database) -> None:
    facts, first, second = Facts(quiet_database), new_id(), new_id()
    written: list[str] = []
    gate = asyncio.Event()

    async def slow(work: UnitOfWork) -> None:
        await gate.wait()
        written.append("slow")

    def quick(name: str) -> object:
        async def write(work: UnitOfWork) -> None:
            written.append(name)

        return write

    facts.put(first, "slow", slow)
    behind = facts.put(first, "behind", quick("behind"))  # type: ignore[arg-type]
    await facts.put(second, "beside", quick("beside"))  # type: ignore[arg-type]
    assert written == ["beside"]
    gate.set()
    await behind
    assert written == ["beside", "slow", "behind"]
    await facts.settled()
    assert facts.pending == 0


async def test_an_outage_delays_facts_and_loses_none(quiet_database: Database) -> None:
    recovered: list[int] = []
    facts = Facts(quiet_database, on_recovered=lambda: recovered.append(1))
    attempts: list[int] = []

    async def write(work: UnitOfWork) -> None:
        attempts.append(1)
        if len(attempts) < 3:
            raise OperationalError("select", {}, ConnectionRefusedError())

    key = new_id()
    first = facts.put(key, "first", write)
    second = facts.put(key, "second", write)
    assert await first
    assert await second
    assert (len(attempts), recovered) == (4, [1])


async def test_a_fact_that_can_never_be_written_does_not_stop_the_next(quiet_database: Database) -> None:
    facts, key = Facts(quiet_database), new_id()

    async def wrong(work: UnitOfWork) -> None:
        await work.execute(text("select no_such_column from interactions"))

    async def broken(work: UnitOfWork) -> None:
        raise KeyError("ours")

    async def right(work: UnitOfWork) -> None:
        await work.execute(text("select 1"))

    results = [facts.put(key, "n", write) for write in (wrong, broken, right)]
    assert await asyncio.gather(*results) == [False, False, True]


async def test_entries(quiet_database: Database) -> None:
    queue = await make_queue(quiet_database)
    async with quiet_database.engine.begin() as connection:
        await connection.execute(
            text("insert into entry_numbers (number, domain, menu, queue_id) values"
                 " ('+864008001234', 'main', 'main', null), ('hotline', 'main', null, :queue),"
                 " ('+864009999999', 'main', 'gone', null)"),
            {"queue": queue.queue_id},
        )  # fmt: skip
        menus: dict[str, Menu] = {"main": MAIN}
        entries = await load_entries(connection, "main", menus, "CN")
        nothing = await load_entries(connection, "nobody", {}, "CN")
    for dialed in ("+864008001234", "4008001234", "864008001234", "+864009999999", "whatever", ""):
        entry = entries.lookup(dialed)
        assert entry is not None
        assert entry.menu is MAIN, dialed
    assert (straight := entries.lookup("hotline")) is not None
    assert straight.queue == queue
    assert entries.queue("no-such") == queue
    assert nothing.lookup("1") is None
    assert nothing.queue("x") is None


async def test_what_was_heard_is_written_a_moment_later(quiet_database: Database) -> None:
    heard: list[Event] = []

    def hear(event: Event) -> bool:
        heard.append(event)
        return True

    async def write(work: UnitOfWork) -> None:
        await work.execute(text("select 1"))

    facts, key = Facts(quiet_database, tell=hear), new_id()
    event = legs.end_of(legs.LegId(key), LegEndReason.HANGUP, was_up=True)
    assert facts.tell(key, event)
    done = facts.put(key, "over", write, heard=True)
    assert not facts.tell(key, event), "nobody may hear of the end before the beginning is written"
    assert await done
    assert heard == [event]
