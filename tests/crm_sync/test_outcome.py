"""The agent concludes: one transaction writes outcome, timeline, outbox and deliveries, or nothing."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import Conflict, NotFound, Refusal
from core.ids import new_id
from crm_sync.outcome import record_outcome
from crm_sync.outcome_tree import read_outcome_tree
from crm_sync.record import read_record
from tests.crm_sync.company import Company


async def test_an_outcome_stands_everywhere_at_once(company: Company) -> None:
    await company.add_connector("http://127.0.0.1:9/", "s")
    call = await company.add_call()
    concluded = await company.conclude(call, "shipment.delayed", "Arrives on Friday.\r\nWill call back.")
    async with company.database.reading() as connection:
        record = await read_record(connection, "main", concluded.customer_id)
    assert record is not None and record.profile.name == "Ann"
    (entry,) = record.timeline
    assert entry.body["outcome"] == {
        "code": "shipment.delayed",
        "name_en": "Shipment.Delayed",
        "name_zh": "shipment.delayed中",
    }
    assert entry.body["note"] == "Arrives on Friday.\nWill call back."
    assert (entry.body["waited_seconds"], entry.body["talk_seconds"]) == (30, 50)
    assert entry.body["menu_path"] == [{"node": "main", "choice": "1", "label": "Shipments"}]
    assert entry.agent_name == "Lin" and entry.title == "Call, Shipments, Shipment.Delayed"
    assert [(d["connector"], d["state"]) for d in entry.deliveries] == [("crm", "pending")]
    assert await company.value("select count(*) from event_log where name = 'outcome.recorded'") == 1


async def test_one_delivery_for_every_enabled_connector(company: Company) -> None:
    await company.add_connector("http://127.0.0.1:9/", "s", "one")
    await company.add_connector("http://127.0.0.1:9/", "s", "two")
    async with company.database.unit_of_work("test") as work:
        await work.fetch("update connectors set enabled = false where name = 'two'")
    await company.conclude(await company.add_call())
    assert await company.value("select count(*) from deliveries") == 1


async def test_saying_the_same_twice_writes_nothing_and_another_thing_is_a_conflict(company: Company) -> None:
    call = await company.add_call()
    first = await company.conclude(call, "done", "Fine")
    again = await company.conclude(call, "done", "Fine ")
    assert again.repeated and again.outbox_id == first.outbox_id
    with pytest.raises(Conflict, match=r"outcome\.exists"):
        await company.conclude(call, "done", "Not fine")
    assert await company.value("select count(*) from outbox") == 1


async def test_two_at_once_give_one_outcome(company: Company) -> None:
    call = await company.add_call()
    results = await asyncio.gather(*(company.conclude(call, "done", "Same") for _ in range(6)))
    assert sorted(result.repeated for result in results) == [False] + [True] * 5
    assert await company.value("select count(*) from outbox") == 1


@pytest.mark.parametrize("code", ["shipment", "old", "nothing", "", "done\0", "x" * 5000])
async def test_only_an_active_leaf_is_an_outcome(company: Company, code: str) -> None:
    call = await company.add_call()
    if code == "done\0":
        with pytest.raises(Refusal):
            await company.conclude(call, "nothing\0")
        return
    with pytest.raises(Refusal, match=r"outcome\.unknown_code"):
        await company.conclude(call, code)
    assert await company.value("select count(*) from outcomes") == 0


async def test_notes_are_limited_and_cleaned(company: Company) -> None:
    call = await company.add_call()
    with pytest.raises(Refusal, match=r"note\.too_long"):
        await company.conclude(call, "done", "字" * 4001)
    await company.conclude(call, "done", "a\x00b\u202ec\ud800\u2028d\r\n\te" + "字" * 3900)
    assert str(await company.value("select note from outcomes")).startswith("abc\nd\n\te字")


async def test_only_whoever_served_it_concludes(company: Company) -> None:
    call, unserved = await company.add_call(), await company.add_call(served=False)
    async with company.database.unit_of_work("test") as work:
        with pytest.raises(Conflict, match=r"interaction\.not_yours"):
            await record_outcome(work, call, new_id(), "done", "", 1)
        with pytest.raises(Conflict, match=r"interaction\.not_served"):
            await record_outcome(work, unserved, company.agent, "done", "", 1)
        with pytest.raises(NotFound):
            await record_outcome(work, new_id(), company.agent, "done", "", 1)


async def test_the_tree_shows_what_can_be_chosen(company: Company) -> None:
    async with company.database.reading() as connection:
        tree = await read_outcome_tree(connection, "main")
    assert [(node.code, node.is_leaf) for node in tree] == [
        ("shipment", False), ("shipment.delayed", True), ("shipment.lost", True), ("done", True),
    ]  # fmt: skip
