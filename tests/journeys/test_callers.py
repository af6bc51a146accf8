"""Who calls: known, unknown, withheld, and those whose names are meant to harm."""

from __future__ import annotations

import unicodedata

import pytest

from tests.journeys.conftest import DIRECT_NUMBER
from tests.journeys.scene import Scene

HOSTILE = {
    "line separators that forge a field": "Eve\u2028Channel: PJSIP/fake-1\u2029Uniqueid: 1.1\u0085Event: Hangup",
    "escaped line breaks": "Eve%0d%0aAction: Logoff%0d%0a%0d%0a",
    "quotes and markup": "O\\\"Hara'); drop table customers; -- <script>alert(1)</script> ${SHELL(id)}",
    "four kilobytes": "A" * 4096,
    "emoji": "📞👨‍👩‍👧 王芳 🇨🇳",
    "letters that change direction": "abc\u202egnp.exe\u202c\u200b",
}


async def test_an_unknown_number_becomes_a_prospect(scene: Scene) -> None:
    desk = await scene.agent()
    talk = await scene.at_ringing(desk, name="Li Qiang")
    card = (await desk.pop(talk.address))["customer"]
    assert (card["lifecycle"], card["addresses"]) == ("prospect", [talk.address])
    await scene.answer(talk, desk)
    await talk.customer.hang_up()
    await desk.shows(talk.id, "wrapping")
    await scene.conclude(talk, desk)


async def test_a_caller_who_calls_again_is_the_same_customer(scene: Scene) -> None:
    desk = await scene.agent()
    first = await scene.at_wrap_up(desk)
    await scene.conclude(first, desk)
    number = first.address.removeprefix("+86")
    again = await scene.customer(DIRECT_NUMBER, caller=f"+86{number}")
    leg = await desk.rings(after=1)
    item = await desk.pop(first.address)
    assert item["customer"]["id"] == str((await scene.probe.interaction(first.id))["customer_id"])
    assert item["customer"]["timeline"], "the earlier call stands in the history"
    await again.customer.hang_up()
    await leg.ended.wait()


@pytest.mark.parametrize("withheld", ["anonymous", "restricted", ""])
async def test_a_withheld_number_is_served_like_any_other(scene: Scene, withheld: str) -> None:
    desk = await scene.agent()
    user = f"{withheld}@" if withheld else ""
    talk = await scene.customer(DIRECT_NUMBER, from_header=f'"Anonymous" <sip:{user}anonymous.invalid>')
    leg = await desk.rings()
    item = await desk.item(lambda item: item["state"] == "offered", 10, "the pop of a withheld number")
    talk.interaction_id, talk.leg = item["interaction_id"], leg
    assert (item["address"], item["customer"]["lifecycle"]) == ("", "prospect")
    await scene.answer(talk, desk)
    await talk.customer.hang_up()
    await desk.shows(talk.id, "wrapping")
    await scene.conclude(talk, desk)


async def test_a_direct_number_leads_to_its_queue_without_a_menu(scene: Scene) -> None:
    desk = await scene.agent()
    talk = await scene.customer(DIRECT_NUMBER)
    talk.leg = await desk.rings()
    item = await desk.pop(talk.address)
    assert (item["queue"]["id"], item["menu_path"]) == (str(scene.team.queue_id), [])
    talk.interaction_id = item["interaction_id"]
    await talk.customer.answered()
    await scene.hears(talk, "music")
    await scene.answer(talk, desk)
    await talk.customer.hang_up()
    await desk.shows(talk.id, "wrapping")
    await scene.conclude(talk, desk)


@pytest.mark.parametrize("harm", HOSTILE)
async def test_a_hostile_name_is_text_and_nothing_else(scene: Scene, harm: str) -> None:
    desk = await scene.agent()
    talk = await scene.customer(name=HOSTILE[harm])
    await talk.customer.answered()
    row = await scene.probe.one_call(talk.address, "in_menu")
    talk.interaction_id = row["id"]
    assert len(row["caller_name"]) <= 80
    assert not [c for c in row["caller_name"] if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Co")]
    assert all(leg["channel_name"].startswith("PJSIP/hotline-trunk-") for leg in await scene.probe.legs(talk.id))
    await scene.choose(talk)
    await scene.offered(talk, desk)
    assert (await desk.pop(talk.address))["caller_name"] == row["caller_name"]
    await scene.answer(talk, desk)
    await talk.customer.hang_up()
    await desk.shows(talk.id, "wrapping")
    await scene.conclude(talk, desk)


async def test_a_name_with_a_line_break_does_not_get_in_and_the_next_caller_does(scene: Scene) -> None:
    desk = await scene.agent()
    broken = await scene.customer(name="Eve\n Action: Originate\n Channel: PJSIP/fake-1")
    talk = await scene.at_talk(desk)
    assert await scene.probe.interactions_of(broken.address) == []
    assert not any(line.startswith("answered") for line in broken.customer.events())
    await talk.customer.hang_up()
    await desk.shows(talk.id, "wrapping")
    await scene.conclude(talk, desk)
