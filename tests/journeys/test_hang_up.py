"""Somebody hangs up, at any point: the call ends as what it was, and the agent is free again."""

from __future__ import annotations

import pytest

from tests.journeys.scene import POINTS, Scene
from tests.journeys.waiting import until

_ENDS = {"menu": "abandoned_in_menu", "queue": "abandoned_in_queue", "ringing": "abandoned_ringing"}


@pytest.mark.parametrize("point", _ENDS)
async def test_the_customer_hangs_up_before_the_answer(scene: Scene, point: str) -> None:
    desk = await scene.agent()
    talk = await POINTS[point](scene, desk)
    await talk.customer.hang_up()
    row = await scene.probe.state(talk.id, "closed", seconds=3)
    assert row["end_reason"] == _ENDS[point]
    await scene.probe.check(talk.id)
    if talk.leg is not None:
        await until(talk.leg.ended.is_set, 2, "the agent's phone stops ringing")
        await desk.clear_of(talk.id, seconds=3)
        assert (await scene.probe.reservations(talk.id))[-1]["state"] == "rescinded"
        await scene.probe.agent_is(desk.agent_id, presence="available", work_state="idle")


async def test_the_customer_hangs_up_in_the_talk(scene: Scene) -> None:
    desk = await scene.agent()
    talk = await scene.at_talk(desk)
    await talk.customer.hang_up()
    assert talk.leg is not None
    await until(talk.leg.ended.is_set, 2, "the agent's leg ends too")
    await desk.shows(talk.id, "wrapping", seconds=3)
    await scene.conclude(talk, desk)
    await scene.probe.agent_is(desk.agent_id, presence="available", work_state="idle")


async def test_the_agent_hangs_up_in_the_talk(scene: Scene) -> None:
    desk = await scene.agent()
    talk = await scene.at_talk(desk)
    assert talk.leg is not None
    talk.leg.hang_up()
    await talk.customer.gone()
    assert talk.customer.was_dismissed
    await desk.shows(talk.id, "wrapping", seconds=3)
    await scene.conclude(talk, desk)


async def test_the_agent_goes_away_in_the_wrap_up_and_concludes_later(scene: Scene) -> None:
    desk = await scene.agent()
    talk = await scene.at_wrap_up(desk)
    await desk.be("away", "lunch")
    await scene.conclude(talk, desk)
    await scene.probe.agent_is(desk.agent_id, presence="away", work_state="idle")
