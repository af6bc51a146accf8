"""Why: what supervisors are told about any contact, and agents about their own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import update

from core import clock, tables
from core.agent import Presence
from core.ids import new_id
from routing.engine.matcher import Engine
from routing.engine.values import FreeAgent, WaitingItem, member_of
from tests.fakes.desk_client import Browser
from tests.fakes.floor import Call, Floor
from tests.web.conftest import SignIn
from tests.web.test_use_cases import refused


async def decided(floor: Floor, call: Call) -> None:
    """The engine's own record stands in the call's reservation: Lin had been idle for longer than Zhao."""
    engine, now = Engine(), clock.now().timestamp()
    for login, idle_since in (("lin", now - 90), ("zhao", now - 30)):
        engine.put_agent(
            FreeAgent(
                floor.agent(login), idle_since, channels=frozenset({"voice"}), queues=member_of([call.queue]),
            )
        )  # fmt: skip
    engine.put_item(WaitingItem(call.interaction, "voice", call.queue, now, tier="gold"))
    decision = engine.choose_agent(call.interaction, now)
    assert decision is not None
    assert decision.agent_id == floor.agent("lin")
    reservations = tables.reservations
    await floor.run(
        update(reservations).where(reservations.c.id == call.reservation).values(decision=decision.explanation)
    )


async def why(browser: Browser, call: Call) -> Any:
    return await browser.call("GET", f"/api/interactions/{call.interaction}/why")


async def test_a_supervisor_sees_who_was_considered(floor: Floor, sign_in: SignIn) -> None:
    call = await floor.arrive()
    await floor.offer(call, "lin")
    await decided(floor, call)

    answer = await why(await sign_in("sun"), call)

    assert (answer["state"], answer["waiting"]) == ("offered", None)
    assert answer["queue"] == {"en": "Shipments", "zh": "货物"}
    (decision,) = answer["decisions"]
    assert (decision["agent_name"], decision["state"]) == ("Lin", "pending")
    record = decision["record"]
    assert (record["trigger"], record["reasons"], record["replays"]) == ("item_arrived", ["longest_idle"], True)
    assert [(each["name"], each["chosen"]) for each in record["agents"]] == [("Lin", True), ("Zhao", False)]
    assert (record["policy_version"], record["candidates"], record["tier"]) == ("1", 2, "gold")


async def test_an_agent_sees_their_own_and_no_colleague_in_it(floor: Floor, sign_in: SignIn) -> None:
    call = await floor.arrive()
    await floor.offer(call, "lin")
    await decided(floor, call)

    lin, zhao = await sign_in("lin"), await sign_in("zhao")

    (decision,) = (await why(lin, call))["decisions"]
    assert [each["name"] for each in decision["record"]["agents"]] == ["Lin"]
    path = f"/api/interactions/{call.interaction}/why"
    assert await refused(zhao, "GET", path) == (404, "interaction.unknown")


async def test_an_earlier_decision_for_a_colleague_is_not_opened_to_an_agent(floor: Floor, sign_in: SignIn) -> None:
    call = await floor.arrive()
    await floor.offer(call, "lin")
    await decided(floor, call)
    await floor.expire(call)
    await floor.offer(call, "zhao")

    seen = (await why(await sign_in("zhao"), call))["decisions"]
    assert [(each["agent_name"], each["state"], each["record"]) for each in seen] == [
        ("Lin", "expired", None), ("Zhao", "pending", None),
    ]  # fmt: skip
    seen = (await why(await sign_in("adam"), call))["decisions"]
    assert [each["record"] is None for each in seen] == [False, True]


async def test_what_would_help_who_waits(floor: Floor, sign_in: SignIn) -> None:
    call = await floor.arrive()
    sun = await sign_in("sun")
    answer = await why(sun, call)
    assert answer["decisions"] == []
    assert (answer["waiting"]["would_help"], answer["waiting"]["free"]) == (["asking_again"], 2)

    for login in ("lin", "zhao"):
        await floor.set_presence(login, Presence.OFFLINE)
    told = (await why(sun, call))["waiting"]
    assert (told["would_help"], told["on_duty"], told["target_seconds"]) == (["somebody_with_the_skills"], 0, 20.0)

    await floor.abandon(call)
    answer = await why(sun, call)
    assert (answer["state"], answer["waiting"]) == ("closed", None)


async def test_who_waits_is_not_an_agents_business(floor: Floor, sign_in: SignIn) -> None:
    call = await floor.arrive()
    path = f"/api/interactions/{call.interaction}/why"
    assert await refused(await sign_in("lin"), "GET", path) == (404, "interaction.unknown")


async def test_unknown_and_unreadable_ids_are_refused(floor: Floor, sign_in: SignIn) -> None:
    sun = await sign_in("sun")
    assert await refused(sun, "GET", f"/api/interactions/{new_id()}/why") == (404, "interaction.unknown")
    assert await refused(sun, "GET", f"/api/interactions/{UUID(int=0)}x/why") == (422, "request.invalid")
    assert floor.people
