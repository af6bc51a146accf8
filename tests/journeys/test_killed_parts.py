"""``kill -9`` of a part at every point of a call: the call goes on and the desk is right again within 3 s."""

from __future__ import annotations

import pytest

from tests.journeys.scene import POINTS, Scene, Talk, finish
from tests.journeys.stack import Stack
from tests.journeys.waiting import until

_RIGHT_WITHIN_SECONDS = 3.0
_ON_SCREEN = {"ringing": "offered", "talk": "active", "wrap-up": "wrapping"}


@pytest.mark.parametrize("part", ["telephony", "routing", "web", "worker"])
@pytest.mark.parametrize("point", POINTS)
async def test_a_part_is_killed_and_the_call_goes_on(scene: Scene, stack: Stack, part: str, point: str) -> None:
    desk = await scene.agent()
    talk = await POINTS[point](scene, desk)
    killed = stack.kill(part)
    await _goes_on(scene, talk, point)
    await stack.back(part, killed)
    if point in _ON_SCREEN:
        await until(lambda: desk.connected, _RIGHT_WITHIN_SECONDS, "the desk is connected again")
        await desk.shows(talk.id, _ON_SCREEN[point], seconds=_RIGHT_WITHIN_SECONDS)
    await finish(scene, talk, desk, point)


async def _goes_on(scene: Scene, talk: Talk, point: str) -> None:
    if point == "talk":
        await scene.hear_each_other(talk)
    elif point != "wrap-up":
        assert talk.customer.alive()
    if point in ("queue", "ringing"):
        await scene.hears(talk, "music")
