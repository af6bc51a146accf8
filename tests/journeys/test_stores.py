"""Valkey forgets everything or dies, PostgreSQL is restarted: nothing is lost, nothing is given twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.journeys.scene import POINTS, Scene, finish
from tests.journeys.stack import Stack


async def _wipe_valkey(stack: Stack) -> None:
    await stack.wipe_valkey()


async def _kill_valkey(stack: Stack) -> None:
    await stack.back("valkey", stack.kill("valkey"))


async def _restart_postgres(stack: Stack) -> None:
    await stack.back("postgres", stack.kill("postgres"))


FAULTS: dict[str, Callable[[Stack], Awaitable[None]]] = {
    "valkey wiped": _wipe_valkey,
    "valkey killed": _kill_valkey,
    "postgres killed": _restart_postgres,
}
_ON_SCREEN = {"ringing": "offered", "talk": "active", "wrap-up": "wrapping"}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_store_fails_and_the_call_goes_on(scene: Scene, stack: Stack, fault: str, point: str) -> None:
    desk = await scene.agent()
    talk = await POINTS[point](scene, desk)
    await FAULTS[fault](stack)
    if point in _ON_SCREEN:
        await desk.shows(talk.id, _ON_SCREEN[point], seconds=3)
    if point == "talk":
        await scene.hear_each_other(talk)
    await finish(scene, talk, desk, point)


async def test_a_call_arrives_while_valkey_is_wiped(scene: Scene, stack: Stack) -> None:
    desk = await scene.agent()
    talk = await scene.at_menu()
    talk.customer.press("2")
    await stack.wipe_valkey()
    await scene.probe.state(talk.id, "queued", "offered", seconds=20)
    await scene.offered(talk, desk)
    await finish(scene, talk, desk, "ringing")
