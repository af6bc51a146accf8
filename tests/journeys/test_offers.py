"""Offers that come to nothing: the next agent gets the call, and the caller keeps place and music."""

from __future__ import annotations

import asyncio

from tests.journeys.scene import Scene, Talk
from tests.journeys.waiting import until


async def _music_never_stops(talk: Talk, stop: asyncio.Event) -> None:
    """Count what the customer hears, half a second at a time."""
    while not stop.is_set():
        before = talk.customer.sound.received
        await asyncio.sleep(0.5)
        heard = talk.customer.sound.received - before
        assert heard >= 15 or stop.is_set(), f"music paused: {heard} packets in half a second"


async def test_an_agent_who_does_not_answer_is_sent_away_and_the_next_one_gets_the_call(scene: Scene) -> None:
    first = await scene.agent(0)
    talk = await scene.at_ringing_directly(first)
    queued_at = (await scene.probe.interaction(talk.id))["queued_at"]
    second = await scene.agent(1)
    stop = asyncio.Event()
    music = asyncio.create_task(_music_never_stops(talk, stop))
    await until(lambda: second.legs, 30, "the next agent's phone rings")
    await scene.offered(talk, second)
    stop.set()
    await music
    assert (await scene.probe.interaction(talk.id))["queued_at"] == queued_at
    await scene.probe.agent_is(first.agent_id, presence="away", presence_reason="rona", work_state="idle")
    await first.clear_of(talk.id)
    states = [offer["state"] for offer in await scene.probe.reservations(talk.id)]
    assert states == ["expired", "pending"]
    await _to_the_end(scene, talk, second)


async def test_an_agent_declines_and_the_next_one_gets_the_call(scene: Scene) -> None:
    first = await scene.agent(0)
    talk = await scene.at_ringing_directly(first)
    second = await scene.agent(1)
    assert talk.leg is not None
    talk.leg.refuse(603, "Decline")
    await scene.offered(talk, second)
    await scene.probe.agent_is(first.agent_id, presence="available", work_state="idle")
    states = [offer["state"] for offer in await scene.probe.reservations(talk.id)]
    assert states == ["rejected", "pending"]
    assert len(first.legs) == 1, "an agent who declined is not asked again"
    await _to_the_end(scene, talk, second)


async def test_an_agent_answers_in_the_moment_in_which_the_offer_expires(scene: Scene) -> None:
    first = await scene.agent(0)
    talk = await scene.at_ringing_directly(first)
    assert talk.leg is not None
    deadline = (await scene.probe.reservations(talk.id))[-1]["deadline_at"].timestamp()
    await until(lambda: asyncio.get_running_loop().time() and _now() > deadline - 0.03, 30, "the deadline")
    await scene.pick_up(talk)
    second = await scene.agent(1, available=False)
    await second.be("available")  # and perhaps reserved at once, for this very call
    row = await scene.probe.state(talk.id, "active", "offered", seconds=10)
    if row["state"] == "offered":
        await scene.offered(talk, second)
        await _to_the_end(scene, talk, second)
    else:
        await scene.hear_each_other(talk)
        await talk.customer.hang_up()
        await first.shows(talk.id, "wrapping")
        await scene.conclude(talk, first)


def _now() -> float:
    import time  # noqa: PLC0415

    return time.time()


async def _to_the_end(scene: Scene, talk: Talk, desk) -> None:  # type: ignore[no-untyped-def]
    await scene.answer(talk, desk)
    await talk.customer.hang_up()
    await desk.shows(talk.id, "wrapping")
    await scene.conclude(talk, desk)
