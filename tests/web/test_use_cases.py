"""What agents and supervisors can do over HTTP, and what they are refused."""

from __future__ import annotations

from uuid import UUID

import pytest

from core.ids import new_id
from tests.fakes.desk_client import Browser, Refused
from tests.fakes.floor import Call, Floor
from tests.web.conftest import SignIn

DONE = {"code": "done", "note": "All well."}


async def events(floor: Floor, name: str) -> int:
    """How many events of a name were recorded."""
    return int(await floor.value("select count(*) from event_log where name = :name", name=name))


async def refused(browser: Browser, method: str, path: str, body: object = None) -> tuple[int, str | None]:
    with pytest.raises(Refused) as caught:
        await browser.call(method, path, body)
    return caught.value.status, caught.value.code


async def talking(floor: Floor, login: str = "lin") -> Call:
    call = await floor.arrive()
    await floor.offer(call, login)
    await floor.answer(call)
    return call


async def test_an_agent_goes_away_and_comes_back(floor: Floor, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    desk = await lin.open_desk()
    await lin.call("POST", "/api/me/presence", {"presence": "away", "reason": "lunch"})
    await desk.until(lambda: desk.state["agents"][0]["presence_reason"] == "lunch")
    await lin.call("POST", "/api/me/presence", {"presence": "available"})
    await desk.until(lambda: desk.state["agents"][0]["presence"] == "available")
    assert await refused(lin, "POST", "/api/me/presence", {"presence": "away", "reason": "rona"}) == (
        422, "presence.reason_unknown",
    )  # fmt: skip
    await desk.close()


async def test_a_supervisor_sets_an_agents_presence(floor: Floor, sign_in: SignIn) -> None:
    sun = await sign_in("sun")
    path = f"/api/agents/{floor.agent('lin')}/presence"
    await sun.call("POST", path, {"presence": "offline"})
    query = "select presence from agent_states where agent_id = :agent"
    assert await floor.value(query, agent=floor.agent("lin")) == "offline"
    assert await refused(sun, "POST", f"/api/agents/{new_id()}/presence", {"presence": "offline"}) == (
        404, "agent.unknown",
    )  # fmt: skip
    assert await refused(await sign_in("zhao"), "POST", path, {"presence": "offline"}) == (403, "permission.missing")


async def test_signing_out_of_the_last_session_goes_offline(floor: Floor, sign_in: SignIn) -> None:
    first, second = await sign_in("lin"), await sign_in("lin")
    query = "select presence from agent_states where agent_id = :agent"
    desk = await first.open_desk()
    await first.call("DELETE", "/api/session")
    await desk.closed.wait()
    assert desk.socket.close_code == 4401
    assert await floor.value(query, agent=floor.agent("lin")) == "available"
    await second.call("DELETE", "/api/session")
    assert await floor.value(query, agent=floor.agent("lin")) == "offline"
    assert await refused(second, "GET", "/api/session") == (401, "session.none")


async def test_an_offer_is_declined_by_its_agent_only(floor: Floor, sign_in: SignIn) -> None:
    call = await floor.arrive()
    await floor.offer(call, "lin")
    path = f"/api/reservations/{call.reservation}/decline"
    assert await refused(await sign_in("zhao"), "POST", path) == (404, "reservation.unknown")
    await (await sign_in("lin")).call("POST", path)
    assert await events(floor, "reservation.decline_requested") == 1
    await floor.answer(call)
    assert await refused(await sign_in("lin"), "POST", path) == (409, "reservation.settled")


async def test_a_call_is_ended_by_its_agent_or_a_supervisor(floor: Floor, sign_in: SignIn) -> None:
    call = await talking(floor)
    path = f"/api/interactions/{call.interaction}/hangup"
    assert await refused(await sign_in("zhao"), "POST", path) == (404, "interaction.unknown")
    await (await sign_in("lin")).call("POST", path)
    await (await sign_in("sun")).call("POST", path)
    assert await events(floor, "call.hangup_requested") == 2
    await floor.hang_up(call)
    await (await sign_in("lin")).call("POST", path)
    assert await events(floor, "call.hangup_requested") == 2


async def test_ringing_is_declined_and_not_hung_up(floor: Floor, sign_in: SignIn) -> None:
    call = await floor.arrive()
    await floor.offer(call, "lin")
    path = f"/api/interactions/{call.interaction}/hangup"
    assert await refused(await sign_in("lin"), "POST", path) == (409, "interaction.not_active")


async def test_concluding_finishes_the_wrap_up_and_writes_the_record(floor: Floor, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    desk = await lin.open_desk()
    call = await talking(floor)
    path = f"/api/interactions/{call.interaction}/outcome"
    assert await refused(lin, "POST", path, DONE) == (409, "wrap_up.not_started")
    await floor.hang_up(call)
    assert await lin.call("POST", path, DONE) == {
        "interaction_id": str(call.interaction), "code": "done", "late": False,
    }  # fmt: skip
    await desk.until(lambda: desk.state["work"] == [] and bool(desk.of_type("timeline.changed")))
    entry = desk.of_type("timeline.changed")[-1]["entry"]
    assert (entry["kind"], entry["body"]["note"], entry["agent_name"]) == ("call", "All well.", "Lin")
    assert await floor.value("select work_state from agent_states where agent_id = :a", a=floor.agent("lin")) == "idle"
    assert await floor.value("select count(*) from outbox") == 1
    await desk.close()


async def test_a_repeated_click_concludes_once(floor: Floor, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    call = await talking(floor)
    await floor.hang_up(call)
    path = f"/api/interactions/{call.interaction}/outcome"
    first = await lin.call("POST", path, DONE)
    assert await lin.call("POST", path, DONE) == first
    assert await floor.value("select count(*) from outbox") == 1
    assert await refused(lin, "POST", path, {"code": "shipment.lost"}) == (409, "outcome.exists")


async def test_an_outcome_after_the_end_of_the_wrap_up_still_counts(floor: Floor, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    call = await talking(floor)
    await floor.hang_up(call)
    await floor.finish(call)
    answer = await lin.call("POST", f"/api/interactions/{call.interaction}/outcome", DONE)
    assert answer["late"] is True
    assert await floor.value("select code from outcomes") == "done"


async def test_a_wrong_outcome_leaves_the_wrap_up_open(floor: Floor, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    call = await talking(floor)
    await floor.hang_up(call)
    path = f"/api/interactions/{call.interaction}/outcome"
    assert await refused(lin, "POST", path, {"code": "shipment"}) == (422, "outcome.unknown_code")
    assert await floor.value("select state from interactions where id = :id", id=call.interaction) == "wrapping"
    assert await refused(await sign_in("zhao"), "POST", path, DONE) == (404, "interaction.unknown")


async def test_customers_are_found_and_read(floor: Floor, sign_in: SignIn) -> None:
    call = await floor.arrive(name="Wang Fang")
    lin = await sign_in("lin")
    hits = await lin.call("GET", "/api/customers?query=wang")
    assert [hit["name"] for hit in hits] == ["Wang Fang"]
    card = await lin.call("GET", f"/api/customers/{call.customer}")
    assert (card["name"], card["tier"], card["timeline"]) == ("Wang Fang", "gold", [])
    assert await lin.call("GET", f"/api/customers/{call.customer}/timeline") == {"entries": []}
    assert await refused(lin, "GET", f"/api/customers/{new_id()}") == (404, "customer.unknown")
    assert await refused(lin, "GET", f"/api/customers/{new_id()}/timeline") == (404, "customer.unknown")


async def test_the_softphone_is_ones_own(floor: Floor, sign_in: SignIn) -> None:
    phone = await (await sign_in("lin")).call("GET", "/api/softphone")
    assert phone["ws_url"] == "" and phone["password"] == ""
    assert await refused(await sign_in("sun"), "GET", "/api/softphone") == (403, "permission.not_an_agent")


async def test_language_and_theme_stay(floor: Floor, sign_in: SignIn) -> None:
    lin = await sign_in("lin")
    desk = await lin.open_desk()
    await lin.call("PATCH", "/api/me", {"language": "zh-CN"})
    await desk.until(lambda: desk.state["user"]["language"] == "zh-CN")
    session = await (await sign_in("lin")).call("GET", "/api/session")
    assert (session["user"]["language"], session["user"]["theme"]) == ("zh-CN", "system")
    assert (await refused(lin, "PATCH", "/api/me", {"language": "xx"}))[0] == 422
    await desk.close()


async def test_dead_deliveries_are_for_administrators(floor: Floor, sign_in: SignIn) -> None:
    adam = await sign_in("adam")
    assert await adam.call("GET", "/api/deliveries/dead") == []
    missing = f"/api/deliveries/{UUID(int=1)}/replay"
    assert await refused(adam, "POST", missing) == (404, "delivery.unknown")
    assert await refused(await sign_in("sun"), "POST", missing) == (403, "permission.missing")
