"""Calls without an outcome come to the timeline by the sweep, once."""

from __future__ import annotations

import asyncio

from crm_sync.timeline import sweep_timeline
from tests.crm_sync.company import Company


async def test_an_abandoned_call_is_on_the_timeline(company: Company) -> None:
    call = await company.add_call(served=False)
    assert await sweep_timeline(company.database, 60) == 1
    (row,) = await company.rows(
        "select interaction_id, agent_id, title, body ->> 'end_reason' as why from timeline_entries"
    )
    assert (row.interaction_id, row.agent_id, row.why) == (call, None, "abandoned_in_queue")
    assert row.title == "Call, Shipments, abandoned in queue"
    assert await sweep_timeline(company.database, 60) == 0


async def test_many_sweepers_write_each_entry_once(company: Company) -> None:
    for number in range(8):
        await company.add_call(f"+44770090000{number}", served=False)
    await asyncio.gather(*(sweep_timeline(company.database, 60) for _ in range(5)))
    assert await company.value("select count(*) from timeline_entries") == 8


async def test_calls_before_the_window_and_served_ones_are_left_alone(company: Company) -> None:
    await company.add_call(served=False)
    await company.add_call()
    async with company.database.unit_of_work("test") as work:
        await work.fetch("update interactions set closed_at = now() - interval '1 hour' where state = 'closed'")
    assert await sweep_timeline(company.database, 60) == 0
    assert await sweep_timeline(company.database, 7200) == 1


async def test_an_outcome_that_comes_after_the_sweep_completes_the_entry(company: Company) -> None:
    call = await company.add_call()
    async with company.database.unit_of_work("test") as work:
        await work.fetch("update interactions set state = 'closed', closed_at = now()")
    assert await sweep_timeline(company.database, 60) == 1
    await company.conclude(call, "done", "Late but here")
    assert await company.value("select body ->> 'note' from timeline_entries") == "Late but here"
