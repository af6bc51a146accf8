"""Plan, apply, roll back and export on real PostgreSQL: nothing half, nothing lost, and export plans to no change."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import insert, select, text, update

from core.db import Database
from core.errors import NotFound
from core.ids import new_id
from core.interaction import EndReason
from core.tables import agents, configuration_versions, entry_numbers, event_log, queue_memberships, queues
from crm_sync.demo.write_company import write_company
from routing.configuration.difference import lines
from routing.configuration.load import load_messages
from routing.configuration.plan import apply, export_live, plan, rollback
from routing.configuration.source import ConfigurationInvalid
from routing.doors import FrontDoors
from tests.routing.configuration.files import GOOD

pytestmark = pytest.mark.asyncio


async def rows(database: Database, statement: object) -> list[object]:
    async with database.reading() as connection:
        return list((await connection.execute(statement)).all())  # type: ignore[call-overload]


async def changes(database: Database, document: str) -> list[str]:
    return list(lines((await plan(database, document)).changes))


async def test_a_plan_changes_nothing_and_an_apply_does(quiet_database: Database) -> None:
    planned = await plan(quiet_database, GOOD)
    assert [f"{c.section} {c.code}" for c in planned.changes if c.section in ("queues", "agents")] == [
        "queues cargo", "queues claims", "agents lin", "agents wu",
    ]  # fmt: skip
    assert await rows(quiet_database, select(queues)) == []
    applied = await apply(quiet_database, GOOD, author="ana")
    assert (applied.version, await changes(quiet_database, GOOD)) == (2, [])
    assert (await apply(quiet_database, GOOD, author="ana")).version is None


async def test_export_reads_back_to_no_change(quiet_database: Database) -> None:
    await apply(quiet_database, GOOD, author="ana")
    exported = await export_live(quiet_database)
    assert await changes(quiet_database, exported) == []
    await apply(quiet_database, "policies: {}\nagents: {}\nqueues: {}\nskills: {}\nschedules: {}", author="ana")
    assert (await apply(quiet_database, exported, author="ana")).version is not None
    assert await export_live(quiet_database) == exported


async def test_what_doors_say_comes_back(quiet_database: Database) -> None:
    text_ = GOOD.replace("{then: callback}", "{then: queue, to: claims, waiting: leave}")
    await apply(quiet_database, text_, author="ana")
    exported = await export_live(quiet_database)
    assert await changes(quiet_database, exported) == []
    for part in ("waiting: leave", "when_estimate_over_seconds: 600", "every_seconds: 90, say: wait", "dial: ahead"):
        assert part in exported


async def test_what_a_company_says_itself_comes_back_and_goes(quiet_database: Database) -> None:
    said = "closed: {then: callback, message: {en: We are at sea., zh: 我们出海了。}}"
    await apply(quiet_database, GOOD.replace("closed: {then: callback}", said), author="ana")
    exported = await export_live(quiet_database)
    assert "我们出海了。" in exported and await changes(quiet_database, exported) == []
    doors = FrontDoors()
    async with quiet_database.reading() as connection:
        assert await load_messages(connection) == [("en", "We are at sea."), ("zh", "我们出海了。")]
        await doors.reload(connection, quiet_database.domain)
        cargo = (await connection.execute(select(queues.c.id).where(queues.c.code == "cargo"))).scalar_one()
    assert doors.message(cargo, EndReason.QUEUE_CLOSED)["en"] == "We are at sea."
    assert doors.message(cargo, EndReason.QUEUE_FULL) == {}
    await apply(quiet_database, GOOD, author="ana")
    async with quiet_database.reading() as connection:
        assert await load_messages(connection) == []


async def test_the_demo_company_exports_to_no_change(quiet_database: Database) -> None:
    async with quiet_database.unit_of_work("seed") as work:
        await write_company(work)
    exported = await export_live(quiet_database)
    assert await changes(quiet_database, exported) == []
    assert "Lin Yue 林悦" in exported
    assert "head_start_seconds" not in exported


async def test_a_plan_tells_old_and_new_of_what_changes(quiet_database: Database) -> None:
    await apply(quiet_database, GOOD, author="ana")
    text_ = (
        GOOD.replace("skills: {cargo: 4, claims: 3}", "skills: {cargo: 5, claims: 3}")
        .replace("target_seconds: 30", "target_seconds: 25")
        .replace("after_seconds: 60", "after_seconds: 45")
        .replace("  wu:\n    name: Wu\n    skills: {cargo: 2}\n    queues: [cargo]\n", "  zoe: {name: Zoe}\n")
        .replace("weight: 1.6", "weight: 2")
        .replace("sat: [", "sun: [")
    )
    assert await changes(quiet_database, text_) == [
        "~ schedule office",
        "    weekly.sun: none → [09:00-12:00]",
        "    weekly.sat: [09:00-12:00] → none",
        "~ queue cargo",
        "    overflow: [{to: claims, after_seconds: 60}] → [{to: claims, after_seconds: 45}]",
        "~ queue claims",
        "    target_seconds: 30 → 25",
        "~ agent lin",
        "    skills.cargo: 4 → 5",
        "+ agent zoe",
        "    name: Zoe",
        "    capacity.voice: 1",
        "- agent wu",
        "~ policy key/any",
        "    weight: 1.6 → 2",
    ]


async def test_what_is_refused_leaves_no_trace(quiet_database: Database) -> None:
    bad = GOOD.replace("skills: {claims: 3}", "skills: {claims: 5}")
    for attempt in (plan(quiet_database, bad), apply(quiet_database, bad, author="ana")):
        with pytest.raises(ConfigurationInvalid, match="stranded"):
            await attempt
    for table in (queues, agents, configuration_versions, event_log):
        assert await rows(quiet_database, select(table)) == []


async def test_rollback_undoes_the_last_change_and_again_redoes_it(quiet_database: Database) -> None:
    await apply(quiet_database, GOOD, author="ana", note="first")
    before = await export_live(quiet_database)
    await apply(quiet_database, GOOD.replace("priority: 1", "").replace("target_seconds: 30", "target_seconds: 99"),
                author="ben")  # fmt: skip
    changed = await export_live(quiet_database)
    target, applied = await rollback(quiet_database, None, author="ana")
    assert (target.version, applied.version) == (2, 4)
    assert await export_live(quiet_database) == before
    await rollback(quiet_database, None, author="ana")
    assert await export_live(quiet_database) == changed
    versions = await rows(quiet_database, select(configuration_versions).order_by(configuration_versions.c.version))
    assert [(v.version, v.author, v.note) for v in versions] == [  # type: ignore[attr-defined]
        (1, "", "as found"), (2, "ana", "first"), (3, "ben", ""), (4, "ana", "rollback to 2"),
        (5, "ana", "rollback to 3"),
    ]  # fmt: skip


async def test_rollback_to_before_the_first_change_works_though_it_strands(quiet_database: Database) -> None:
    async with quiet_database.unit_of_work("test") as work:
        await work.execute(
            insert(queues).values(id=new_id(), domain="main", code="lonely", name_en="Lonely", name_zh="孤")
        )
    before = await export_live(quiet_database)
    assert (await plan(quiet_database, before)).warnings == ["queue 'lonely' is stranded, as before"]
    await apply(quiet_database, GOOD, author="ana")
    await rollback(quiet_database, 1, author="ana")
    assert await export_live(quiet_database) == before


async def test_what_others_changed_meanwhile_is_kept_as_a_version(quiet_database: Database) -> None:
    await apply(quiet_database, GOOD, author="ana")
    async with quiet_database.unit_of_work("test") as work:
        await work.execute(update(queues).where(queues.c.code == "claims").values(ring_seconds=33))
    theirs = await export_live(quiet_database)
    await apply(quiet_database, GOOD, author="ana")
    await rollback(quiet_database, 3, author="ana")
    assert await export_live(quiet_database) == theirs


async def test_a_version_that_never_was_is_not_found(quiet_database: Database) -> None:
    for version in (None, 7):
        with pytest.raises(NotFound, match=r"configuration\.no_version"):
            await rollback(quiet_database, version, author="ana")


async def test_two_at_once_give_two_versions(quiet_database: Database) -> None:
    await apply(quiet_database, GOOD, author="ana")
    seconds = [GOOD.replace("target_seconds: 30", f"target_seconds: {n}") for n in range(40, 46)]
    applied = await asyncio.gather(*(apply(quiet_database, each, author="ana") for each in seconds))
    assert sorted(each.version or 0 for each in applied) == [3, 4, 5, 6, 7, 8]


async def test_a_retired_queue_keeps_its_members_until_it_comes_back(quiet_database: Database) -> None:
    await apply(quiet_database, GOOD, author="ana")
    without = """
