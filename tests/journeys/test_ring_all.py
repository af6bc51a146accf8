"""A small team whose phones all ring: the first to answer talks, the others' phones and screens are quiet at once."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import text

from core.events import ConfigurationChanged
from tests.fakes.sip.endpoint import Endpoint
from tests.journeys.company import Team, make_team
from tests.journeys.scene import Scene
from tests.journeys.stack import Stack
from tests.journeys.waiting import until


@pytest.fixture(scope="module")
async def team(stack: Stack, phones: Endpoint) -> Team:
    """Three agents whose queue rings at all."""
    made = await make_team(stack.database, "small", "4008880099", phones.address, size=3, ring_seconds=6)
    async with stack.database.unit_of_work("journeys") as work:
        await work.execute(text("update queues set ring_strategy = 'all' where id = :id"), {"id": made.queue_id})
        work.record(ConfigurationChanged(what="queues"))
    return made


async def test_the_first_to_answer_talks_and_the_other_phones_stop(scene: Scene) -> None:
    desks = [await scene.agent(number) for number in range(3)]
    talk = await scene.customer(scene.team.number)
    talk.interaction_id = (await scene.probe.one_call(talk.address, "queued", "offered"))["id"]
    legs = [await desk.rings() for desk in desks]
    for desk in desks:
        await desk.shows(talk.id, "offered")
    talk.leg = legs[1]
    await talk.customer.answered()
    await scene.answer(talk, desks[1])
    for other in (0, 2):
        await asyncio.wait_for(legs[other].cancelled.wait(), 2)
        await desks[other].clear_of(talk.id)
        await until(lambda other=other: desks[other].removed.get(str(talk.id)), 2, "the screen says why")
        assert desks[other].removed[str(talk.id)] == "taken"
        await scene.probe.agent_is(desks[other].agent_id, presence="available", work_state="idle")
    states = sorted(offer["state"] for offer in await scene.probe.reservations(talk.id))
    assert states == ["accepted", "rescinded", "rescinded"]
    await talk.customer.hang_up()
    await desks[1].shows(talk.id, "wrapping")
    await scene.conclude(talk, desks[1])


async def test_two_answer_in_the_same_moment_and_one_of_them_has_the_caller(scene: Scene) -> None:
    desks = [await scene.agent(number) for number in range(2)]
    talk = await scene.customer(scene.team.number)
    talk.interaction_id = (await scene.probe.one_call(talk.address, "queued", "offered"))["id"]
    legs = [await desk.rings() for desk in desks]
    for leg in legs:
        leg.answer()
    row = await scene.probe.state(talk.id, "active")
    winner = next(at for at, desk in enumerate(desks) if desk.agent_id == row["agent_id"])
    await asyncio.wait_for(legs[1 - winner].ended.wait(), 5)
    assert not legs[winner].ended.is_set()
    await scene.probe.agent_is(desks[1 - winner].agent_id, presence="available", work_state="idle")
    await talk.customer.hang_up()
    await desks[winner].shows(talk.id, "wrapping")
    await scene.conclude(talk, desks[winner])
