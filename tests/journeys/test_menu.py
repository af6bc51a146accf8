"""What customers do in the menu: wrong keys, silence, keys of both kinds."""

from __future__ import annotations

from tests.journeys.scene import Scene

_OTHERWISE_SECONDS = 70


async def test_wrong_keys_are_forgiven_and_the_right_one_counts(scene: Scene) -> None:
    desk = await scene.agent()
    talk = await scene.at_menu()
    talk.customer.press("9")
    await scene.hears(talk, "that this is not one of the choices")
    assert (await scene.probe.interaction(talk.id))["state"] == "in_menu"
    await scene.choose(talk)
    await scene.offered(talk, desk)
    item = await desk.pop(talk.address)
    assert [step["choice"] for step in item["menu_path"]][-1] == "2"
    assert item["queue"]["code"] == "complaints"
    await talk.customer.hang_up()
    await scene.probe.check(talk.id)


async def test_only_wrong_keys_lead_to_an_agent_all_the_same(scene: Scene) -> None:
    desk = await scene.agent()
    talk = await scene.at_menu()
    await _press_until_queued(scene, talk, "7")
    await scene.offered(talk, desk)
    assert (await desk.pop(talk.address))["queue"]["code"] == "shipments"
    await talk.customer.hang_up()
    await scene.probe.check(talk.id)


async def _press_until_queued(scene: Scene, talk, key: str) -> None:  # type: ignore[no-untyped-def]
    for _ in range(4):
        talk.customer.press(key)
        await scene.hears(talk, "the menu's answer")
    await scene.probe.state(talk.id, "queued", "offered", seconds=_OTHERWISE_SECONDS)


async def test_silence_leads_to_an_agent(scene: Scene) -> None:
    desk = await scene.agent()
    talk = await scene.at_menu()
    await scene.probe.state(talk.id, "queued", "offered", seconds=_OTHERWISE_SECONDS)
    await scene.offered(talk, desk)
    assert (await desk.pop(talk.address))["queue"]["code"] == "shipments"
    await talk.customer.hang_up()
    await scene.probe.check(talk.id)