queues:
  cargo: {name: Cargo, skills: {cargo: 2}}
"""
    assert "- queue claims" in await changes(quiet_database, without)
    await apply(quiet_database, without, author="ana")
    members = select(queue_memberships).join(queues, queues.c.id == queue_memberships.c.queue_id)
    assert len(await rows(quiet_database, members.where(queues.c.code == "claims"))) == 1
    again = await export_live(quiet_database)
    again = again.replace("queues:\n", "queues:\n  claims: {name: Claims}\n", 1).replace(
        "queues: {cargo: 1}", "queues: {cargo: 1, claims: 3}"
    )
    await apply(quiet_database, again, author="ana")
    assert [row.priority for row in await rows(quiet_database, members.where(queues.c.code == "claims"))] == [3, 3]  # type: ignore[attr-defined]


async def test_a_queue_that_a_number_leads_to_stays(quiet_database: Database) -> None:
    await apply(quiet_database, GOOD, author="ana")
    async with quiet_database.unit_of_work("test") as work:
        claims = (await work.execute(select(queues.c.id).where(queues.c.code == "claims"))).scalar_one()
        await work.execute(insert(entry_numbers).values(number="+44207", domain="main", queue_id=claims))
    with pytest.raises(ConfigurationInvalid, match=r"number \+44207 leads there"):
        await plan(quiet_database, "queues: {cargo: {name: Cargo, skills: {cargo: 2}}}")
    with pytest.raises(ConfigurationInvalid, match="menu 'main' leads there"):
        await plan(quiet_database, "queues: {claims: {name: Claims}}", {"cargo": "main"})


async def test_domains_do_not_see_each_other(database_url: str, quiet_database: Database) -> None:
    await apply(quiet_database, GOOD, author="ana")
    async with Database(database_url, domain="north") as north:
        assert "cargo" not in await export_live(north)
        await apply(north, GOOD.replace("target_seconds: 30", "target_seconds: 5"), author="ana")
        await apply(north, "agents: {}\nqueues: {}", author="ana")
    assert await changes(quiet_database, GOOD) == []
    counted = await rows(
        quiet_database, text("select domain, count(*) from configuration_versions group by 1 order by 1")
    )
    assert [tuple(row) for row in counted] == [("main", 2), ("north", 3)]  # type: ignore[call-overload]
