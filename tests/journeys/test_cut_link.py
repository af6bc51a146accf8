"""The link to Asterisk is cut for 30 s: calls go on, and afterwards everything is known again."""

from __future__ import annotations

import asyncio

from tests.journeys.scene import Scene, finish
from tests.journeys.stack import Stack
from tests.journeys.waiting import until

_CUT_SECONDS = 30.0
_RIGHT_WITHIN_SECONDS = 3.0


async def test_calls_of_every_kind_live_through_a_cut_link(scene: Scene, stack: Stack) -> None:
    talking_desk = await scene.agent(0)
    talking = await scene.at_talk(talking_desk)
    ringing_desk = await scene.agent(1)
    ringing = await scene.at_ringing(ringing_desk)
    leaving_desk = await scene.agent(2)
    leaving = await scene.at_talk(leaving_desk)
    in_menu = await scene.at_menu()
    stack.cable.cut()
    began = asyncio.get_running_loop().time()
    await scene.pick_up(ringing)
    await scene.hear_each_other(ringing)
    await leaving.customer.hang_up()
    await scene.hear_each_other(talking)
    await until(lambda: asyncio.get_running_loop().time() - began > _CUT_SECONDS, 40, "the cut has lasted 30 s")
    assert all(talk.customer.alive() for talk in (talking, ringing, in_menu))
    stack.cable.mend()
    mended = asyncio.get_running_loop().time()
    await ringing_desk.shows(ringing.id, "active", seconds=_RIGHT_WITHIN_SECONDS)
    await leaving_desk.shows(leaving.id, "wrapping", seconds=_RIGHT_WITHIN_SECONDS)
    await talking_desk.shows(talking.id, "active", seconds=_RIGHT_WITHIN_SECONDS)
    assert asyncio.get_running_loop().time() - mended < _RIGHT_WITHIN_SECONDS
    await scene.conclude(leaving, leaving_desk)
    await finish(scene, talking, talking_desk, "talk")
    await finish(scene, ringing, ringing_desk, "talk")
    await finish(scene, in_menu, leaving_desk, "menu")
